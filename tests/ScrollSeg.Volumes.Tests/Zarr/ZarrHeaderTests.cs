using System.Text;
using System.Text.Json.Nodes;
using ScrollSeg.Volumes.Zarr;

namespace ScrollSeg.Volumes.Tests.Zarr;

public sealed class ZarrHeaderTests
{
    private const string Valid =
        """
        {"zarr_format":2,"shape":[4,5,6],"chunks":[2,3,4],"dtype":"<u2","compressor":null,"fill_value":0,"order":"C","filters":null}
        """;

    [Fact]
    public void Parse_OfAValidHeader_TellsIt()
    {
        ZarrHeader header = Parse(Valid);

        Assert.Equal([4, 5, 6], header.Shape);
        Assert.Equal([2, 3, 4], header.ChunkShape);
        Assert.Equal([12, 4, 1], header.ChunkStrides);
        Assert.Equal(48, header.ChunkBytes);
        Assert.Equal('.', header.Separator);
        Assert.Equal("1.0.2", header.KeyOfChunk([1, 0, 2]));
        Assert.Equal("none", header.CodecDescription);
    }

    [Fact]
    public void Parse_OfOrderF_TurnsTheStrides() =>
        Assert.Equal([1, 2, 6], Parse(With("order", "\"F\"")).ChunkStrides);

    [Fact]
    public void Parse_OfUnknownKeysAndEmptyFilters_PassesOverThem() =>
        Assert.True(Parse(With("filters", "[]", ("node_type", "\"array\""))).Coding.Chain.IsEmpty);

    [Theory]
    [InlineData("zarr_format")]
    [InlineData("shape")]
    [InlineData("chunks")]
    [InlineData("dtype")]
    [InlineData("compressor")]
    [InlineData("fill_value")]
    [InlineData("order")]
    [InlineData("filters")]
    public void Parse_WithoutARequiredKey_NamesIt(string key)
    {
        JsonObject header = JsonNode.Parse(Valid)!.AsObject();
        header.Remove(key);

        AssertRefused(header.ToJsonString(), $"the key '{key}' is missing");
    }

    [Theory]
    [InlineData("zarr_format", "3", "zarr_format is 3, expected 2")]
    [InlineData("zarr_format", "\"2\"", "expected 2")]
    [InlineData("shape", "[4,5]", "shape has 2 axes, chunks has 3")]
    [InlineData("shape", "[4,-5,6]", "axis 1 is no whole number from 1")]
    [InlineData("shape", "[4,0,6]", "axis 1 is no whole number from 1")]
    [InlineData("shape", "[4,5,3000000000]", "axis 2")]
    [InlineData("shape", "[4.5,5,6]", "axis 0")]
    [InlineData("shape", "\"4\"", "expected a list")]
    [InlineData("shape", "[2147483647,2147483647,2147483646]", "too large to be addressed")]
    [InlineData("shape", "[2147483647,1,1]", "too large to be addressed")]
    [InlineData("chunks", "[0,3,4]", "chunks is [0,3,4]: axis 0")]
    [InlineData("chunks", "[1024,1024,1024]", "larger than 2 GiB")]
    [InlineData("chunks", "[2147483647,2147483647,2147483647]", "larger than 2 GiB")]
    [InlineData("dtype", "\"u2\"", "byte order")]
    [InlineData("dtype", "\"|u2\"", "no byte order")]
    [InlineData("dtype", "\"<u3\"", "<u3")]
    [InlineData("dtype", "\"=u2\"", "byte order")]
    [InlineData("dtype", "2", "dtype is '2'")]
    [InlineData("dtype", "[[\"a\",\"<u2\"]]", "structured")]
    [InlineData("dtype", "\"|O\"", "|O")]
    [InlineData("dtype", "\"|V12\"", "raw or structured bytes")]
    [InlineData("fill_value", "-1", "fill_value is -1, which no uint16 voxel has")]
    [InlineData("fill_value", "65536", "no uint16 voxel")]
    [InlineData("fill_value", "0.5", "no uint16 voxel")]
    [InlineData("fill_value", "true", "no uint16 voxel")]
    [InlineData("fill_value", "\"NaN\"", "no uint16 voxel")]
    [InlineData("fill_value", "\"AAA=\"", "base64")]
    [InlineData("fill_value", "[0]", "no uint16 voxel")]
    [InlineData("order", "\"A\"", "order is \"A\"")]
    [InlineData("order", "null", "order is null")]
    [InlineData("filters", "{}", "filters is {}")]
    [InlineData("filters", "[7]", "codec is 7")]
    [InlineData("filters", "[{\"id\":\"gzip\"}]", "filter 'gzip'")]
    [InlineData("compressor", "{\"id\":\"zfpy\"}", "zfpy")]
    [InlineData("compressor", "{\"level\":1}", "expected an object with an \"id\"")]
    [InlineData("compressor", "\"gzip\"", "expected an object with an \"id\"")]
    [InlineData("dimension_separator", "\"-\"", "dimension_separator is \"-\"")]
    [InlineData("dimension_separator", "1", "dimension_separator is 1")]
    public void Parse_OfABadValue_SaysWhatIsExpected(string key, string value, string problem) =>
        AssertRefused(With(key, value), problem);

    [Theory]
    [InlineData("", "no valid JSON")]
    [InlineData("{\"zarr_format\":2,", "no valid JSON")]
    [InlineData("[]", "expected an object")]
    public void Parse_OfWhatIsNoHeader_SaysSo(string text, string problem) => AssertRefused(text, problem);

    [Theory]
    [InlineData((byte)0xff)]
    [InlineData((byte)0xc3)]
    public void Parse_OfTextThatIsNoUtf8_SaysSo(byte wrong)
    {
        byte[] header = Encoding.UTF8.GetBytes(Valid.Replace("<u2", "<u@", StringComparison.Ordinal));
        header[Array.IndexOf(header, (byte)'@')] = wrong;

        VolumeFormatException refusal = Assert.Throws<VolumeFormatException>(() => ZarrHeader.Parse(header, 2, "a.zarr/.zarray"));

        Assert.Contains("text that is no text", refusal.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("<u2", "7.0", 7)]
    [InlineData("|i1", "-1", 0xFF)]
    [InlineData("<i8", "-9223372036854775808", 0x8000000000000000)]
    [InlineData("<u8", "18446744073709551615", ulong.MaxValue)]
    [InlineData("|b1", "1", 1)]
    [InlineData("<f4", "\"Infinity\"", 0x7F800000)]
    [InlineData("<f2", "-1.5", 0xBE00)]
    [InlineData("<f8", "null", 0)]
    public void FillValue_OfEveryKind_IsTheVoxelsBits(string type, string value, ulong bits) =>
        Assert.Equal(bits, Parse(With("dtype", $"\"{type}\"", ("fill_value", value))).FillValue.Bits);

    private static ZarrHeader Parse(string json) => ZarrHeader.Parse(Encoding.UTF8.GetBytes(json), 2, "a.zarr/.zarray");

    private static void AssertRefused(string json, string problem)
    {
        VolumeFormatException refusal = Assert.Throws<VolumeFormatException>(() => Parse(json));
        Assert.StartsWith("a.zarr/.zarray: ", refusal.Message, StringComparison.Ordinal);
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
