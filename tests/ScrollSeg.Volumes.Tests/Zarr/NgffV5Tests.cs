using System.Text.Json.Nodes;
using ScrollSeg.Testing;
using ScrollSeg.Volumes.Zarr;

namespace ScrollSeg.Volumes.Tests.Zarr;

/// <summary>Images of NGFF 0.5 over Zarr v3, and the copies of headers that groups of both versions keep.</summary>
public sealed class NgffV5Tests : IDisposable
{
    private static readonly NgffLevel[] TwoLevels =
    [
        new("0", (4, 2, 2), (0, 0, 0)),
        new("1", (8, 4, 4), (2, 1, 1)),
    ];

    private readonly TemporaryFolder _folder = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private string Image => _folder["a.zarr"];

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void WriteImage_WritesTheMetadataOfVersion05()
    {
        NgffImage image = new("probability", TwoLevels, InMicrometres: true) { DownscaleMethod = "mean" };

        NgffWriter.WriteImage(Image, image, TestArrays.Files, new JsonObject { ["run"] = 7 }, zarrFormat: 3);

        AssertJson(
            """
            {"zarr_format":3,"node_type":"group","attributes":{"ome":{"version":"0.5","multiscales":[{"name":"probability",
            "axes":[{"name":"z","type":"space","unit":"micrometer"},{"name":"y","type":"space","unit":"micrometer"},
                    {"name":"x","type":"space","unit":"micrometer"}],
            "datasets":[
              {"path":"0","coordinateTransformations":[{"type":"scale","scale":[4,2,2]}]},
              {"path":"1","coordinateTransformations":[{"type":"scale","scale":[8,4,4]},{"type":"translation","translation":[2,1,1]}]}],
            "type":"mean"}]},"run":7}}
            """,
            "zarr.json");
    }

    [Theory]
    [InlineData(2)]
    [InlineData(3)]
    public async Task Open_OfAnImageWithLabels_TellsThem(int format)
    {
        WriteImage(format);
        NgffWriter.WriteLabelsGroup(Path.Combine(Image, "labels"), ["mask"], TestArrays.Files, format);
        NgffWriter.WriteLabelImage(
            Path.Combine(Image, "labels/mask"), new NgffImage("mask", TwoLevels, true), [(1, 1, 2, 3, 4)], TestArrays.Files, null, format);
        WriteArray("labels/mask/0", new Shape3(4, 6, 8), format);
        WriteArray("labels/mask/1", new Shape3(2, 3, 4), format);

        await using ZarrVolume image = await TestArrays.OpenAsync(Image);
        await using ZarrVolume mask = await TestArrays.OpenAsync(Path.Combine(Image, "labels/mask"));

        Assert.Equal($"Zarr v{format} (NGFF 0.{format + 2})", image.Info.Format);
        Assert.Equal(["mask"], image.Info.Labels);
        Assert.Equal(new VoxelSize(4, 2, 2), image.Info.VoxelSize);
        Assert.Equal(image.Info.Levels, mask.Info.Levels);
        Assert.Empty(image.Info.Defects);
        Assert.Empty(mask.Info.Defects);
    }

    [Theory]
    [InlineData("0", 0)]
    [InlineData("1", 1)]
    public async Task Open_OfALevel_KnowsItsGroup(string level, int number)
    {
        WriteImage(3);

        await using ZarrVolume volume = await TestArrays.OpenAsync(Path.Combine(Image, level));

        Assert.Equal(number, volume.Info.Level);
        Assert.Equal(2, volume.Info.Levels.Count);
        Assert.Equal(Image, volume.Info.Group);
    }

    [Fact]
    public async Task Open_OfAnArrayWithOtherNames_SaysSo()
    {
        WriteImage(3);
        Change("0/zarr.json", header => header["dimension_names"] = new JsonArray("x", null, "z"));

        await using ZarrVolume volume = await TestArrays.OpenAsync(Image);

        Assert.Contains("the array names its axes x, (none), z, the group z, y, x", volume.Info.Defects);
    }

    [Theory]
    [InlineData(2)]
    [InlineData(3)]
    public async Task Open_WithStaleConsolidatedMetadata_ReadsTheHeaderAndSaysSo(int format)
    {
        WriteImage(format);
        Consolidate(format, shape: new JsonArray(4, 6, 8));
        await using (ZarrVolume fresh = await TestArrays.OpenAsync(Image))
        {
            Assert.Empty(fresh.Info.Defects);
        }

        Consolidate(format, shape: new JsonArray(4, 6, 9));
        await using ZarrVolume stale = await TestArrays.OpenAsync(Image);

        Assert.Equal(new Shape3(4, 6, 8), stale.Info.Shape);
        Assert.Contains("consolidated metadata describe 0 otherwise", Assert.Single(stale.Info.Defects), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Open_OfAGroupThatMustBeUnderstood_IsRefused()
    {
        WriteImage(3);
        Change("zarr.json", group => group["encryption"] = "yes");

        VolumeFormatException refusal = await Assert.ThrowsAsync<VolumeFormatException>(() => TestArrays.OpenAsync(Image));

        Assert.Contains("the key 'encryption' is not known", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Open_OfAGroupWithoutMultiscales_ListsItsArrays()
    {
        NgffWriter.WriteGroup(Image, TestArrays.Files, zarrFormat: 3);
        WriteArray("raw", new Shape3(4, 6, 8), 3);

        VolumeFormatException refusal = await Assert.ThrowsAsync<VolumeFormatException>(() => TestArrays.OpenAsync(Image));

        Assert.Contains("name one of its arrays: raw", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Open_OfAnotherProgramsImage_TellsItsLevelsAndLabels()
    {
        const string Sample = "interop/zarr/zarr-java/testdata/ome/v0.5";
        string? path = TestData.Find(Sample);
        Assert.SkipWhen(path is null, TestData.Missing(Sample));

        // two channels, which are no volume: the refusal knows the axes, so that the group was understood
        VolumeFormatException refusal = await Assert.ThrowsAsync<VolumeFormatException>(() => TestArrays.OpenAsync(path!));
        await using ZarrVolume labels = await TestArrays.OpenAsync(Path.Combine(path!, "labels/nuclei"));

        Assert.Contains("(c)", refusal.Message, StringComparison.Ordinal);
        Assert.Equal("Zarr v3 (NGFF 0.5)", labels.Info.Format);
    }

    private void WriteImage(int format)
    {
        NgffWriter.WriteImage(Image, new NgffImage("a", TwoLevels, InMicrometres: true), TestArrays.Files, null, format);
        WriteArray("0", new Shape3(4, 6, 8), format);
        WriteArray("1", new Shape3(2, 3, 4), format);
    }

    private void WriteArray(string name, Shape3 shape, int format)
    {
        using VoxelBuffer voxels = VoxelBuffer.Rent(shape, VoxelType.UInt8);
        voxels.Bytes.Fill(1);
        ZarrArraySpec spec = new(shape, new Shape3(2, 3, 4), VoxelType.UInt8) { ZarrFormat = format };
        TestArrays.Write(Path.Combine(Image, name), spec, voxels);
    }

    private void Consolidate(int format, JsonArray shape)
    {
        JsonObject copy = Read(format == 2 ? "0/.zarray" : "0/zarr.json");
        copy["shape"] = shape;
        if (format == 2)
        {
            JsonObject all = new() { ["zarr_consolidated_format"] = 1, ["metadata"] = new JsonObject { ["0/.zarray"] = copy } };
            File.WriteAllText(Path.Combine(Image, ".zmetadata"), all.ToJsonString());
            return;
        }

        Change("zarr.json", group => group["consolidated_metadata"] = new JsonObject
        {
            ["must_understand"] = false,
            ["kind"] = "inline",
            ["metadata"] = new JsonObject { ["0"] = copy },
        });
    }

    private JsonObject Read(string name) => JsonNode.Parse(File.ReadAllText(Path.Combine(Image, name)))!.AsObject();

    private void Change(string name, Action<JsonObject> change)
    {
        JsonObject content = Read(name);
        change(content);
        File.WriteAllText(Path.Combine(Image, name), content.ToJsonString());
    }

    private void AssertJson(string expected, string name) =>
        Assert.Equal(JsonNode.Parse(expected)!.ToJsonString(), Read(name).ToJsonString());
}
