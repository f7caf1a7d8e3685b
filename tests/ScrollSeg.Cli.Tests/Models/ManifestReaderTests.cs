using ScrollSeg.Cli;
using ScrollSeg.Cli.Models;
using ScrollSeg.Cli.Parsing;

namespace ScrollSeg.Tests.Models;

public sealed class ManifestReaderTests
{
    private const string Valid = """
        name: tiny
        what: A test
        url: https://example.org/files/tiny.pth
        bytes: 12
        sha256: EC2DF62732614E57411CDCF32A23FFDF28910380D03139EE0F4FCBE91EB8C912
        license: CC0-1.0
        citation: none
        """;

    public static TheoryData<string> Names => [.. ModelCatalog.Names];

    [Fact]
    public void Read_Valid_IsWhatItSays() => Assert.Equal(
        new ModelManifest(
            "tiny", "A test", new Uri("https://example.org/files/tiny.pth"), 12,
            "ec2df62732614e57411cdcf32a23ffdf28910380d03139ee0f4fcbe91eb8c912", "CC0-1.0", "none"),
        Read(Valid));

    [Theory]
    [InlineData("sha256:", "sha265:", "m.yaml:5: 'sha265' is no key of a manifest. Did you mean 'sha256'?")]
    [InlineData("license:", "licence:", "m.yaml:6: 'licence' is no key of a manifest. Did you mean 'license'?")]
    [InlineData("bytes: 12\n", "", "m.yaml: has no bytes.")]
    [InlineData("bytes: 12", "bytes:", "m.yaml: has no bytes.")]
    [InlineData("bytes: 12", "bytes: 1.2e3", "m.yaml:4: bytes '1.2e3'")]
    [InlineData("bytes: 12", "bytes: [12]", "m.yaml:4: bytes is a list")]
    [InlineData("bytes: 12", "bytes: 12\nbytes: 13", "m.yaml:5: Duplicate key")]
    [InlineData("EC2D", "XC2D", "m.yaml:5: sha256 'XC2D")]
    [InlineData("https://", "http://", "m.yaml:3: url 'http://example.org")]
    [InlineData("tiny.pth", "", "m.yaml:3: url")]
    [InlineData("tiny.pth", "tiny%2Fx.pth", "m.yaml:3: url")]
    [InlineData("tiny.pth", "tiny.exe", "m.yaml:3: url")]
    [InlineData("name: tiny", "name: ../tiny", "m.yaml:1: name '../tiny'")]
    [InlineData("name: tiny", "name: [", "m.yaml:")]
    public void Read_Wrong_NamesLineAndCure(string part, string replacement, string problem) => Assert.StartsWith(
        problem, Assert.Throws<UsageException>(() => Read(Valid.Replace(part, replacement, StringComparison.Ordinal))).Message, StringComparison.Ordinal);

    [Theory]
    [InlineData("")]
    [InlineData("- a\n- b")]
    [InlineData("a: 1\n---\nb: 2")]
    public void Read_NoMap_IsRefused(string yaml) => Assert.Throws<UsageException>(() => Read(yaml));

    [Theory]
    [MemberData(nameof(Names))]
    public void Catalog_EveryManifest_IsValidAndBearsItsFilesName(string name)
    {
        ModelManifest manifest = ModelCatalog.Read(name);

        Assert.Equal(name, manifest.Name);
        Assert.Equal("https", manifest.Url.Scheme);
    }

    [Fact]
    public void Catalog_Holds_ThePublishedModels()
    {
        Assert.Equal(["sam_vit_b", "sam_vit_h", "sam_vit_l"], ModelCatalog.Names);
        Assert.Equal(375_042_383, ModelCatalog.Read("sam_vit_b").Bytes);
        Assert.Contains("sam_vit_h", Assert.Throws<UsageException>(() => ModelCatalog.Find("sam_vit_x")).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("strid", "stride")]
    [InlineData("overlp", "overlap")]
    [InlineData("TILE", "tile")]
    [InlineData("threshhold", "threshold")]
    public void NearestName_Misspelt_IsFound(string written, string meant) =>
        Assert.Equal(meant, NearestName.Of(written, ["tile", "stride", "overlap", "threshold"]));

    private static ModelManifest Read(string yaml) => ManifestReader.Read(new StringReader(yaml), "m.yaml");
}
