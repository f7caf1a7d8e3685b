using ScrollSeg.Cli;
using ScrollSeg.Cli.Data;
using ScrollSeg.Volumes;

namespace ScrollSeg.Tests.Data;

public sealed class DatasetManifestTests
{
    private const string Valid = """
        name: tiny
        what: A test
        url: https://example.org/files/tiny.zarr
        license: CC0-1.0
        citation: none
        source: made up
        shape: [3, 4, 5]
        voxelType: uint16
        voxelSizeMicrometres: [50, 4, 4]
        splits:
          axis: z
          train: [0, 2]
          validation: [2, 3]
        """;

    private const string Stack = """
        name: tiny
        what: A test
        files:
          - path: "layers/{08:11}.tif"
            url: "https://example.org/{08:11}.tif"
            bytes: 12
          - path: mask.png
            url: https://example.org/mask.png
        license: CC0-1.0
        citation: none
        source: made up
        """;

    public static TheoryData<string> Names => [.. DatasetCatalog.Names];

    [Theory]
    [MemberData(nameof(Names))]
    public void Read_EveryManifestOfTheRepository_IsWhatItsFileIsCalled(string name)
    {
        DatasetManifest manifest = DatasetCatalog.Read(name);

        Assert.Equal(name, manifest.Name);
        Assert.StartsWith("http", manifest.Source[manifest.Source.IndexOf("http", StringComparison.Ordinal)..], StringComparison.Ordinal);
        if (manifest is { Shape: { } shape, Splits: { } splits })
        {
            Assert.True(splits.Validation!.Value.End <= shape[splits.Axis] && splits.Train!.Value.End <= splits.Validation.Value.Start);
        }
    }

    [Fact]
    public void Catalog_Holds_WhatTheFolderHolds()
    {
        DirectoryInfo? root = new(AppContext.BaseDirectory);
        while (root is not null && !File.Exists(Path.Combine(root.FullName, "ScrollSeg.sln")))
        {
            root = root.Parent;
        }

        string[] files = [.. Directory.GetFiles(Path.Combine(root!.FullName, "data-manifests", "datasets")).Select(file => Path.GetFileNameWithoutExtension(file)).Order(StringComparer.Ordinal)];

        Assert.Equal(files, DatasetCatalog.Names);
        Assert.Contains(DatasetCatalog.Names, name => name == "isbi2012");
    }

    [Fact]
    public void Read_Valid_IsWhatItSays()
    {
        DatasetManifest manifest = Read(Valid);

        Assert.Equal(new ZarrContent("https://example.org/files/tiny.zarr"), manifest.Content);
        Assert.Equal((new Shape3(3, 4, 5), VoxelType.UInt16, new VoxelSize(50, 4, 4)), (manifest.Shape!.Value, manifest.VoxelType!.Value, manifest.VoxelSize!.Value));
        Assert.Equal(new DatasetSplits(Axis.Z, (0, 2), (2, 3), null), manifest.Splits);
    }

    [Fact]
    public void Read_NumberedFiles_AreCountedWithTheirDigits()
    {
        FilesContent content = Assert.IsType<FilesContent>(Read(Stack).Content);

        Assert.Equal(["layers/09.tif", "layers/10.tif"], content.Files[0].Expand((1, 3)).Select(file => file.Path));
        Assert.Equal("https://example.org/11.tif", content.Files[0].Expand(null).Last().Address);
        Assert.Equal("mask.png", Assert.Single(content.Files[1].Expand((1, 3))).Path);
    }

    [Theory]
    [InlineData("license:", "licence:", "m.yaml:4: 'licence' is no key of a manifest. Did you mean 'license'?")]
    [InlineData("citation: none\n", "", "m.yaml: has no citation")]
    [InlineData("name: tiny", "name: ../tiny", "name '../tiny': expected letters")]
    [InlineData("https://example.org/files/tiny.zarr", "http://example.org/files/tiny.zarr", "expected https://.. or s3://..")]
    [InlineData("tiny.zarr", "tiny.zip", "that ends in .zarr")]
    [InlineData("url: https://example.org/files/tiny.zarr\n", "", "expected either url, of a Zarr, or files")]
    [InlineData("[3, 4, 5]", "[3, 4]", "shape: expected a list of 3 numbers")]
    [InlineData("[3, 4, 5]", "[3, 4, 0.5]", "expected three whole numbers")]
    [InlineData("uint16", "u2", "voxelType 'u2': expected uint8")]
    [InlineData("[50, 4, 4]", "0", "expected numbers above 0")]
    [InlineData("train: [0, 2]", "train: [2, 2]", "train: expected [START, END]")]
    [InlineData("axis: z", "axis: t", "axis 't': expected z, y or x")]
    [InlineData("source: made up", "source: made up\nagreement: unheard-of", "'unheard-of' is not known; give its terms")]
    public void Read_Invalid_IsRefusedWithItsLine(string valid, string invalid, string problem) => AssertRefused(Valid, valid, invalid, problem);

    [Theory]
    [InlineData("layers/{08:11}", "layers/{08:12}", "with the same {FIRST:LAST} as url")]
    [InlineData("path: mask.png", "path: ../mask.png", "expected a relative path")]
    [InlineData("{08:11}.tif\"\n    bytes", "{11:08}.tif\"\n    bytes", "with at most one {FIRST:LAST}")]
    [InlineData("    bytes: 12", "    bytes: 0", "expected a whole number above 0")]
    [InlineData("    bytes: 12", "    sha256: ec2df62732614e57411cdcf32a23ffdf28910380d03139ee0f4fcbe91eb8c912", "many files do not have one hash")]
    [InlineData("  - path: mask.png\n", "  - name: mask.png\n", "'name' is no key of a manifest")]
    public void Read_InvalidFiles_AreRefused(string valid, string invalid, string problem) => AssertRefused(Stack, valid, invalid, problem);

    private static void AssertRefused(string manifest, string valid, string invalid, string problem)
    {
        Assert.Contains(valid, manifest, StringComparison.Ordinal);
        UsageException e = Assert.Throws<UsageException>(() => Read(manifest.Replace(valid, invalid, StringComparison.Ordinal)));
        Assert.Contains(problem, e.Message, StringComparison.Ordinal);
    }

    private static DatasetManifest Read(string yaml)
    {
        using StringReader text = new(yaml);
        return DatasetManifestReader.Read(text, "m.yaml", _ => null);
    }
}
