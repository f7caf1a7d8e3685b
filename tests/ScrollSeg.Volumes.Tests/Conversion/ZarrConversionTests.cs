using ScrollSeg.Testing;
using ScrollSeg.Volumes.Conversion;
using ScrollSeg.Volumes.Zarr;
using ScrollSeg.Volumes.Tests.Zarr;

namespace ScrollSeg.Volumes.Tests.Conversion;

/// <summary>What the levels of a converted volume are declared to be is what they are.</summary>
public sealed class ZarrConversionTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(1, 1, 1, 1)] // a single slice has nothing to be averaged with
    [InlineData(3, 1, 2, 4)]
    [InlineData(2, 1, 2, 2)]
    public async Task RunAsync_AxisThatBecomesOneVoxel_KeepsItsScale(int slices, double first, double second, double third)
    {
        Shape3 shape = new(slices, 40, 40);
        await using MemoryVolume source = MemoryVolume.Of(shape, new Shape3(1, 16, 16), (z, y, x) => (ushort)(z + y + x));
        ConversionOptions options = new() { ChunkShape = new Shape3(16, 16, 16), Levels = 3 };
        ConversionPlan plan = ConversionPlan.Of(source.Info, options);

        await ZarrConversion.RunAsync(
            source, _folder["a.zarr"], plan, null, TestArrays.Files, new Progress<long>(), TestContext.Current.CancellationToken);

        await using ZarrVolume result = await TestArrays.OpenAsync(_folder["a.zarr"]);
        Assert.Empty(result.Info.Defects);
        Assert.Equal([(first, 1d, 1d), (second, 2d, 2d), (third, 4d, 4d)], result.Info.Levels.Select(level => level.Scale));
    }
}
