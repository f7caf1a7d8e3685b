using ScrollSeg.Segmentation.Slicing;
using ScrollSeg.Segmentation.Statistics;
using ScrollSeg.Testing;
using ScrollSeg.Volumes;

namespace ScrollSeg.Segmentation.Tests.Statistics;

public sealed class SliceFiguresStageTests
{
    private static readonly Shape3 Shape = new(9, 20, 37);
    private static readonly Shape3 Chunk = new(4, 8, 16);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(1)]      // block of a chunk
    [InlineData(1 << 20)]
    public async Task Run_WholeSlices_AreWhatTheArraySays(long blockBytes)
    {
        await using MemoryVolume volume = MemoryVolume.Of(Shape, Chunk, Grey);

        IReadOnlyDictionary<int, SliceFigures> figures = await RunAsync(volume, [0, 3, 8], new StatisticsOptions { BlockBytes = blockBytes });

        Assert.Equal([0, 3, 8], figures.Keys.Order());
        foreach (int z in figures.Keys)
        {
            double[] values = [.. Enumerable.Range(0, 20 * 37).Select(i => (double)Grey(z, i / 37, i % 37)).Where(v => v > 0)];
            double mean = values.Average();
            Assert.Equal(mean, figures[z].Mean, 1e-9);
            Assert.Equal(Math.Sqrt(values.Average(v => Math.Pow(v - mean, 2))), figures[z].Spread, 1e-9);
            Assert.Equal(values.Length / 740.0, figures[z].Support, 12);
            Assert.Equal(Sharpness(z), figures[z].Sharpness, 1e-9 * Sharpness(z));
            Assert.InRange(figures[z].Entropy, 0, 8);
            double[] sorted = [.. values.Order()];
            Assert.Equal(sorted[(int)Math.Ceiling(0.05 * values.Length) - 1], figures[z].Low);
            Assert.Equal(sorted[(int)Math.Ceiling(0.9 * values.Length) - 1], figures[z].High);
        }
    }

    [Fact]
    public async Task Run_DamagedChunk_MeasuresTheRestOfItsSlices()
    {
        await using MemoryVolume whole = MemoryVolume.Of(Shape, Chunk, (z, y, x) => (ushort)(x < 16 && y < 8 ? 9 : 5 + (z * 2)));
        await using MemoryVolume damaged = MemoryVolume.Of(Shape, Chunk, (z, y, x) => (ushort)(x < 16 && y < 8 ? 9 : 5 + (z * 2)));
        damaged.Failure = index => index == (0, 0, 0) ? new VolumeFormatException("memory", "damaged") : null;

        IReadOnlyDictionary<int, SliceFigures> figures = await RunAsync(damaged, [0, 8], new StatisticsOptions());

        Assert.Equal(5, figures[0].Mean, 1e-9); // without the nines
        Assert.Equal((await RunAsync(whole, [0, 8], new StatisticsOptions()))[8], figures[8]);
    }

    [Fact]
    public async Task Run_Entropy_IsThatOfAKnownDistribution()
    {
        await using MemoryVolume volume = MemoryVolume.Of(new Shape3(3, 16, 16), new Shape3(1, 16, 16), (z, _, x) =>
            (ushort)(z == 0 ? 1 + (x % 4 * 300) : z == 1 ? 1 : 1 + (x % 2 * 900)));

        IReadOnlyDictionary<int, SliceFigures> figures = await RunAsync(volume, [0, 1, 2], new StatisticsOptions());

        Assert.Equal([2.0, 0, 1], Enumerable.Range(0, 3).Select(z => Math.Round(figures[z].Entropy, 9)));
    }

    [Fact]
    public async Task Run_MoreThanIsAffordable_ReadsTheSameColumnsOfEverySlice()
    {
        await using MemoryVolume volume = MemoryVolume.Of(Shape, Chunk, Grey);
        long bytes = Shape.PlaneCount * 12 * sizeof(ushort); // three layers of chunks

        IReadOnlyDictionary<int, SliceFigures> figures = await RunAsync(
            volume, Enumerable.Range(0, 9), new StatisticsOptions { AffordableBytes = bytes / 3 });

        Assert.Equal(9, figures.Count);
        Assert.Equal(3 * 3, volume.Fetches.Count); // three of nine columns, in each of the three layers
        Assert.Equal(3, volume.Fetches.Keys.Select(chunk => (chunk.Y, chunk.X)).Distinct().Count());
    }

    [Fact]
    public async Task Run_AbsentChunks_AreNoData()
    {
        using VoxelBuffer voxels = VoxelBuffer.Rent(new Shape3(1, 8, 32), VoxelType.UInt8);
        voxels.Bytes.Fill(7);
        await using MemoryVolume volume = new(voxels, new Shape3(1, 8, 16), [(0, 0, 1)]);

        IReadOnlyDictionary<int, SliceFigures> figures = await RunAsync(volume, [0], new StatisticsOptions());

        Assert.Equal(0.5, figures[0].Support);
        Assert.Equal(7, figures[0].Mean, 6);
    }

    private static ushort Grey(int z, int y, int x) => (ushort)((x + y) % 5 == 0 ? 0 : 1 + ((((z * 31) + (y * 7) + x) * 37 * (z + 1)) % 1000));

    private static double Sharpness(int z)
    {
        List<double> squares = [];
        for (int y = 0; y < 20; y++)
        {
            for (int x = 1; x < 37; x++)
            {
                (int left, int right) = (Grey(z, y, x - 1), Grey(z, y, x));
                if (left > 0 && right > 0 && x % 16 != 0) // neighbours within a chunk
                {
                    squares.Add(Math.Pow(right - left, 2));
                }
            }
        }

        return squares.Average();
    }

    private static async Task<IReadOnlyDictionary<int, SliceFigures>> RunAsync(
        MemoryVolume volume, IEnumerable<int> slices, StatisticsOptions options)
    {
        VolumeStatistics statistics = new()
        {
            Histogram = new VolumeHistogram(0, 1, [.. Enumerable.Range(0, 1001).Select(_ => 1L)]),
            Type = volume.Info.Type,
            SampledShare = 1,
            EmptyBorderShare = 1,
        };
        return await new SliceFiguresStage(volume, volume.Info.Bounds, slices, statistics, options, (5, 90)).RunAsync(null, Token);
    }
}
