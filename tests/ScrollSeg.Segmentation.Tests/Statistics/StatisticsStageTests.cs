using ScrollSeg.Segmentation.Statistics;
using ScrollSeg.Testing;
using ScrollSeg.Volumes;

namespace ScrollSeg.Segmentation.Tests.Statistics;

public sealed class StatisticsStageTests
{
    private static readonly Shape3 Shape = new(9, 20, 23);

    [Fact]
    public async Task Run_Exact_CountsEveryVoxelOnce()
    {
        await using MemoryVolume volume = MemoryVolume.Of(Shape, new Shape3(4, 8, 8), (z, y, x) => (ushort)((z * 7) + (y * 3) + x));

        VolumeStatistics statistics = await Gather(volume, new StatisticsOptions { BlockBytes = 1000 });

        Assert.Equal(Shape.VoxelCount, statistics.Histogram.Total);
        Assert.Equal(1, statistics.SampledShare);
        Assert.Equal(1, statistics.Histogram.Counts[0]);
        Assert.Equal(1, volume.Fetches[(1, 1, 1)]); // those at the border are looked at once more
        Assert.Equal(volume.Info.Chunks.Count.VoxelCount, volume.Fetches.Count);
    }

    [Fact]
    public async Task Run_Region_CountsNothingElse()
    {
        await using MemoryVolume volume = MemoryVolume.Of(Shape, new Shape3(4, 8, 8), (z, _, _) => (ushort)z);

        VolumeStatistics statistics = await new StatisticsStage(
            volume, new Box3((2, 5, 3), new Shape3(3, 10, 11)), new StatisticsOptions()).RunAsync(null, TestContext.Current.CancellationToken);

        Assert.Equal([0L, 0, 110, 110, 110, 0], statistics.Histogram.Counts[..6]);
    }

    [Fact]
    public async Task Run_Sample_ReadsPartAndSaysSo()
    {
        await using MemoryVolume volume = MemoryVolume.Of(new Shape3(64, 16, 16), new Shape3(4, 16, 16), (_, _, _) => 5);
        StatisticsOptions options = new() { Mode = StatisticsMode.Sample, AffordableBytes = 8192, SampleBlockBytes = 2048, Seed = 3 };

        VolumeStatistics statistics = await Gather(volume, options);

        Assert.Equal(0.25, statistics.SampledShare);
        Assert.Equal(4096, statistics.Histogram.Total);
    }

    [Fact]
    public async Task Run_Sample_DoesNotDependOnTheMemoryThereIs()
    {
        await using MemoryVolume volume = MemoryVolume.Of(new Shape3(64, 16, 16), new Shape3(1, 16, 16), (z, _, _) => (ushort)z);
        StatisticsOptions options = new() { Mode = StatisticsMode.Sample, AffordableBytes = 8192, SampleBlockBytes = 2048, Seed = 3 };

        VolumeStatistics large = await Gather(volume, options with { BlockBytes = 4096 });
        VolumeStatistics small = await Gather(volume, options with { BlockBytes = 512 });

        Assert.Equal(large.Histogram.Counts, small.Histogram.Counts);
        Assert.Equal(large.SampledShare, small.SampledShare);
    }

    [Fact]
    public async Task Run_MaskedVolume_KnowsThatZeroIsEmpty()
    {
        await using MemoryVolume masked = MemoryVolume.Of(
            new Shape3(4, 40, 40), new Shape3(4, 40, 40), (_, y, x) => (ushort)(Math.Abs(y - 20) < 8 && Math.Abs(x - 20) < 8 ? 900 + x : 0));
        await using MemoryVolume crop = MemoryVolume.Of(
            new Shape3(4, 40, 40), new Shape3(4, 40, 40), (_, y, x) => (ushort)(Math.Abs(y - 20) < 8 && Math.Abs(x - 20) < 8 ? 0 : 700));

        VolumeStatistics ofMasked = await Gather(masked, new StatisticsOptions());
        VolumeStatistics ofCrop = await Gather(crop, new StatisticsOptions());

        Assert.True(ofMasked.ZeroIsEmpty);
        Assert.Equal(0, ofMasked.SupportHistogram.Counts[0]);
        Assert.False(ofCrop.ZeroIsEmpty);
        Assert.Equal(4 * 15 * 15, ofCrop.SupportHistogram.Counts[0]);
    }

    [Fact]
    public async Task Run_RegionInsideAMaskedVolume_KnowsThatZeroIsEmpty()
    {
        await using MemoryVolume masked = MemoryVolume.Of(
            new Shape3(4, 40, 40), new Shape3(4, 8, 8), (_, y, x) => (ushort)(Math.Abs(y - 20) < 8 && Math.Abs(x - 20) < 8 ? 900 : 0));

        VolumeStatistics statistics = await new StatisticsStage(
            masked, new Box3((0, 10, 10), new Shape3(4, 12, 12)), new StatisticsOptions()).RunAsync(null, TestContext.Current.CancellationToken);

        Assert.True(statistics.ZeroIsEmpty);
    }

    [Fact]
    public async Task Run_AbsentChunks_AreNotMeasurements()
    {
        VoxelBuffer voxels = VoxelBuffer.Rent(new Shape3(2, 4, 6), VoxelType.UInt8);
        voxels.Bytes.Fill(3);
        await using MemoryVolume volume = new(voxels, new Shape3(2, 4, 2), [(0, 0, 1)]);

        VolumeStatistics statistics = await Gather(volume, new StatisticsOptions());

        Assert.Equal(16, statistics.AbsentVoxels);
        Assert.Equal(32, statistics.Histogram.Counts[3]);
        Assert.Equal(32, statistics.Histogram.Total);
    }

    [Fact]
    public async Task Run_FloatVolume_BinsBetweenTheExtremesAndCountsNaN()
    {
        VoxelBuffer voxels = VoxelBuffer.Rent(new Shape3(1, 1, 5), VoxelType.Float32);
        ((ReadOnlySpan<float>)[-1, 3, float.NaN, 1, float.PositiveInfinity]).CopyTo(voxels.Voxels<float>());
        await using MemoryVolume volume = new(voxels, new Shape3(1, 1, 5));

        VolumeStatistics statistics = await Gather(volume, new StatisticsOptions());

        Assert.Equal(1, statistics.NaNVoxels);
        Assert.Equal(4, statistics.Histogram.Total);
        Assert.Equal(-1, statistics.Histogram.Quantile(0));
        Assert.Equal(3, statistics.Histogram.Quantile(1), 6);
        Assert.Equal(1, statistics.Histogram.Quantile(0.5), 3);
    }

    [Theory]
    [InlineData(64)]      // a block is a chunk
    [InlineData(1 << 20)] // or all of them
    public async Task Run_DamagedChunk_CountsAllOthers(long blockBytes)
    {
        VoxelBuffer voxels = VoxelBuffer.Rent(new Shape3(8, 8, 8), VoxelType.UInt8);
        voxels.Bytes.Fill(3);
        await using MemoryVolume volume = new(voxels, new Shape3(4, 4, 4)) { Damaged = (1, 1, 0) };

        VolumeStatistics statistics = await Gather(volume, new StatisticsOptions { BlockBytes = blockBytes });

        Assert.Equal((7 * 64L, 64L), (statistics.Histogram.Counts[3], statistics.DamagedVoxels));
        Assert.Equal(0, statistics.EmptyBorderShare);
    }

    [Fact]
    public async Task Run_NothingButDamage_FailsWithItsName()
    {
        VoxelBuffer voxels = VoxelBuffer.Rent(new Shape3(4, 4, 4), VoxelType.UInt8);
        await using MemoryVolume volume = new(voxels, new Shape3(4, 4, 4)) { Damaged = (0, 0, 0) };

        VolumeFormatException e = await Assert.ThrowsAsync<VolumeFormatException>(() => Gather(volume, new StatisticsOptions()));

        Assert.Contains("(0, 0, 0)", e.Message, StringComparison.Ordinal);
    }

    /// <summary>What is not there and has to be is not passed over.</summary>
    [Fact]
    public async Task Run_AbsenceThatIsAnError_EndsTheStage()
    {
        VoxelBuffer voxels = VoxelBuffer.Rent(new Shape3(8, 8, 8), VoxelType.UInt8);
        await using MemoryVolume volume = new(voxels, new Shape3(4, 4, 4))
        {
            Failure = index => index == (1, 0, 0) ? new VolumeFormatException("memory", "nothing is there") { IsAbsence = true } : null,
        };

        VolumeFormatException e = await Assert.ThrowsAsync<VolumeFormatException>(() => Gather(volume, new StatisticsOptions()));

        Assert.True(e.IsAbsence);
    }

    private static Task<VolumeStatistics> Gather(MemoryVolume volume, StatisticsOptions options) =>
        new StatisticsStage(volume, volume.Info.Bounds, options).RunAsync(null, TestContext.Current.CancellationToken);
}
