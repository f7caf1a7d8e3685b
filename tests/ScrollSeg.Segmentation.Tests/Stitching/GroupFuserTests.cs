using CsCheck;
using ScrollSeg.Segmentation.Stitching;

namespace ScrollSeg.Segmentation.Tests.Stitching;

public sealed class GroupFuserTests
{
    [Theory]
    [InlineData(GroupFusion.Mean, 0.4)]
    [InlineData(GroupFusion.Median, 0.2)]
    [InlineData(GroupFusion.Maximum, 0.9)]
    [InlineData(GroupFusion.Majority, 0.15)] // of 0.1 and 0.2: two of three are below the threshold
    public void Fuse_ThreeGroups_IsTheKnownAnswer(GroupFusion fusion, double expected) =>
        Assert.Equal(expected, Fuse(fusion, 0.5, 0.1, 0.9, 0.2), 1e-7);

    [Fact]
    public void Fuse_Logits_IsTheSigmoidOfTheirMean()
    {
        static double Logit(double p) => Math.Log(p / (1 - p));
        double expected = 1 / (1 + Math.Exp(-(Logit(0.1) + Logit(0.9) + Logit(0.2)) / 3));

        Assert.Equal(expected, Fuse(GroupFusion.Logits, 0.5, 0.1, 0.9, 0.2), 1e-12);
        Assert.InRange(Fuse(GroupFusion.Logits, 0.5, 0, 1), 0.499, 0.501); // who is sure beyond doubt is no more than very sure
        Assert.Equal(1, Fuse(GroupFusion.Logits, 0.5, 1, 1));
    }

    [Fact]
    public void Fuse_MedianOfAnEvenNumber_IsTheMeanOfTheTwoInTheMiddle() =>
        Assert.Equal(0.3, Fuse(GroupFusion.Median, 0.5, 0.9, 0.2, 0.4, 0), 1e-7);

    [Fact]
    public void Fuse_MajorityOfATie_IsBackground() => Assert.Equal(0.2, Fuse(GroupFusion.Majority, 0.5, 0.9, 0.2), 1e-7);

    [Fact]
    public void Fuse_GroupsThatAgree_ComeBackBitForBit()
    {
        Gen.Select(Gen.Enum<GroupFusion>(), Gen.Float[0, 1], Gen.Int[1, 40]).Sample(
            (fusion, p, count) => Assert.Equal((double)p, Fuse(fusion, 0.5, [.. Enumerable.Repeat((double)p, count)])),
            seed: "0N0XIzNsQ0O2", iter: 500, threads: 1);
    }

    /// <summary>Stitched values have more digits than a network's.</summary>
    [Fact]
    public void Fuse_GroupsThatAgreeInADouble_ComeBackBitForBit()
    {
        Gen.Select(Gen.OneOf(Gen.Const(GroupFusion.Mean), Gen.Const(GroupFusion.Logits), Gen.Const(GroupFusion.Maximum)), Gen.Double[0, 1], Gen.Int[1, 40]).Sample(
            (fusion, p, count) => Assert.Equal(p, Fuse(fusion, 0.5, [.. Enumerable.Repeat(p, count)])),
            seed: "0N0XIzNsQ0O2", iter: 500, threads: 1);
    }

    /// <summary>The mask is taken from the stored grey level: it has to be the one that most groups' masks would be.</summary>
    [Fact]
    public void Fuse_Majority_HasTheMaskOfTheMajority()
    {
        Gen.Select(Gen.Float[0, 1].Array[1, 9], Gen.Double[0.01, 1]).Sample(
            (groups, threshold) =>
            {
                int first = Probability.FirstForegroundLevel(threshold);
                int votes = groups.Count(p => Probability.ToByte(p) >= first);

                double fused = Fuse(GroupFusion.Majority, threshold, [.. groups.Select(p => (double)p)]);

                Assert.Equal(2 * votes > groups.Length, Probability.ToByte(fused) >= first);
            },
            seed: "0N0XIzNsQ0O2", iter: 2000, threads: 1);
    }

    [Fact]
    public void Fuse_RowsOfSeveralTargets_DoNotRemember()
    {
        foreach (GroupFusion fusion in Enum.GetValues<GroupFusion>())
        {
            GroupFuser fuser = new(fusion, count: 3, height: 2, width: 2, threshold: 0.5);
            double[] fused = new double[2];
            foreach (double p in new[] { 0.75, 0.25 }) // the second target after the first one
            {
                for (int group = 0; group < 3; group++)
                {
                    fuser.Add(group, 0, [p, p]);
                    fuser.Add(group, 1, [p / 2, p]);
                }

                fuser.Fuse(3, 1, fused);
                Assert.Equal([p / 2, p], fused);
            }
        }
    }

    private static double Fuse(GroupFusion fusion, double threshold, params double[] groups)
    {
        GroupFuser fuser = new(fusion, groups.Length, height: 1, width: 1, threshold);
        for (int group = 0; group < groups.Length; group++)
        {
            fuser.Add(group, 0, [groups[group]]);
        }

        double[] fused = new double[1];
        fuser.Fuse(groups.Length, 0, fused);
        return fused[0];
    }
}
