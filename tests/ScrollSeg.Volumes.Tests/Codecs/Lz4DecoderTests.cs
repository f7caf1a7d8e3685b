using K4os.Compression.LZ4;
using ScrollSeg.Volumes.Codecs;

namespace ScrollSeg.Volumes.Tests.Codecs;

/// <summary>Our LZ4 decoder against blocks written by hand and by the package's encoder.</summary>
public sealed class Lz4DecoderTests
{
    [Fact]
    public void Decode_LiteralsMatchLiterals_FollowsTheFormat()
    {
        // Token 3 literals, match of 4 + 2; "abc"; distance 3; token 5 literals; "defgh".
        byte[] block = [0x32, (byte)'a', (byte)'b', (byte)'c', 3, 0, 0x50, .. "defgh"u8];

        Assert.Equal("abcabcabcdefgh"u8.ToArray(), Decoded(block, 14));
    }

    [Fact]
    public void Decode_LongLengths_AreContinued()
    {
        // 15 + 255 + 1 literals; a match of 15 + 4 + 255 + 0 at distance 1; then one literal.
        byte[] literals = ChunkBytes.Random(271, seed: 1);
        byte[] block = [0xff, 255, 1, .. literals, 1, 0, 255, 0, 0x10, 42];

        Assert.Equal([.. literals, .. Enumerable.Repeat(literals[^1], 274), (byte)42], Decoded(block, 546));
    }

    [Theory]
    [InlineData("")]
    [InlineData("10")]
    [InlineData("1041")]
    [InlineData("10410000" + "1042")]
    [InlineData("10410200" + "1042")]
    [InlineData("104101")]
    [InlineData("1f41010")]
    [InlineData("1f410100ff")]
    [InlineData("10410100")]
    [InlineData("f0ffffffffffffffff")]
    public void Decode_DamagedBlock_IsReported(string hexadecimal)
    {
        byte[] block = Convert.FromHexString(hexadecimal.Length % 2 == 0 ? hexadecimal : hexadecimal + "0");

        Assert.Throws<InvalidDataException>(() => Decoded(block, 6));
    }

    [Fact]
    public void Decode_EveryDistanceAndLength_RepeatsWhatIsThere()
    {
        for (int distance = 1; distance <= 40; distance++)
        {
            byte[] head = ChunkBytes.Random(distance, seed: distance);
            for (int length = 4; length <= 110; length++)
            {
                // With much behind the match, and with almost nothing, where copies must not overshoot.
                foreach (int tail in new[] { 1, 31, 33 })
                {
                    byte[] end = ChunkBytes.Random(tail, seed: length);
                    byte[] expected = [.. head, .. Enumerable.Range(0, length).Select(i => head[i % distance]), .. end];
                    byte[] block = [.. Sequence(head, distance, length), .. LastSequence(end)];
                    Assert.Equal(expected, Decoded(block, expected.Length));
                    Assert.Throws<InvalidDataException>(() => Decoded(block, expected.Length - 1));
                    Assert.Throws<InvalidDataException>(() => Decoded(block, expected.Length + 1));
                }
            }
        }
    }

    [Fact]
    public void Decode_WhatThePackageEncodes_IsTheIdentity()
    {
        foreach (LZ4Level level in new[] { LZ4Level.L00_FAST, LZ4Level.L03_HC, LZ4Level.L12_MAX })
        {
            foreach (int length in new[] { 0, 1, 12, 13, 17, 64, 65, 1000, 70_000 })
            {
                foreach (byte[] bytes in new[] { ChunkBytes.Random(length, length), ChunkBytes.Smooth(length, 2, length), new byte[length] })
                {
                    byte[] block = new byte[LZ4Codec.MaximumOutputSize(length)];
                    block = block[..LZ4Codec.Encode(bytes, block, level)];
                    Assert.Equal(bytes, Decoded(length == 0 ? [0] : block, length));
                }
            }
        }
    }

    /// <summary>Decodes between guards, which must stay as they are.</summary>
    private static byte[] Decoded(byte[] block, int length)
    {
        const int Guard = 64;
        byte[] room = [.. Enumerable.Repeat((byte)0xa5, length + 2 * Guard)];
        Lz4Block.Decode(block, room.AsSpan(Guard, length));
        Assert.False(room.AsSpan(..Guard).ContainsAnyExcept((byte)0xa5) || room.AsSpan(^Guard..).ContainsAnyExcept((byte)0xa5));
        return room[Guard..^Guard];
    }

    private static byte[] Sequence(byte[] literals, int distance, int matchLength) =>
    [
        (byte)(Math.Min(literals.Length, 15) << 4 | Math.Min(matchLength - 4, 15)),
        .. Continuation(literals.Length),
        .. literals,
        (byte)distance,
        (byte)(distance >> 8),
        .. Continuation(matchLength - 4),
    ];

    private static byte[] LastSequence(byte[] literals) =>
        [(byte)(Math.Min(literals.Length, 15) << 4), .. Continuation(literals.Length), .. literals];

    private static byte[] Continuation(int length) => length < 15 ? [] : [(byte)(length - 15)];
}
