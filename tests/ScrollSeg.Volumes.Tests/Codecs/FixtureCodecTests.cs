using ScrollSeg.Volumes.Codecs;

namespace ScrollSeg.Volumes.Tests.Codecs;

/// <summary>Parity with numcodecs that a clean clone can prove.</summary>
public sealed class FixtureCodecTests
{
    public static TheoryData<string> Files => [.. CodecFixtures.All.Select(fixture => fixture.File)];

    [Theory]
    [MemberData(nameof(Files))]
    public void Decode_NumcodecsOutput_GivesTheArray(string file)
    {
        CodecFixture fixture = CodecFixtures.Named(file);
        byte[] decoded = ChunkBytes.Random(fixture.Decoded.Length, seed: 1);
        if (file == "blosc-snappy.dat")
        {
            InvalidDataException refusal = Assert.Throws<InvalidDataException>(
                () => new BloscCodec().Decode(fixture.Encoded, decoded));
            Assert.Contains("snappy", refusal.Message, StringComparison.Ordinal);
            return;
        }

        ZarrV2Codecs.Create(fixture.Configuration).Decode(fixture.Encoded, decoded);

        Assert.Equal(fixture.Decoded, decoded);
    }

    [Theory]
    [MemberData(nameof(Files))]
    public void Decode_IntoAnotherLength_IsDamage(string file)
    {
        CodecFixture fixture = CodecFixtures.Named(file);
        if (file == "blosc-snappy.dat")
        {
            return;
        }

        ChunkCodec codec = ZarrV2Codecs.Create(fixture.Configuration);
        Assert.Throws<InvalidDataException>(() => codec.Decode(fixture.Encoded, new byte[fixture.Decoded.Length + 8]));
        if (fixture.Decoded.Length > 0)
        {
            Assert.Throws<InvalidDataException>(() => codec.Decode(fixture.Encoded, new byte[fixture.Decoded.Length - 1]));
            Assert.Throws<InvalidDataException>(() => codec.Decode(fixture.Encoded, []));
        }
    }

    [Fact]
    public void Encode_Filters_GivesNumcodecsBytes()
    {
        // Filters, unlike compressors, have one right answer.
        string[] filters = ["shuffle", "crc32", "adler32", "delta"];
        List<CodecFixture> fixtures =
            [.. CodecFixtures.All.Where(fixture => filters.Any(name => fixture.File.StartsWith(name, StringComparison.Ordinal)))];
        Assert.Equal(15, fixtures.Count);
        foreach (CodecFixture fixture in fixtures)
        {
            ChunkCodec codec = ZarrV2Codecs.Create(fixture.Configuration);
            byte[] encoded = new byte[codec.MaxEncodedLength(fixture.Decoded.Length)];
            Assert.Equal(encoded.Length, codec.Encode(fixture.Decoded, encoded));
            Assert.Equal(fixture.Encoded, encoded);
        }
    }
}
