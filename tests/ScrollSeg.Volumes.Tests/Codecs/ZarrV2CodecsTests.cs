using System.Text.Json;
using ScrollSeg.Volumes.Codecs;

namespace ScrollSeg.Volumes.Tests.Codecs;

public sealed class ZarrV2CodecsTests
{
    [Theory]
    [InlineData("bz2")]
    [InlineData("lzma")]
    [InlineData("zfpy")]
    [InlineData("pcodec")]
    [InlineData("fixedscaleoffset")]
    [InlineData("made-up")]
    public void Create_UnknownCodec_IsRefusedByName(string id)
    {
        NotSupportedException refusal = Assert.Throws<NotSupportedException>(() => Create($$"""{"id":"{{id}}"}"""));

        Assert.Contains($"\"{id}\"", refusal.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("[]", "\"id\"")]
    [InlineData("""{"level":1}""", "\"id\"")]
    [InlineData("""{"id":7}""", "\"id\"")]
    [InlineData("""{"id":"gzip","level":"5"}""", "level is \"5\"")]
    [InlineData("""{"id":"gzip","level":1.5}""", "level is 1.5")]
    [InlineData("""{"id":"gzip","level":10}""", "10")]
    [InlineData("""{"id":"blosc","clevel":10}""", "10")]
    [InlineData("""{"id":"blosc","shuffle":3}""", "3")]
    [InlineData("""{"id":"blosc","blocksize":-1}""", "-1")]
    [InlineData("""{"id":"zstd","checksum":1}""", "checksum is 1")]
    [InlineData("""{"id":"shuffle","elementsize":-1}""", "-1")]
    [InlineData("""{"id":"delta"}""", "dtype is missing")]
    public void Create_WrongSetting_SaysWhich(string configuration, string expected)
    {
        InvalidDataException problem = Assert.Throws<InvalidDataException>(() => Create(configuration));

        Assert.Contains(expected, problem.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Create_BloscWithNothingSaid_HasNumcodecsDefaults()
    {
        BloscCodec codec = Assert.IsType<BloscCodec>(Create("""{"id":"blosc","unknown":[1]}"""));

        Assert.Equal(new BloscOptions(), codec.Options);
        Assert.Equal("blosc-lz4 5", codec.Description);
    }

    [Theory]
    [InlineData("blosc-zstd", """{"id":"blosc","cname":"zstd","clevel":3,"shuffle":1,"blocksize":0}""")]
    [InlineData("blosc-lz4", """{"id":"blosc","cname":"lz4","clevel":5,"shuffle":1,"blocksize":0}""")]
    [InlineData("zstd", """{"id":"zstd","level":3}""")]
    [InlineData("gzip", """{"id":"gzip","level":5}""")]
    public void FromName_OfTheCommandLine_IsWhatMetadataSay(string name, string expected)
    {
        ChunkCodec? codec = ZarrV2Codecs.FromName(name, elementSize: 2);

        Assert.NotNull(codec);
        Assert.Equal(expected, ZarrV2Codecs.Describe(codec).ToJsonString());
    }

    [Fact]
    public void FromName_None_IsNoCodec() => Assert.Null(ZarrV2Codecs.FromName("none", elementSize: 2));

    [Fact]
    public void FromName_AnotherName_ListsThoseThereAre()
    {
        ArgumentException problem = Assert.Throws<ArgumentException>(() => ZarrV2Codecs.FromName("lz5", elementSize: 2));

        Assert.Contains("blosc-zstd, blosc-lz4, zstd, gzip, none", problem.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Encode_WithBlosclz_IsRefusedByName()
    {
        ChunkCodec codec = Create("""{"id":"blosc","cname":"blosclz"}""");

        NotSupportedException refusal = Assert.Throws<NotSupportedException>(() => codec.Encode(new byte[500], new byte[1000]));

        Assert.Contains("blosclz", refusal.Message, StringComparison.Ordinal);
    }

    private static ChunkCodec Create(string configuration)
    {
        using JsonDocument document = JsonDocument.Parse(configuration);
        return ZarrV2Codecs.Create(document.RootElement);
    }
}
