using System.Runtime.InteropServices;
using System.Text;
using ScrollSeg.Volumes.Codecs;

namespace ScrollSeg.Volumes.Tests.Codecs;

public sealed class FilterTests
{
    [Theory]
    [InlineData(ChecksumAlgorithm.Crc32, 0xcbf43926u)]
    [InlineData(ChecksumAlgorithm.Crc32C, 0xe3069283u)]
    [InlineData(ChecksumAlgorithm.Adler32, 0x091e01deu)]
    public void Compute_OfTheCheckString_IsTheCatalogueValue(ChecksumAlgorithm algorithm, uint expected) =>
        Assert.Equal(expected, new ChecksumFilter(algorithm).Compute(Encoding.ASCII.GetBytes("123456789")));

    [Fact]
    public void Compute_Adler32OfManyLargeBytes_DoesNotOverflow()
    {
        // n bytes of 255: a = 1 + 255 n, b = n + 255 n (n + 1) / 2, both modulo 65521.
        const long N = 1_000_000;
        byte[] bytes = [.. Enumerable.Repeat((byte)255, (int)N)];
        long a = (1 + 255 * N) % 65_521;
        long b = (N + 255 * (N * (N + 1) / 2)) % 65_521;

        Assert.Equal((uint)(b << 16 | a), new ChecksumFilter(ChecksumAlgorithm.Adler32).Compute(bytes));
    }

    [Fact]
    public void Decode_WrongChecksum_NamesBoth()
    {
        ChecksumFilter filter = new(ChecksumAlgorithm.Crc32C);
        byte[] encoded = new byte[filter.MaxEncodedLength(9)];
        filter.Encode("123456789"u8, encoded);
        encoded[3] ^= 1;

        InvalidDataException damage = Assert.Throws<InvalidDataException>(() => filter.Decode(encoded, new byte[9]));

        Assert.Contains("0xe3069283", damage.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("<i8")]
    [InlineData(">u4")]
    [InlineData("<i2")]
    [InlineData("|u1")]
    [InlineData(">i8")]
    [InlineData("<u8")]
    public void Delta_OfAnyIntegers_ComesBackExactly(string type)
    {
        DeltaFilter filter = new(type);
        byte[] bytes = ChunkBytes.Random(800, seed: 5);
        byte[] encoded = new byte[filter.MaxEncodedLength(bytes.Length)];
        byte[] decoded = new byte[bytes.Length];

        filter.Encode(bytes, encoded);
        filter.Decode(encoded, decoded);

        Assert.NotEqual(bytes, encoded);
        Assert.Equal(bytes, decoded);
    }

    [Fact]
    public void Delta_OfBigEndianNumbers_SubtractsNumbersNotBytes()
    {
        byte[] encoded = new byte[6];
        new DeltaFilter(">i2").Encode([0x01, 0x00, 0x00, 0xff, 0x00, 0x00], encoded);

        Assert.Equal([0x01, 0x00, 0xff, 0xff, 0xff, 0x01], encoded);
    }

    [Fact]
    public void Delta_OfFloats_SumsInTheirPrecision()
    {
        float[] values = [0.1f, 1e8f, 1e8f, 0.5f];
        float[] differences = [0.1f, 1e8f - 0.1f, 0f, 0.5f - 1e8f];
        byte[] encoded = new byte[16];
        new DeltaFilter("<f4").Encode(MemoryMarshal.AsBytes(values.AsSpan()), encoded);

        Assert.Equal(differences, MemoryMarshal.Cast<byte, float>(encoded).ToArray());
    }

    [Theory]
    [InlineData("<f4", "<i2")]
    [InlineData("<i2", "<f4")]
    [InlineData("<f2", "<f2")]
    [InlineData("|b1", "|b1")]
    [InlineData("<i3", "<i3")]
    public void Delta_OfTypesItDoesNotKnow_IsRefusedByName(string decoded, string encoded)
    {
        NotSupportedException refusal = Assert.Throws<NotSupportedException>(() => new DeltaFilter(decoded, encoded));

        Assert.Contains(decoded, refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void BitRound_IsReadAsItIs_AndNotWritten()
    {
        BitRoundFilter filter = new(3);
        byte[] decoded = new byte[4];
        filter.Decode([1, 2, 3, 4], decoded);

        Assert.Equal([1, 2, 3, 4], decoded);
        Assert.Throws<NotSupportedException>(() => filter.Encode(decoded, new byte[4]));
        Assert.Throws<InvalidDataException>(() => filter.Decode([1, 2, 3], decoded));
    }
}
