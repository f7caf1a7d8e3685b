using CsCheck;
using ScrollSeg.Segmentation.Prompting;
using ScrollSeg.Testing;
using ScrollSeg.Volumes;
using ScrollSeg.Volumes.Storage;
using ScrollSeg.Volumes.Zarr;

namespace ScrollSeg.Segmentation.Tests.Prompting;

public sealed class CoarseMaskPromptsTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    /// <summary>A bar of 4 x 12 voxels at half the scan's resolution, in one coarse slice.</summary>
    [Fact]
    public void ListFor_ALevelOfHalfTheResolution_IsBroughtToTheScan()
    {
        Write(new Shape3(5, 25, 20), (z, y, x) => z == 2 && y is >= 10 and < 14 && x is >= 3 and < 15);
        using ITilePrompts boxes = Open("boxes");
        using ITilePrompts points = Open("points");
        using ITilePrompts masks = Open("masks");
        TilePlace place = new(5, 16, 8); // fine slice 5 is coarse slice 2; the bar is at rows 20 to 27, columns 6 to 29

        Assert.Equal(new BoxPrompt(0, 4, 21, 11), Assert.Single(boxes.ListFor(place, 32, 8)).Box);
        PointPrompt click = Assert.Single(Assert.Single(points.ListFor(place, 32, 8)).Points);
        Assert.True(click.IsForeground);
        Assert.InRange(click.Y, 7, 8); // the bar's middle rows
        PromptSet mask = Assert.Single(masks.ListFor(place, 32, 8));
        Assert.Equal(new BoxPrompt(0, 4, 21, 11), mask.Box);
        Assert.Equal(64, mask.MaskLogits!.Length);
        for (int i = 0; i < 64; i++)
        {
            (int y, int x) = ((4 * (i / 8)) + 2, (4 * (i % 8)) + 2);
            Assert.Equal(y is >= 4 and <= 11 && x <= 21 ? 8 : -8, mask.MaskLogits[i]);
        }

        Assert.Empty(boxes.ListFor(new TilePlace(3, 16, 8), 32, 8));
    }

    /// <summary>Rows and columns that the coarse level rounded away, and tiles that hang over the end.</summary>
    [Fact]
    public void ListFor_AnyTileOfAnyLevel_ShowsWhatTheLevelHoldsThere()
    {
        Gen.Select(Gen.Int[0, 9], Gen.Int[0, 25], Gen.Int[0, 15], Gen.Bool).Sample(
            (slice, row, column, isHalf) =>
            {
                (Shape3 shape, int factor) = isHalf ? (new Shape3(5, 25, 20), 2) : (new Shape3(10, 50, 40), 1);
                Write(shape, (z, y, x) => ((z * 7) + (y / 6 * 5) + (x / 5 * 3)) % 4 == 0);
                using ITilePrompts masks = Open("masks");
                bool[] shown = new bool[32 * 32];
                foreach (PromptSet set in masks.ListFor(new TilePlace(slice, row, column), 32, 32))
                {
                    for (int i = 0; i < shown.Length; i++)
                    {
                        shown[i] |= set.MaskLogits![i] > 0;
                    }
                }

                for (int i = 0; i < shown.Length; i++)
                {
                    (int y, int x) = ((row + (i / 32)) / factor, (column + (i % 32)) / factor);
                    bool isObject = y < shape.Y && x < shape.X && ((slice / factor * 7) + (y / 6 * 5) + (x / 5 * 3)) % 4 == 0;
                    Assert.True(!shown[i] || isObject, $"voxel {i}"); // small pieces are left out, nothing is added
                }

                Assert.Contains(true, shown);
            },
            seed: "0N0XIzNsQ0O2", iter: 12, threads: 1);
    }

    [Fact]
    public void Open_AVolumeThatIsNoLevel_IsRefusedNamingBoth()
    {
        Write(new Shape3(10, 20, 20), (_, _, _) => true);

        string message = Assert.Throws<InvalidRequestException>(() => Open("boxes")).Message;

        Assert.Contains("10, 20, 20", message, StringComparison.Ordinal);
        Assert.Contains("10, 50, 40", message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("boxes")]
    [InlineData("boxes:")]
    [InlineData("grids:7")]
    public void Parse_Nonsense_IsRefused(string text) =>
        Assert.Contains("file:FILE.json", Assert.Throws<InvalidRequestException>(() => PromptRule.Parse(text)).Message, StringComparison.Ordinal);

    [Fact]
    public void Deepest_OfARing_LiesInTheRing()
    {
        const int Side = 41;
        uint[] labels = new uint[Side * Side];
        for (int i = 0; i < labels.Length; i++)
        {
            double r = Math.Sqrt(Math.Pow((i % Side) - 20, 2) + Math.Pow((i / Side) - 20, 2));
            labels[i] = r is > 10 and < 17 ? 3u : 0;
        }

        int[] ring = Assert.Single(MaskObjects.In(labels, Side, 1));
        PointPrompt deepest = MaskObjects.DeepestOf(ring, Side);

        Assert.InRange(Math.Sqrt(Math.Pow(deepest.X - 20, 2) + Math.Pow(deepest.Y - 20, 2)), 12, 15);
    }

    [Fact]
    public void Objects_ThatTouchWithOtherNumbers_AreTwo()
    {
        uint[] labels = [.. Enumerable.Range(0, 64).Select(i => i % 8 < 4 ? 1u : 2u)];

        Assert.Equal([32, 32], MaskObjects.In(labels, 8, 1).Select(voxels => voxels.Length));
        Assert.Empty(MaskObjects.In(labels, 8, 33));
    }

    private static VolumeInfo Volume => new("scan", "test", new Shape3(10, 50, 40), VoxelType.UInt8, new Shape3(10, 10, 10));

    private ITilePrompts Open(string kind) => new PromptRule(kind, _folder["mask.zarr"]).Open(Volume);

    private void Write(Shape3 shape, Func<int, int, int, bool> isObject)
    {
        if (Directory.Exists(_folder["mask.zarr"]))
        {
            Directory.Delete(_folder["mask.zarr"], recursive: true);
        }

        ZarrArrayWriter writer = ZarrArrayWriter.Create(
            _folder["mask.zarr"], new ZarrArraySpec(shape, shape, VoxelType.UInt8), new AtomicFile(FileOperations.System, Durability.None));
        using VoxelBuffer voxels = VoxelBuffer.Rent(shape, VoxelType.UInt8);
        for (int i = 0; i < voxels.Bytes.Length; i++)
        {
            (int z, int rest) = Math.DivRem(i, shape.Y * shape.X);
            voxels.Bytes[i] = isObject(z, rest / shape.X, rest % shape.X) ? (byte)1 : (byte)0;
        }

        writer.WriteChunk((0, 0, 0), voxels);
    }
}
