using System.Buffers.Binary;
using ScrollSeg.Volumes.Codecs;

namespace ScrollSeg.Volumes.Tests.Codecs;

/// <summary>Damaged chunks are reported as such: no other exception, no endless loop, no memory for lengths that lie.</summary>
public sealed class DamageTests
{
    private const long MostBytesAllocated = 1 << 20;

    public static TheoryData<string> SmallFiles =>
    [
        .. CodecFixtures.All
            .Where(fixture => fixture.Encoded.Length is > 0 and < 1200 && !fixture.File.Contains("snappy", StringComparison.Ordinal))
            .Select(fixture => fixture.File),
    ];

    [Theory]
    [MemberData(nameof(SmallFiles))]
    public void Decode_TruncatedAnywhere_IsDamage(string file)
    {
        CodecFixture fixture = CodecFixtures.Named(file);
        ChunkCodec codec = ZarrV2Codecs.Create(fixture.Configuration);
        byte[] decoded = new byte[fixture.Decoded.Length];
        for (int length = 0; length < fixture.Encoded.Length; length++)
        {
            byte[] truncated = fixture.Encoded[..length];
            Assert.Throws<InvalidDataException>(() => codec.Decode(truncated, decoded));
        }
    }

    [Theory]
    [MemberData(nameof(SmallFiles))]
    public void Decode_WithBytesBehind_IsDamage(string file)
    {
        CodecFixture fixture = CodecFixtures.Named(file);
        ChunkCodec codec = ZarrV2Codecs.Create(fixture.Configuration);
        byte[] decoded = new byte[fixture.Decoded.Length];
        foreach (byte[] behind in new byte[][] { [0], [0x1f], [0x1f, 0x8b], [0x28, 0xb5, 0x2f, 0xfd], new byte[20] })
        {
            byte[] longer = [.. fixture.Encoded, .. behind];
            Assert.Throws<InvalidDataException>(() => codec.Decode(longer, decoded));
        }
    }

    [Theory]
    [MemberData(nameof(SmallFiles))]
    public void Decode_WithAnyBitFlipped_IsDamageOrOtherBytes(string file)
    {
        CodecFixture fixture = CodecFixtures.Named(file);
        ChunkCodec codec = ZarrV2Codecs.Create(fixture.Configuration);
        bool isChecked = codec is GzipCodec or ZlibCodec or ChecksumFilter;
        byte[] encoded = [.. fixture.Encoded];
        byte[] decoded = new byte[fixture.Decoded.Length];
        for (int bit = 0; bit < encoded.Length * 8; bit++)
        {
            encoded[bit / 8] ^= (byte)(1 << (bit % 8));
            bool isDecoded = Decodes(codec, encoded, decoded);
            encoded[bit / 8] ^= (byte)(1 << (bit % 8));
            if (isDecoded && isChecked)
            {
                // gzip's header holds a time and flags that change nothing.
                Assert.True(fixture.Decoded.AsSpan().SequenceEqual(decoded), $"bit {bit}");
            }
        }
    }

    [Fact]
    public void Decode_ZstdWithChecksumAndAnyBitFlipped_NeverGivesOtherBytes()
    {
        ZstdCodec codec = new(level: 3, checksum: true);
        byte[] bytes = ChunkBytes.Smooth(700, elementSize: 2, seed: 1);
        byte[] encoded = new byte[codec.MaxEncodedLength(bytes.Length)];
        encoded = encoded[..codec.Encode(bytes, encoded)];
        byte[] decoded = new byte[bytes.Length];
        for (int bit = 0; bit < encoded.Length * 8; bit++)
        {
            encoded[bit / 8] ^= (byte)(1 << (bit % 8));
            Assert.True(!Decodes(codec, encoded, decoded) || bytes.AsSpan().SequenceEqual(decoded), $"bit {bit}");
            encoded[bit / 8] ^= (byte)(1 << (bit % 8));
        }
    }

    [Theory]
    [InlineData("blosc-lz4-1-2048-smooth-u2.dat")]
    [InlineData("blosc-blosclz-0-2048-smooth-u2.dat")]
    [InlineData("blosc-zstd-2-2048-smooth-u2.dat")]
    [InlineData("blosc-zlib-1-0-smooth-u2.dat")]
    [InlineData("lz4-far.dat")]
    public void Decode_WithRandomBytesChanged_IsDamageOrOtherBytes(string file)
    {
        CodecFixture fixture = CodecFixtures.Named(file);
        ChunkCodec codec = ZarrV2Codecs.Create(fixture.Configuration);
        byte[] decoded = new byte[fixture.Decoded.Length];
        Random random = new(1);
        for (int round = 0; round < 300; round++)
        {
            byte[] encoded = [.. fixture.Encoded];
            for (int change = 0; change < 1 + round % 5; change++)
            {
                encoded[random.Next(encoded.Length)] = (byte)random.Next(256);
            }

            Decodes(codec, encoded, decoded);
        }
    }

    [Theory]
    [InlineData(0, 1u, "format version")]
    [InlineData(0, 3u, "format version")]
    [InlineData(1, 2u, "compressor's version")]
    [InlineData(2, 0x99u, "flags")]
    [InlineData(2, 0xb1u, "number 5")]
    [InlineData(2, 0x51u, "snappy")]
    [InlineData(3, 0u, "element size")]
    [InlineData(4, 0u, "decoded length")]
    [InlineData(4, 0x7fffffefu, "decoded length")]
    [InlineData(4, uint.MaxValue, "decoded length")]
    [InlineData(8, 0u, "block size")]
    [InlineData(8, 1u, "table")]
    [InlineData(8, 10_007u, "block size")]
    [InlineData(8, uint.MaxValue, "block size")]
    [InlineData(12, 0u, "frame length")]
    [InlineData(12, 17u, "frame length")]
    [InlineData(12, uint.MaxValue, "frame length")]
    [InlineData(16, 0u, "block 0 of 5: starts at byte 0")]
    [InlineData(16, 35u, "starts at byte 35")]
    [InlineData(16, uint.MaxValue, "starts at byte -1")]
    [InlineData(20, 0x7fffffffu, "block 1 of 5: starts at byte 2147483647")]
    [InlineData(36, 0u, "split at byte 36 has 0 bytes")]
    [InlineData(36, uint.MaxValue, "split at byte 36 has -1 bytes")]
    [InlineData(36, 0x7fffffffu, "split at byte 36 has 2147483647 bytes")]
    public void Decode_BloscFieldThatLies_IsNamed(int offset, uint value, string expected)
    {
        CodecFixture fixture = CodecFixtures.Named("blosc-zstd-1-2048-smooth-u2.dat");
        byte[] frame = [.. fixture.Encoded];
        if (offset < 4)
        {
            frame[offset] = (byte)value;
        }
        else
        {
            BinaryPrimitives.WriteUInt32LittleEndian(frame.AsSpan(offset), value);
        }

        long before = GC.GetAllocatedBytesForCurrentThread();
        InvalidDataException damage = Assert.Throws<InvalidDataException>(
            () => new BloscCodec().Decode(frame, new byte[fixture.Decoded.Length]));

        Assert.Contains(expected, damage.Message, StringComparison.Ordinal);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, MostBytesAllocated);
    }

    [Fact]
    public void Decode_StoredBloscOfAnotherLength_IsDamage()
    {
        byte[] frame = [.. CodecFixtures.Named("blosc-stored.dat").Encoded];
        BinaryPrimitives.WriteInt32LittleEndian(frame.AsSpan(4), 1000);

        InvalidDataException damage = Assert.Throws<InvalidDataException>(
            () => new BloscCodec().Decode(frame, new byte[1000]));

        Assert.Contains("stored", damage.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Decode_ZstdFrameThatAnnouncesMuch_TakesNoMemoryForIt()
    {
        // Magic number; content size in eight bytes, no checksum; 2^60 bytes; one empty last block.
        byte[] frame = [0x28, 0xb5, 0x2f, 0xfd, 0xe0, 0, 0, 0, 0, 0, 0, 0, 0x10, 0x01, 0, 0];
        long before = GC.GetAllocatedBytesForCurrentThread();

        Assert.Throws<InvalidDataException>(() => new ZstdCodec().Decode(frame, new byte[100]));

        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, MostBytesAllocated);
    }

    [Fact]
    public void Decode_ZlibStreamThatNeedsADictionary_IsDamage()
    {
        byte[] stream = [0x78, 0xbb, 1, 2, 3, 4, 0x03, 0x00, 0, 0, 0, 1];

        Assert.Throws<InvalidDataException>(() => new ZlibCodec().Decode(stream, new byte[1]));
    }

    [Fact]
    public void Decode_GzipWhoseSecondMemberIsCutOff_IsDamage()
    {
        CodecFixture fixture = CodecFixtures.Named("gzip-two-members.dat");
        byte[] decoded = new byte[fixture.Decoded.Length];
        foreach (int missing in new[] { 1, 7, 8, 9, 100, 1000 })
        {
            Assert.Throws<InvalidDataException>(() => new GzipCodec().Decode(fixture.Encoded.AsSpan(..^missing), decoded));
        }
    }

    [Fact]
    public void Decode_GzipFollowedByAnEmptyMember_IsWhole()
    {
        byte[] bytes = ChunkBytes.Smooth(20_000, elementSize: 2, seed: 3);
        MemoryStream file = new();
        foreach (byte[] member in new[] { bytes, [] })
        {
            byte[] encoded = new byte[new GzipCodec().MaxEncodedLength(member.Length)];
            file.Write(encoded, 0, new GzipCodec().Encode(member, encoded));
        }

        byte[] decoded = new byte[bytes.Length];
        new GzipCodec().Decode(file.ToArray(), decoded);

        Assert.Equal(bytes, decoded);
    }

    private static bool Decodes(ChunkCodec codec, byte[] encoded, byte[] decoded)
    {
        try
        {
            codec.Decode(encoded, decoded);
            return true;
        }
        catch (InvalidDataException)
        {
            return false;
        }
    }
}
