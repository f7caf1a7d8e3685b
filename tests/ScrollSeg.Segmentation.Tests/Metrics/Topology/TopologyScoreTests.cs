using ScrollSeg.Segmentation.Metrics;
using ScrollSeg.Segmentation.Metrics.Topology;
using ScrollSeg.Volumes;

namespace ScrollSeg.Segmentation.Tests.Metrics.Topology;

public sealed class TopologyScoreTests
{
    private static readonly BettiMatchingCounts None = new(0, 0, 0);

    [Fact]
    public void Of_NoFeatures_IsOne() => Assert.Equal(1, TopologyScore.Of([None, None, None]));

    [Fact]
    public void Of_FeaturesOfThePredictionOnly_HasTheContestsPseudocount() =>
        Assert.Equal(0.5 / 3.5, TopologyScore.Of([new(0, 3, 0), None, None]), 12);

    [Fact]
    public void Of_SomeDimensions_SharesTheWeightsAmongThem() =>
        Assert.Equal(((0.34 * (2.0 * 2 / 6)) + (0.33 * 0)) / 0.67, TopologyScore.Of([new(2, 3, 3), None, new(0, 0, 4)]), 12);

    [Fact]
    public void Octants_OddExtent_FirstHalvesAreLarger()
    {
        IReadOnlyList<Box3> octants = OctantMatching.Octants(new Box3((10, 0, 0), new(5, 4, 1)));

        Assert.Equal([new Box3((10, 0, 0), new(3, 2, 1)), new((10, 2, 0), new(3, 2, 1)), new((13, 0, 0), new(2, 2, 1)), new((13, 2, 0), new(2, 2, 1))], octants);
    }

    [Theory]
    [InlineData(false, false, 1, 1, 1)]
    [InlineData(true, false, 0.5 / 1.5, 0, 1 / (1 + (0.3 * 0)))]
    public async Task SurfaceScore_EmptyMasks_AsTheContestSays(bool hasPrediction, bool hasTruth, double topology, double surface, double objects)
    {
        byte[] prediction = new byte[512];
        byte[] truth = new byte[512];
        int[] twoVoxels = [0, 3]; // in one octant: one component beside the essential one
        foreach (int voxel in twoVoxels)
        {
            (prediction[voxel], truth[voxel]) = ((byte)(hasPrediction ? 1 : 0), (byte)(hasTruth ? 1 : 0));
        }

        MetricReport report = await MetricFixtures.MeasureAsync(new(8, 8, 8), prediction, truth, new() { Metrics = ["surface-score"] });

        Assert.Equal(topology, report["surface-score-topo"]!.Value, 12);
        Assert.Equal(surface, report["surface-score-surface-dice"]!.Value, 12);
        double voi = hasPrediction ? 1 / 1.3 : objects; // two components against one background: one bit
        Assert.Equal(voi, report["surface-score-voi"]!.Value, 12);
        Assert.Equal((0.30 * topology) + (0.35 * surface) + (0.35 * voi), report["surface-score"]!.Value, 12);
    }

    /// <summary>Of two separate halves and the whole one: the contest says that halving a component is one bit.</summary>
    [Fact]
    public async Task SurfaceScore_IgnoredVoxels_AreBackgroundInBoth()
    {
        byte[] truth = [.. Enumerable.Range(0, 1000).Select(i => (byte)(i % 10 == 5 ? 2 : 1))];
        byte[] prediction = [.. Enumerable.Repeat((byte)1, 1000)];

        MetricReport report = await MetricFixtures.MeasureAsync(new(10, 10, 10), prediction, truth, new() { Metrics = ["surface-score", "dice"], Ignore = 2 });

        Assert.Equal(1, report["surface-score"]!.Value, 12);
        Assert.Equal(100, report.Counts.Ignored);
    }
}
