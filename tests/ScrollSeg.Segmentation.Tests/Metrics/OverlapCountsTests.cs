using ScrollSeg.Segmentation.Metrics;

namespace ScrollSeg.Segmentation.Tests.Metrics;

public sealed class OverlapCountsTests
{
    [Fact]
    public void Scores_OfAHandCountedExample_AreTheHandComputedOnes()
    {
        OverlapCounts counts = new();
        counts.Add([1, 255, 7, 0, 0, 0, 1, 0], [1, 255, 0, 1, 0, 0, 2, 2], ignore: 2);

        Assert.Equal((2, 1, 1, 2, 2), (
            counts.TruePositives, counts.FalsePositives, counts.FalseNegatives, counts.TrueNegatives, counts.Ignored));
        Assert.Equal(6, counts.Counted);
        Assert.Equal(4.0 / 6, counts.Dice);
        Assert.Equal(2.0 / 4, counts.IntersectionOverUnion);
        Assert.Equal(2.0 / 3, counts.Precision);
        Assert.Equal(2.0 / 3, counts.Recall);
        Assert.Empty(counts.Undefined);
    }

    [Fact]
    public void FBeta_BelowOne_LeansTowardsPrecision()
    {
        OverlapCounts counts = new();
        counts.Add([1, 1, 1, 1, 0], [1, 0, 0, 0, 0]); // precision 1/4, recall 1

        // (1 + 0.25) * 0.25 * 1 / (0.25 * 0.25 + 1)
        Assert.Equal(0.3125 / 1.0625, counts.FBeta(0.5)!.Value, 12);
        Assert.Equal(5 * 0.25 / 2, counts.FBeta(2)!.Value, 12);
        Assert.Throws<ArgumentOutOfRangeException>(() => counts.FBeta(0));
        Assert.Throws<ArgumentOutOfRangeException>(() => counts.FBeta(double.NaN));
    }

    [Fact]
    public void Add_InPieces_CountsAsInOne()
    {
        Random random = new(3);
        byte[] prediction = new byte[1000];
        byte[] truth = new byte[1000];
        random.NextBytes(prediction);
        random.NextBytes(truth);
        for (int i = 0; i < 1000; i++)
        {
            (prediction[i], truth[i]) = ((byte)(prediction[i] & 1), (byte)(truth[i] % 3));
        }

        OverlapCounts whole = new();
        OverlapCounts pieces = new();
        OverlapCounts rest = new();
        whole.Add(prediction, truth, 2);
        pieces.Add(prediction.AsSpan(0, 333), truth.AsSpan(0, 333), 2);
        rest.Add(prediction.AsSpan(333), truth.AsSpan(333), 2);
        pieces.Add(rest);

        Assert.Equal((whole.TruePositives, whole.FalsePositives, whole.FalseNegatives, whole.TrueNegatives, whole.Ignored), (
            pieces.TruePositives, pieces.FalsePositives, pieces.FalseNegatives, pieces.TrueNegatives, pieces.Ignored));
        Assert.Equal(1000, whole.Counted + whole.Ignored);
    }

    [Fact]
    public void Scores_WithoutADenominator_AreNullWithTheReason()
    {
        OverlapCounts empty = new();
        OverlapCounts background = new();
        OverlapCounts noTruth = new();
        background.Add([0, 0], [0, 0]);
        noTruth.Add([1, 0], [0, 0]);

        Assert.Equal([("all", "no voxel was counted")], empty.Undefined);
        Assert.Null(background.Dice);
        Assert.Equal(3, background.Undefined.Count);
        Assert.Equal(0, noTruth.Dice);
        Assert.Equal(0, noTruth.Precision);
        Assert.Null(noTruth.Recall);
        Assert.Equal([("recall", "the truth has no foreground")], noTruth.Undefined);
    }

    [Fact]
    public void Add_OfUnequalLengths_IsRefused() =>
        Assert.Throws<ArgumentException>(() => new OverlapCounts().Add([1], [1, 0]));
}
