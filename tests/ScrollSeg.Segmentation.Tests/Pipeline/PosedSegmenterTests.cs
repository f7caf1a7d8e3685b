using ScrollSeg.Segmentation.Baselines;
using ScrollSeg.Segmentation.Pipeline;
using ScrollSeg.Segmentation.Planning;
using ScrollSeg.Segmentation.Statistics;
using ScrollSeg.Segmentation.Stitching;
using ScrollSeg.Testing;
using ScrollSeg.Volumes;

namespace ScrollSeg.Segmentation.Tests.Pipeline;

public sealed class PosedSegmenterTests
{
    private const int Side = 7;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(TilePoses.None, 1)]
    [InlineData(TilePoses.Flips, 4)]
    [InlineData(TilePoses.Turns, 4)]
    [InlineData(TilePoses.All, 8)]
    public void Poses_AreDifferentWaysToLayASquareOnItself(TilePoses poses, int expected)
    {
        int[] tile = [.. Enumerable.Range(0, 9)];

        List<string> seen = [.. TilePose.ListFor(poses).Select(pose =>
        {
            int[] posed = new int[9];
            pose.Show<int>(tile, posed, 3);
            return string.Join(' ', posed);
        })];

        Assert.Equal(string.Join(' ', tile), seen[0]);
        Assert.Equal(expected, seen.Distinct().Count());
        Assert.All(seen, line => Assert.Equal(tile, line.Split(' ').Select(int.Parse).Order()));
        Assert.Equal(poses == TilePoses.Turns, seen.Contains("6 3 0 7 4 1 8 5 2") && !seen.Contains("2 1 0 5 4 3 8 7 6"));
    }

    /// <summary>A model that looks at single voxels answers the same in every pose: what was turned must be turned back to its place.</summary>
    [Theory]
    [InlineData(TilePoses.Flips, VoxelType.UInt16)]
    [InlineData(TilePoses.Turns, VoxelType.UInt8)]
    [InlineData(TilePoses.All, VoxelType.UInt16)]
    [InlineData(TilePoses.All, VoxelType.Float32)]
    [InlineData(TilePoses.All, VoxelType.Float64)]
    public void Segment_AnswersThatAgree_ComeBackBitForBit(TilePoses poses, VoxelType type)
    {
        using VoxelBuffer voxels = VoxelBuffer.Rent(new Shape3(3, Side, Side), type);
        new Random(3).NextBytes(voxels.Bytes);
        using ISliceSegmenter posed = PosedSegmenter.Wrap(new FirstByte(), poses, 1, type);
        float[] expected = new float[3 * Side * Side];
        float[] actual = new float[expected.Length];
        TileBatch tiles = new(voxels, 1, new IntensityRange(0, 1));

        new FirstByte().Segment(tiles, expected);
        posed.Segment(tiles, actual);
        posed.Segment(tiles, actual); // what the first call left behind does not matter

        Assert.Equal(expected, actual);
    }

    [Theory]
    [InlineData(TilePoses.Flips)]
    [InlineData(TilePoses.Turns)]
    [InlineData(TilePoses.All)]
    public void Segment_AnswersThatDependOnThePlace_AreAveraged(TilePoses poses)
    {
        using VoxelBuffer voxels = VoxelBuffer.Rent(new Shape3(1, Side, Side), VoxelType.UInt16);
        voxels.Clear();
        using ISliceSegmenter posed = PosedSegmenter.Wrap(new ColumnNumber(), poses, 1, VoxelType.UInt16);
        float[] scores = new float[Side * Side];

        posed.Segment(new TileBatch(voxels, 1, new IntensityRange(0, 1)), scores);

        Assert.All(scores, score => Assert.Equal(0.5f, score, 1e-6f)); // a ramp and its mirror image
    }

    [Fact]
    public void Segment_Logits_AreAveragedAsProbabilities()
    {
        using VoxelBuffer voxels = VoxelBuffer.Rent(new Shape3(2, 4, 4), VoxelType.UInt8);
        voxels.Clear();
        using ISliceSegmenter posed = PosedSegmenter.Wrap(new LogitSegmenter(1.5f), TilePoses.All, 1, VoxelType.UInt8);
        float[] scores = new float[32];

        posed.Segment(new TileBatch(voxels, 1, new IntensityRange(0, 1)), scores);

        Assert.Equal(ScoreKind.Probability, posed.Scores);
        Assert.All(scores, score => Assert.Equal(1 / (1 + Math.Exp(-1.5)), score, 1e-6));
    }

    [Fact]
    public void Wrap_PointwiseModel_LeavesItAlone()
    {
        ThresholdSegmenter threshold = new(5, below: false);

        Assert.Same(threshold, PosedSegmenter.Wrap(threshold, TilePoses.All, 1, VoxelType.UInt8));
    }

    [Fact]
    public void Plan_CountsEachPoseAndTheMemoryOfItsTurning()
    {
        using ISliceSegmenter posed = PosedSegmenter.Wrap(new ConstantSegmenter(1), TilePoses.All, 1, VoxelType.UInt16);

        SegmentPlan plain = PlanFor(new ConstantSegmenter(1));
        SegmentPlan plan = PlanFor(posed);

        Assert.Equal(8 * PlanCost.Of(plan, 2).Tiles, PlanCost.Of(plan, 2).Evaluations);
        Assert.Equal(PlanCost.Of(plain, 2).Tiles, PlanCost.Of(plain, 2).Evaluations);
        Assert.Equal((TilePoses.None, TilePoses.All), (plain.Poses, plan.Poses));
        Assert.Equal(plan.Workers * 32 * 32 * (2 + 4 + 8), plan.Memory.Network - plain.Memory.Network);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(0.3)]
    [InlineData(1f / 3)]
    [InlineData(1)]
    public async Task Run_ConstantInAllPoses_IsTheConstant(float probability)
    {
        await using MemoryVolume volume = MemoryVolume.Of(new Shape3(5, 50, 61), new Shape3(4, 16, 16), (z, y, x) => (ushort)(z + y + x));
        using ISliceSegmenter posed = PosedSegmenter.Wrap(new ConstantSegmenter(probability), TilePoses.All, 1, VoxelType.UInt16);
        SegmentPlan plan = PlanFor(posed, volume.Info);
        MemorySink sink = new(plan.Region.Shape);

        await new SegmentStage(plan, volume, posed, sink).RunAsync(null, Token);

        Assert.All(sink.Voxels, voxel => Assert.Equal(Probability.ToByte(probability), voxel));
    }

    private static SegmentPlan PlanFor(ISliceSegmenter segmenter, VolumeInfo? volume = null) => SegmentPlanner.Plan(
        volume ?? new VolumeInfo("scan.zarr", "test", new Shape3(9, 80, 90), VoxelType.UInt16, new Shape3(4, 16, 16)),
        new SegmentOptions { MemoryBudget = 1L << 30, Tile = 32, Poses = TilePoses.All, Threads = 2, Support = SupportRule.None },
        segmenter,
        new VolumeStatistics { Histogram = new VolumeHistogram(0, 1, [1, 1]), Type = VoxelType.UInt16, SampledShare = 1 },
        0);

    /// <summary>Looks at single voxels, and does not say so.</summary>
    private sealed class FirstByte : TestSegmenter
    {
        public override void Segment(TileBatch tiles, Span<float> scores)
        {
            ReadOnlySpan<byte> voxels = tiles.Voxels.Bytes;
            int size = tiles.Voxels.Type.ByteSize();
            for (int i = 0; i < scores.Length; i++)
            {
                scores[i] = voxels[i * size] / 300f;
            }
        }
    }

    /// <summary>0 in the first column, 1 in the last.</summary>
    private sealed class ColumnNumber : TestSegmenter
    {
        public override void Segment(TileBatch tiles, Span<float> scores)
        {
            for (int i = 0; i < scores.Length; i++)
            {
                scores[i] = i % tiles.Side / (tiles.Side - 1f);
            }
        }
    }
}
