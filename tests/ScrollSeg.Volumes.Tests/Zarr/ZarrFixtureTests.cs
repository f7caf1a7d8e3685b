using System.Runtime.InteropServices;
using ScrollSeg.Volumes.Zarr;

namespace ScrollSeg.Volumes.Tests.Zarr;

/// <summary>Arrays written by zarr-python (tools/fixtures/make_zarr_fixtures.py), whose values follow a formula.</summary>
public sealed class ZarrFixtureTests
{
    private static readonly string Root = Path.Combine(AppContext.BaseDirectory, "Fixtures", "zarr");

    public static TheoryData<string> WholeArrays() =>
        [.. Names().Where(name => name.StartsWith("type-") || name.StartsWith("codec-") || name.StartsWith("filter-") ||
            name.StartsWith("rank-"))];

    public static TheoryData<string> SparseArrays() => [.. Names().Where(name => name.StartsWith("absent-"))];

    [Theory]
    [MemberData(nameof(WholeArrays))]
    public async Task Read_OfZarrPythonsArray_FollowsTheFormula(string name)
    {
        await using ZarrVolume volume = await TestArrays.OpenAsync(Path.Combine(Root, name));

        Assert.Equal(FixtureFormula.Of(volume.Info.Type, volume.Info.Shape.VoxelCount), await TestArrays.ReadAllAsync(volume));
        Assert.Equal(0, volume.Counters.AbsentChunks);
        Assert.Empty(volume.Info.Defects);
    }

    [Theory]
    [MemberData(nameof(SparseArrays))]
    public async Task Read_OfAbsentChunks_GivesTheFillValueAndTheirBoxes(string name)
    {
        await using ZarrVolume volume = await TestArrays.OpenAsync(Path.Combine(Root, name));
        VoxelType type = volume.Info.Type;
        using VoxelBuffer voxels = VoxelBuffer.Rent(volume.Info.Shape, type);

        IReadOnlyList<Box3> absent = await volume.ReadAsync(
            volume.Info.Bounds, voxels, TestContext.Current.CancellationToken);

        Box3 present = new((2, 0, 4), new Shape3(1, 3, 2)); // chunk (1, 0, 1)
        Assert.Equal(7, absent.Count);
        Assert.Equal(volume.Info.Shape.VoxelCount - 6, absent.Sum(box => box.Shape.VoxelCount));
        Assert.DoesNotContain(present, absent);
        Assert.Equal((7, 1), (volume.Counters.AbsentChunks, volume.Counters.Chunks));
        byte[] expected = Expected(type, FillOf(name), volume.Info.Shape, present);
        Assert.Equal(expected, voxels.Bytes.ToArray());
    }

    [Theory]
    [InlineData("refused-bz2.zarr", "\"bz2\"")]
    [InlineData("refused-quantize.zarr", "\"quantize\"")]
    [InlineData("refused-filter-gzip.zarr", "filter 'gzip'")]
    [InlineData("refused-complex.zarr", "complex")]
    [InlineData("refused-text.zarr", "text")]
    [InlineData("refused-bytes.zarr", "byte strings")]
    [InlineData("refused-date.zarr", "dates")]
    [InlineData("refused-fields.zarr", "structured")]
    [InlineData("refused-rank-1.zarr", "[5] has 1 axes")]
    [InlineData("refused-channels.zarr", "axis 0 before z, y, x has extent 2")]
    public async Task Open_OfWhatIsNotSupported_SaysWhat(string name, string word)
    {
        VolumeFormatException refusal = await Assert.ThrowsAsync<VolumeFormatException>(
            () => TestArrays.OpenAsync(Path.Combine(Root, name)));

        Assert.Contains(word, refusal.Message, StringComparison.Ordinal);
        Assert.Contains(name, refusal.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("image-0.4.zarr", "0.4")]
    [InlineData("image-0.3.zarr", "0.3")]
    [InlineData("image-0.2.zarr", "0.2")]
    public async Task Open_OfAGroup_GivesItsFirstLevelAndTellsTheOthers(string name, string version)
    {
        await using ZarrVolume volume = await TestArrays.OpenAsync(Path.Combine(Root, name));

        Assert.Equal($"Zarr v2 (NGFF {version})", volume.Info.Format);
        Assert.Equal(0, volume.Info.Level);
        Assert.Equal([new Shape3(3, 5, 6), new Shape3(2, 3, 3)], volume.Info.Levels.Select(level => level.Shape));
        Assert.Equal(FixtureFormula.Of(VoxelType.UInt16, 90), await TestArrays.ReadAllAsync(volume));
        Assert.StartsWith("blosc-lz4", volume.Info.Codec, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Open_OfALevel_ConvertsItsScaleToMicrometres()
    {
        await using ZarrVolume volume = await TestArrays.OpenAsync(Path.Combine(Root, "image-0.4.zarr", "1"));

        Assert.Equal(1, volume.Info.Level);
        Assert.Equal(new VoxelSize(4, 1, 1), volume.Info.VoxelSize);
        Assert.Equal((4000, 1000, 1000), volume.Info.Levels[1].Scale);
        Assert.Equal(2, volume.Info.Levels.Count);
        Assert.Empty(volume.Info.Defects);
        byte[] all = await TestArrays.ReadAllAsync(volume);
        Assert.Equal((ushort)(7 * 60), MemoryMarshal.Cast<byte, ushort>(all)[9]); // voxel (1, 0, 0) is (2, 0, 0) of level 0
    }

    [Fact]
    public async Task Open_OfAGroupWithoutUnit_HasNoVoxelSize()
    {
        await using ZarrVolume volume = await TestArrays.OpenAsync(Path.Combine(Root, "image-0.3.zarr"));

        Assert.Null(volume.Info.VoxelSize);
    }

    private static IEnumerable<string> Names() => Directory.GetDirectories(Root).Select(Path.GetFileName).OfType<string>().Order();

    private static double FillOf(string name) => Path.GetFileNameWithoutExtension(name).Split('-')[2] switch
    {
        "42" => 42,
        "minus3" => -3,
        "nan" => double.NaN,
        "inf" => double.PositiveInfinity,
        "minusinf" => double.NegativeInfinity,
        "max" => ulong.MaxValue,
        "true" => 1,
        "null" => 0,
        string other => throw new InvalidOperationException(other),
    };

    private static byte[] Expected(VoxelType type, double fill, Shape3 shape, Box3 present)
    {
        int size = type.ByteSize();
        byte[] expected = FixtureFormula.Of(type, shape.VoxelCount);
        byte[] fillBytes = FixtureFormula.Bytes(type, fill);
        for (int i = 0; i < shape.VoxelCount; i++)
        {
            (int z, int y, int x) = (i / (shape.Y * shape.X), i / shape.X % shape.Y, i % shape.X);
            if (!present.Contains(new Box3((z, y, x), new Shape3(1, 1, 1))))
            {
                fillBytes.CopyTo(expected, i * size);
            }
        }

        return expected;
    }
}
