using System.Text.Json.Nodes;
using ScrollSeg.Testing;
using ScrollSeg.Volumes.Codecs;
using ScrollSeg.Volumes.Zarr;

namespace ScrollSeg.Volumes.Tests.Zarr;

public sealed class NgffTests : IDisposable
{
    private static readonly NgffLevel[] TwoLevels =
    [
        new("0", (4, 2, 2), (0, 0, 0)),
        new("1", (8, 4, 4), (2, 1, 1)),
    ];

    private readonly TemporaryFolder _folder = new();

    private string Image => _folder["a.zarr"];

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void WriteImage_WritesTheMetadataOfVersion04()
    {
        NgffImage image = new("probability", TwoLevels, InMicrometres: true)
        {
            DownscaleMethod = "mean",
            Extra = new JsonObject { ["program"] = "scrollseg" },
        };

        NgffWriter.WriteImage(Image, image, TestArrays.Files, new JsonObject { ["run"] = 7 });

        AssertJson("""{"zarr_format":2}""", ".zgroup");
        AssertJson(
            """
            {"multiscales":[{"version":"0.4","name":"probability",
            "axes":[{"name":"z","type":"space","unit":"micrometer"},{"name":"y","type":"space","unit":"micrometer"},
                    {"name":"x","type":"space","unit":"micrometer"}],
            "datasets":[
              {"path":"0","coordinateTransformations":[{"type":"scale","scale":[4,2,2]}]},
              {"path":"1","coordinateTransformations":[{"type":"scale","scale":[8,4,4]},{"type":"translation","translation":[2,1,1]}]}],
            "type":"mean","metadata":{"program":"scrollseg"}}],"run":7}
            """,
            ".zattrs");
    }

    [Fact]
    public void WriteImage_WithoutUnit_LeavesItOut()
    {
        NgffWriter.WriteImage(Image, new NgffImage("a", [TwoLevels[0]], InMicrometres: false), TestArrays.Files);

        Assert.DoesNotContain("unit", File.ReadAllText(Path.Combine(Image, ".zattrs")), StringComparison.Ordinal);
    }

    [Fact]
    public void WriteLabels_WritesTheListAndTheColours()
    {
        NgffWriter.WriteLabelsGroup(Path.Combine(Image, "labels"), ["mask"], TestArrays.Files);
        NgffWriter.WriteLabelImage(
            Path.Combine(Image, "labels", "mask"), new NgffImage("mask", [TwoLevels[0]], InMicrometres: false), [(1, 255, 128, 0, 200)],
            TestArrays.Files);

        AssertJson("""{"labels":["mask"]}""", "labels", ".zattrs");
        JsonNode label = JsonNode.Parse(File.ReadAllText(Path.Combine(Image, "labels", "mask", ".zattrs")))!;
        AssertEqual(
            """{"version":"0.4","colors":[{"label-value":1,"rgba":[255,128,0,200]}],"source":{"image":"../../"}}""",
            label["image-label"]!);
        Assert.True(File.Exists(Path.Combine(Image, "labels", ".zgroup")));
    }

    [Fact]
    public void WriteImage_WithAnAttributeOfItsOwnName_IsRefused() =>
        Assert.Throws<ArgumentException>(() => NgffWriter.WriteImage(
            Image, new NgffImage("a", TwoLevels, InMicrometres: false), TestArrays.Files, new JsonObject { ["multiscales"] = 1 }));

    [Fact]
    public void WriteImage_WithoutLevels_IsRefused() =>
        Assert.Throws<ArgumentException>(
            () => NgffWriter.WriteImage(Image, new NgffImage("a", [], InMicrometres: false), TestArrays.Files));

    [Fact]
    public async Task Open_OfWhatWasWritten_TellsLevelsAndVoxelSize()
    {
        WritePyramid();

        await using ZarrVolume volume = await TestArrays.OpenAsync(Path.Combine(Image, "1"));

        Assert.Equal(new VoxelSize(8, 4, 4), volume.Info.VoxelSize);
        Assert.Equal(
            [new VolumeLevel("0", new Shape3(5, 8, 9), (4, 2, 2)), new VolumeLevel("1", new Shape3(3, 4, 5), (8, 4, 4))],
            volume.Info.Levels);
        Assert.Equal(1, volume.Info.Level);
        Assert.Empty(volume.Info.Defects);
    }

    [Fact]
    public async Task Open_OfALevelThatIsDeclaredButAbsent_TellsIt()
    {
        WritePyramid();
        Directory.Delete(Path.Combine(Image, "1"), recursive: true);

        await using ZarrVolume volume = await TestArrays.OpenAsync(Image);

        Assert.Equal(["level 1 is declared but absent"], volume.Info.Defects);
        Assert.Null(volume.Info.Levels[1].Shape);
        DirectoryNotFoundException error =
            await Assert.ThrowsAsync<DirectoryNotFoundException>(() => TestArrays.OpenAsync(Path.Combine(Image, "1")));
        Assert.Contains("declares this level", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Open_OfAGroupWhoseFirstLevelIsAbsent_IsRefused()
    {
        WritePyramid();
        Directory.Delete(Path.Combine(Image, "0"), recursive: true);

        VolumeFormatException error = await Assert.ThrowsAsync<VolumeFormatException>(() => TestArrays.OpenAsync(Image));
        Assert.Contains("declares this level", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Open_OfALevelWithChunksButNoHeader_TellsIt()
    {
        WritePyramid();
        File.Delete(Path.Combine(Image, "1", ".zarray"));

        await AssertDefectAsync("level 1 has chunk files (1/0/0/0) but no .zarray");
    }

    [Fact]
    public async Task Open_OfAScaleThatContradictsTheShapes_TellsIt()
    {
        WritePyramid([TwoLevels[0], new NgffLevel("1", (4, 2, 2), (0, 0, 0))]);

        await AssertDefectAsync("level 1 is [3, 4, 5] voxels with scale (4, 2, 2), which contradicts level 0");
    }

    [Fact]
    public async Task Open_OfLevelsWithOtherCodecs_TellsIt()
    {
        WritePyramid(codec: "gzip");

        await AssertDefectAsync("level 1 is compressed with gzip 5, level 0 with none");
    }

    [Fact]
    public async Task Open_OfAHeaderWithoutChunks_TellsIt()
    {
        WritePyramid();
        Directory.Delete(Path.Combine(Image, "0", "0"), recursive: true);
        Directory.Delete(Path.Combine(Image, "0", "1"), recursive: true);
        Directory.Delete(Path.Combine(Image, "0", "2"), recursive: true);

        await AssertDefectAsync("level 0 has a header but not one chunk");
    }

    [Fact]
    public async Task Open_OfChunkNamesWithTheOtherSeparator_TellsIt()
    {
        WritePyramid();
        string header = Path.Combine(Image, "0", ".zarray");
        JsonObject json = JsonNode.Parse(File.ReadAllText(header))!.AsObject();
        json.Remove("dimension_separator");
        File.WriteAllText(header, json.ToJsonString());

        await AssertDefectAsync("level 0: the header says that chunk names have '.' between indices, the chunks have '/' (0/0/0)");
    }

    [Theory]
    [InlineData("""{"multiscales":1}""", "multiscales is no list")]
    [InlineData("""{"multiscales":[]}""", "multiscales is no list")]
    [InlineData("""{"multiscales":[{}]}""", "datasets is missing")]
    [InlineData("""{"multiscales":[{"datasets":[{"path":"../b"}]}]}""", "path names an array")]
    [InlineData("""{"multiscales":[{"datasets":[7]}]}""", "path names an array")]
    [InlineData("""{"multiscales":[{"axes":[3],"datasets":[{"path":"0"}]}]}""", "axes holds 3")]
    [InlineData("""{"multiscales":[""", "no valid JSON")]
    public async Task Open_OfDamagedAttributes_IsRefused(string attributes, string problem)
    {
        WritePyramid();
        File.WriteAllText(Path.Combine(Image, ".zattrs"), attributes);

        VolumeFormatException error = await Assert.ThrowsAsync<VolumeFormatException>(() => TestArrays.OpenAsync(Image));
        Assert.StartsWith($"{Image}/.zattrs: ", error.Message, StringComparison.Ordinal);
        Assert.Contains(problem, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Open_OfALevelInADamagedGroup_ReadsItAndTellsTheDamage()
    {
        WritePyramid();
        File.WriteAllText(Path.Combine(Image, ".zattrs"), "{");

        await using ZarrVolume volume = await TestArrays.OpenAsync(Path.Combine(Image, "1"));

        Assert.StartsWith("the group around the array cannot be read", Assert.Single(volume.Info.Defects), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("nanometer", 0.004)]
    [InlineData("millimeter", 4000.0)]
    [InlineData("second", null)]
    public async Task VoxelSize_OfAUnit_IsInMicrometres(string unit, double? z)
    {
        WritePyramid();
        string attributes = Path.Combine(Image, ".zattrs");
        File.WriteAllText(attributes, File.ReadAllText(attributes).Replace("micrometer", unit, StringComparison.Ordinal));

        await using ZarrVolume volume = await TestArrays.OpenAsync(Image);

        Assert.Equal(z, volume.Info.VoxelSize?.Z);
        Assert.Equal(z is null ? 3 : 0, volume.Info.Defects.Count);
    }

    [Fact]
    public async Task Scale_OfDatasetAndMultiscale_IsTheirProduct()
    {
        WritePyramid();
        JsonObject attributes = JsonNode.Parse(File.ReadAllText(Path.Combine(Image, ".zattrs")))!.AsObject();
        attributes["multiscales"]![0]!["coordinateTransformations"] =
            JsonNode.Parse("""[{"type":"scale","scale":[0.5,0.5,10]}]""");
        File.WriteAllText(Path.Combine(Image, ".zattrs"), attributes.ToJsonString());

        await using ZarrVolume volume = await TestArrays.OpenAsync(Image);

        Assert.Equal(new VoxelSize(2, 1, 20), volume.Info.VoxelSize);
    }

    [Theory]
    [InlineData("[1e308,1e308,1e308]", "micrometer")]
    [InlineData("[1e-308,1e-308,1e-308]", "micrometer")]
    [InlineData("[1,1,1e300]", "kilometer")]
    public async Task Scale_ThatNoVoxelHas_IsToldAndNotTaken(string common, string unit)
    {
        WritePyramid([new("0", (1e300, 1e-300, 1), (0, 0, 0)), new("1", (2e300, 2e-300, 2), (0, 0, 0))]);
        string path = Path.Combine(Image, ".zattrs");
        JsonObject attributes = JsonNode.Parse(File.ReadAllText(path).Replace("micrometer", unit, StringComparison.Ordinal))!.AsObject();
        attributes["multiscales"]![0]!["coordinateTransformations"] = JsonNode.Parse($$"""[{"type":"scale","scale":{{common}}}]""");
        File.WriteAllText(path, attributes.ToJsonString());

        await using ZarrVolume volume = await TestArrays.OpenAsync(Image);

        Assert.Null(volume.Info.VoxelSize);
        Assert.NotEmpty(volume.Info.Defects);
        Assert.All(volume.Info.Levels, level => Assert.True(double.IsFinite(level.Scale.Z + level.Scale.Y + level.Scale.X)));
    }

    [Fact]
    public async Task Defects_OfAnIndentedDocument_AreLinesOfTheirOwn()
    {
        WritePyramid();
        string path = Path.Combine(Image, ".zattrs");
        string many = string.Join(",\n    ", Enumerable.Range(0, 100_000));
        JsonObject attributes = JsonNode.Parse(File.ReadAllText(path))!.AsObject();
        attributes["multiscales"]![0]!["coordinateTransformations"] = "@";
        File.WriteAllText(path, attributes.ToJsonString().Replace("\"@\"", $"[\n{{\"type\": \"scale\",\n\"scale\":\n[{many}]}}]", StringComparison.Ordinal));

        await using ZarrVolume volume = await TestArrays.OpenAsync(Image);

        Assert.NotEmpty(volume.Info.Defects);
        Assert.All(volume.Info.Defects, defect => Assert.InRange(defect.Length, 1, 400));
        Assert.All(volume.Info.Defects, defect => Assert.DoesNotContain('\n', defect));
    }

    [Fact]
    public async Task Fingerprint_ChangesWithHeadersAndFilesOfTheLevelOnly()
    {
        WritePyramid();
        string before = await FingerprintAsync();
        string chunk = Path.Combine(Image, "0", "1", "0", "0");
        byte[] content = await File.ReadAllBytesAsync(chunk, TestContext.Current.CancellationToken);

        File.SetLastWriteTimeUtc(Path.Combine(Image, "1", "0", "0", "0"), new DateTime(2001, 1, 1, 0, 0, 0, DateTimeKind.Utc));
        Assert.Equal(before, await FingerprintAsync()); // another level's chunk

        File.SetLastWriteTimeUtc(chunk, new DateTime(2001, 1, 1, 0, 0, 0, DateTimeKind.Utc));
        string touched = await FingerprintAsync();
        Assert.NotEqual(before, touched);

        File.Delete(chunk);
        string deleted = await FingerprintAsync();
        Assert.NotEqual(touched, deleted);

        File.WriteAllBytes(chunk, content[1..]);
        File.SetLastWriteTimeUtc(chunk, new DateTime(2001, 1, 1, 0, 0, 0, DateTimeKind.Utc));
        Assert.NotEqual(touched, await FingerprintAsync()); // another size
    }

    private async Task<string> FingerprintAsync()
    {
        await using ZarrVolume volume = await TestArrays.OpenAsync(Image);
        return await volume.FingerprintAsync(withTimes: true, TestContext.Current.CancellationToken);
    }

    private async Task AssertDefectAsync(string defect)
    {
        await using ZarrVolume volume = await TestArrays.OpenAsync(Image);
        Assert.Contains(volume.Info.Defects, found => found.StartsWith(defect, StringComparison.Ordinal));
        Assert.Single(volume.Info.Defects);
    }

    /// <summary>Two levels, [5, 8, 9] and [3, 4, 5]; the coarser one may have another codec.</summary>
    private void WritePyramid(NgffLevel[]? levels = null, string codec = "none")
    {
        NgffWriter.WriteImage(Image, new NgffImage("a", levels ?? TwoLevels, InMicrometres: true), TestArrays.Files);
        Shape3[] shapes = [new Shape3(5, 8, 9), new Shape3(3, 4, 5)];
        for (int level = 0; level < 2; level++)
        {
            using VoxelBuffer voxels = VoxelBuffer.Rent(shapes[level], VoxelType.UInt8);
            voxels.Bytes.Fill(7);
            ZarrArraySpec spec = new(shapes[level], new Shape3(2, 4, 4), VoxelType.UInt8)
            {
                Codec = ZarrV2Codecs.FromName(level == 0 ? "none" : codec, 1),
            };
            TestArrays.Write(Path.Combine(Image, $"{level}"), spec, voxels);
        }
    }

    private void AssertJson(string expected, params string[] path) =>
        AssertEqual(expected, JsonNode.Parse(File.ReadAllText(Path.Combine([Image, .. path])))!);

    private static void AssertEqual(string expected, JsonNode actual) =>
        Assert.Equal(JsonNode.Parse(expected)!.ToJsonString(), actual.ToJsonString());
}
