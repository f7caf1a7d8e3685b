using System.Text;
using System.Text.Json.Nodes;
using ScrollSeg.Volumes.Zarr;

namespace ScrollSeg.Volumes.Tests.Zarr;

public sealed class ZarrV3HeaderTests
{
    private const string Valid = """
        {"zarr_format": 3, "node_type": "array", "shape": [4, 5, 6], "data_type": "uint16",
         "chunk_grid": {"name": "regular", "configuration": {"chunk_shape": [2, 3, 4]}},
         "chunk_key_encoding": {"name": "default", "configuration": {"separator": "/"}},
         "fill_value": 0, "codecs": [{"name": "bytes", "configuration": {"endian": "little"}}]}
        """;

    private const string Bytes = """{"name": "bytes", "configuration": {"endian": "little"}}""";

    private const string Sharding = """
        {"name": "sharding_indexed", "configuration": {"chunk_shape": CHUNK,
         "codecs": [{"name": "bytes", "configuration": {"endian": "little"}}],
         "index_codecs": [{"name": "bytes", "configuration": {"endian": "little"}}, INDEX]}}
        """;

    [Fact]
    public void Parse_OfAValidHeader_TellsIt()
    {
        ZarrHeader header = Parse(Valid);

        Assert.Equal([4, 5, 6], header.Shape);
        Assert.Equal([2, 3, 4], header.ChunkShape);
        Assert.Equal([12, 4, 1], header.ChunkStrides);
        Assert.Equal("c/1/0/2", header.KeyOfChunk([1, 0, 2]));
        Assert.Equal(3, header.Version);
    }

    [Theory]
    [InlineData("\"default\"", "c/1/0/2", "c")]
    [InlineData("""{"name": "default", "configuration": {"separator": "."}}""", "c.1.0.2", "c")]
    [InlineData("""{"name": "v2"}""", "1.0.2", "0")]
    [InlineData("""{"name": "v2", "configuration": {"separator": "/"}}""", "1/0/2", "0")]
    public void KeyOfChunk_OfEveryEncoding_IsTheSpecifications(string encoding, string key, string ofRank0)
    {
        ZarrHeader header = Parse(With("chunk_key_encoding", encoding));

        Assert.Equal(key, header.KeyOfChunk([1, 0, 2]));
        Assert.Equal(ofRank0, header.KeyOfChunk([]));
        Assert.True(header.IsKeyOfChunk(key, header.Separator));
        Assert.False(header.IsKeyOfChunk("zarr.json", header.Separator));
    }

    [Fact]
    public void Parse_OfTwoTranspositions_JoinsThem()
    {
        const string Transpose = """{"name": "transpose", "configuration": {"order": [1, 2, 0]}}""";

        // B[i] = A[order[i]] twice: axes 1, 2, 0, then 2, 0, 1; encoded extents 4, 2, 3
        Assert.Equal([3, 1, 6], Parse(With("codecs", $"[{Transpose}, {Transpose}, {Bytes}]")).ChunkStrides);
    }

    [Theory]
    [InlineData("float32", "\"0x7fc00001\"", 0x7fc00001)]
    [InlineData("float64", "\"0xfff8000000000000\"", 0xfff8000000000000)]
    [InlineData("float16", "\"NaN\"", 0x7e00)]
    [InlineData("float32", "\"NaN\"", 0x7fc00000)]
    [InlineData("float32", "\"-Infinity\"", 0xff800000)]
    [InlineData("bool", "true", 1)]
    [InlineData("int64", "-1", ulong.MaxValue)]
    public void FillValue_OfEveryForm_IsTheVoxelsBits(string type, string value, ulong bits) =>
        Assert.Equal(bits, Parse(With("data_type", $"\"{type}\"", ("fill_value", value))).FillValue.Bits);

    [Theory]
    [InlineData("zarr_format", "2", "expected 3")]
    [InlineData("node_type", "\"leaf\"", "node_type is \"leaf\"")]
    [InlineData("shape", "[4, 5]", "shape has 2 axes")]
    [InlineData("shape", "[4, 5, -6]", "no whole number")]
    [InlineData("data_type", "\"complex64\"", "data_type 'complex64'")]
    [InlineData("data_type", """{"name": "numpy.datetime64", "configuration": {}}""", "'numpy.datetime64'")]
    [InlineData("chunk_grid", """{"name": "rectilinear"}""", "chunk_grid 'rectilinear'")]
    [InlineData("chunk_grid", """{"name": "regular"}""", "'chunk_shape' is missing")]
    [InlineData("chunk_key_encoding", "\"sorted\"", "chunk_key_encoding 'sorted'")]
    [InlineData("chunk_key_encoding", """{"name": "default", "configuration": {"separator": "-"}}""", "separator is")]
    [InlineData("fill_value", "\"0x7fc0\"", "fill_value")]
    [InlineData("fill_value", "70000", "fill_value")]
    [InlineData("storage_transformers", """[{"name": "zip"}]""", "storage transformer 'zip'")]
    [InlineData("dimension_names", "[\"z\", \"y\"]", "dimension_names")]
    [InlineData("something_new", "1", "the key 'something_new' is not known")]
    [InlineData("something_new", """{"must_understand": true}""", "the key 'something_new' is not known")]
    [InlineData("codecs", "[]", "lacks one that turns an array into bytes")]
    [InlineData("codecs", """["bytes"]""", "endian is missing")]
    [InlineData("codecs", $"[{Bytes}, {Bytes}]", "\"bytes\" stands behind")]
    [InlineData("codecs", $$"""["crc32c", {{Bytes}}]""", "\"crc32c\" stands before")]
    [InlineData("codecs", $$"""[{{Bytes}}, {"name": "zfp", "must_understand": false}]""", "\"zfp\" is not supported")]
    [InlineData("codecs", $$"""[{{Bytes}}, "gzip", "zstd"]""", "codec 'zstd' behind 'gzip' is not read")]
    [InlineData("codecs", """[{"name": "transpose", "configuration": {"order": [0, 1, 1]}}]""", "expected the numbers 0 to 2")]
    [InlineData("codecs", """[{"name": "transpose", "configuration": {"order": "F"}}]""", "order is \"F\"")]
    public void Parse_OfWhatIsWrongOrUnknown_SaysWhat(string key, string value, string problem) =>
        AssertRefused(With(key, value), problem);

    [Theory]
    [InlineData("[2, 3, 3]", "\"crc32c\"", "cannot be cut into chunks")]
    [InlineData("[2, 3, 8]", "\"crc32c\"", "do not fit into shards")]
    [InlineData("[2, 3]", "\"crc32c\"", "has 2 axes")]
    [InlineData("[1, 1, 1]", "\"gzip\"", "index codec 'gzip'")]
    public void Parse_OfShardsThatDoNotWork_SaysWhy(string chunk, string index, string problem) => AssertRefused(
        With("codecs", $"[{Sharding.Replace("CHUNK", chunk, StringComparison.Ordinal).Replace("INDEX", index, StringComparison.Ordinal)}]"), problem);

    [Fact]
    public void Parse_OfShardsInShardsWithoutEnd_IsRefused()
    {
        string codec = Bytes;
        for (int i = 0; i < 8; i++)
        {
            codec = Sharding.Replace("CHUNK", "[1, 1, 1]", StringComparison.Ordinal).Replace("INDEX", "\"crc32c\"", StringComparison.Ordinal)
                .Replace($"\"codecs\": [{Bytes}]", $"\"codecs\": [{codec}]", StringComparison.Ordinal);
        }

        AssertRefused(With("codecs", $"[{codec}]"), "nested 4 deep at most");
    }

    [Fact]
    public void Parse_OfLargeShards_OnlyLimitsTheirChunks()
    {
        string sharding = Sharding.Replace("CHUNK", "[128, 128, 128]", StringComparison.Ordinal).Replace("INDEX", "\"crc32c\"", StringComparison.Ordinal);
        const string Grid = """{"name": "regular", "configuration": {"chunk_shape": [2048, 2048, 2048]}}""";

        ZarrHeader header = Parse(With("codecs", $"[{sharding}]", ("chunk_grid", Grid), ("shape", "[4096, 4096, 4096]")));

        Assert.Equal(4096, header.Shards!.ChunkCount);
        AssertRefused(With("chunk_grid", Grid, ("shape", "[4096, 4096, 4096]")), "larger than 2 GiB each");
    }

    [Fact]
    public void Parse_OfWhatNeedNotBeUnderstood_PassesOverIt() =>
        Assert.Equal(3, Parse(With("something_new", """{"must_understand": false, "x": 1}""")).Version);

    private static ZarrHeader Parse(string json)
    {
        byte[] document = Encoding.UTF8.GetBytes(json);
        ZarrNode.Read(document, "a.zarr/zarr.json", ZarrV3Header.IsArray);
        return ZarrHeader.Parse(document, 3, "a.zarr/zarr.json");
    }

    private static void AssertRefused(string json, string problem)
    {
        VolumeFormatException refusal = Assert.Throws<VolumeFormatException>(() => Parse(json));
        Assert.StartsWith("a.zarr/zarr.json: ", refusal.Message, StringComparison.Ordinal);
        Assert.Contains(problem, refusal.Message, StringComparison.Ordinal);
    }

    private static string With(string key, string value, params (string Key, string Value)[] more)
    {
        JsonObject header = JsonNode.Parse(Valid)!.AsObject();
        header[key] = JsonNode.Parse(value);
        foreach ((string otherKey, string otherValue) in more)
        {
            header[otherKey] = JsonNode.Parse(otherValue);
        }

        return header.ToJsonString();
    }
}
