using System.Globalization;
using CsCheck;
using ScrollSeg.Segmentation.Slicing;

namespace ScrollSeg.Segmentation.Tests.Slicing;

public sealed class SliceStrategyTests
{
    private const int Slices = 40;

    [Fact]
    public void GroupsFor_AnyPart_AreTheWholesGroups()
    {
        Gen.Select(Strategies.Any(Slices), Gen.Int[0, Slices], Gen.Int[0, Slices]).Sample(
            (strategy, a, b) =>
            {
                SliceStrategy decided = strategy.Within(Slices, 0, Slices);
                (int first, int end) = (Math.Min(a, b), Math.Max(a, b));

                string[] whole = [.. decided.GroupsFor(Slices, 0, Slices).Where(group => group.Target >= first && group.Target < end).Select(Text)];

                Assert.Equal(whole, decided.GroupsFor(Slices, first, end).Select(Text));
            },
            seed: "0N0XIzNsQ0O2", iter: 300, threads: 1);
    }

    [Fact]
    public void GroupsFor_AnyStrategy_KeepsWhatItPromises()
    {
        Strategies.Any(Slices).Sample(
            strategy =>
            {
                SliceStrategy decided = strategy.Within(Slices, 0, Slices);
                List<SliceGroup> groups = [.. decided.GroupsFor(Slices, 0, Slices)];

                Assert.Equal(groups.Select(group => group.Target).Order(), groups.Select(group => group.Target));
                Assert.All(groups, group =>
                {
                    Assert.Equal(decided.Channels, group.Sources.Count);
                    int[] inside = [.. group.Sources.Where(source => source is > 0 and < Slices - 1)]; // the ends may stand for what lies beyond them
                    Assert.Equal(inside.Length, inside.Distinct().Count());
                    Assert.All(group.Sources, source => Assert.InRange(source, 0, Slices - 1));
                    Assert.All(group.Sources, source => Assert.InRange(Math.Abs((long)source - group.Target), 0, decided.Reach));
                    Assert.InRange(group.Target, 0, Slices - 1);
                });
                Assert.All(groups.CountBy(group => group.Target), target => Assert.InRange(target.Value, 1, decided.Count));
            },
            seed: "0N0XIzNsQ0O2", iter: 500, threads: 1);
    }

    [Fact]
    public void ToString_AnyStrategy_IsReadBackAsTheSamePlan()
    {
        Strategies.Any(Slices).Sample(
            strategy =>
            {
                SliceStrategy read = StrategyText.Parse(strategy.ToString());

                Assert.Equal(strategy.ToString(), read.ToString());
                Assert.Equal(
                    strategy.Within(Slices, 0, Slices).GroupsFor(Slices, 0, Slices).Select(Text),
                    read.Within(Slices, 0, Slices).GroupsFor(Slices, 0, Slices).Select(Text));
            },
            seed: "0N0XIzNsQ0O2", iter: 300, threads: 1);
    }

    /// <summary>Fixed for ever: another number here changes what a stored seed means. The numbers come from the formulas in
    /// Python, beside this program.</summary>
    [Fact]
    public void GroupsFor_AKnownSeed_DrawsWhatItAlwaysDrew()
    {
        TupleSlices uniform = new() { Width = 4, Spacing = new UniformSpacing(10), Draws = 2, Seed = 7 };
        TupleSlices normal = new() { Width = 3, Spacing = new NormalSpacing(27, 10), Draws = 3, Seed = 7, Flat = true };

        Assert.Equal("20: 11 15 20 30 | 20: 12 15 20 29", string.Join(" | ", uniform.GroupsFor(Slices, 20, 21).Select(Text)));
        Assert.Equal("32: 14 15 16 | 32: 18 19 20 | 32: 40 41 42", string.Join(" | ", normal.GroupsFor(65, 0, 65).Select(Text)));
    }

    [Fact]
    public void GroupsFor_OtherSeedTargetOrDraw_AreOtherDraws()
    {
        TupleSlices tuples = new() { Width = 3, Spacing = new UniformSpacing(200), Draws = 2 };

        string[] drawn =
        [
            .. tuples.GroupsFor(1000, 500, 502).Concat((tuples with { Seed = 1 }).GroupsFor(1000, 500, 502))
                .Select(group => string.Join(' ', group.Sources.Select(source => source - group.Target))),
        ];

        Assert.Equal(8, drawn.Distinct().Count());
    }

    [Fact]
    public void GroupsFor_NormalSpacing_HasItsCentreAndSpread()
    {
        TupleSlices tuples = new() { Width = 1, Spacing = new NormalSpacing(500, 40), Draws = 256, Flat = true };
        int[] starts = [.. Enumerable.Range(0, 16).SelectMany(seed => (tuples with { Seed = seed }).GroupsFor(1001, 0, 1001)).Select(group => group.Sources[0])];

        double mean = starts.Average();
        double spread = Math.Sqrt(starts.Average(start => Math.Pow(start - mean, 2)));

        // 4096 draws: the mean's own spread is 40 / 64
        Assert.InRange(mean, 500 - 2.5, 500 + 2.5);
        Assert.InRange(spread, 38, 42);
    }

    [Fact]
    public void GroupsFor_UniformSpacing_DrawsAllSlicesAlike()
    {
        TupleSlices tuples = new() { Width = 3, Spacing = new UniformSpacing(4), Draws = 256 };
        int[] counts = new int[9];
        for (int seed = 0; seed < 16; seed++)
        {
            foreach (SliceGroup group in (tuples with { Seed = seed }).GroupsFor(100, 50, 51))
            {
                foreach (int source in group.Sources)
                {
                    counts[source - 46]++;
                }
            }
        }

        Assert.Equal(4096, counts[4]); // the target sees itself
        Assert.All(counts.Where((_, i) => i != 4), count => Assert.InRange(count, 900, 1150)); // 2 of 8: 1024 each
    }

    [Theory]
    [InlineData(1, 1)]
    [InlineData(3, 1)]
    [InlineData(4, 1)]
    [InlineData(5, 7)]
    [InlineData(9, 4)]
    public void GroupsFor_StridedTuples_HaveTheirTargetInTheMiddleToTheVolumesEnds(int width, int stride)
    {
        TupleSlices tuples = new() { Width = width, Spacing = new StridedSpacing(stride) };
        int middle = (width - 1) / 2;

        List<SliceGroup> groups = [.. tuples.GroupsFor(Slices, 0, Slices)];

        Assert.Equal(Enumerable.Range(0, Slices), groups.Select(group => group.Sources[middle]));
        Assert.All(groups, group => Assert.Equal(middle, group.OwnChannel));
        Assert.All(groups, group => Assert.Equal(
            Enumerable.Range(0, width).Select(k => Math.Clamp(group.Target + ((k - middle) * stride), 0, Slices - 1)), group.Sources));
    }

    [Fact]
    public void GroupsFor_DrawnTuples_ShowNoSliceTwice()
    {
        TupleSpacing[] spacings = [new UniformSpacing(2), new UniformSpacing(60), new NormalSpacing(-9, 20)];

        Assert.All(spacings, spacing => Assert.All(
            new TupleSlices { Width = 5, Spacing = spacing, Draws = 3 }.GroupsFor(Slices, 0, Slices),
            group => Assert.Equal(5, group.Sources.Distinct().Count())));
    }

    [Theory]
    [InlineData(65, 3, 3, 22)]
    [InlineData(65, 5, 1, 61)]
    [InlineData(5, 5, 3, 1)]
    [InlineData(42, 3, 3, 14)] // as ashenvenus cut its 42 layers
    public void GroupsFor_LayerWindows_CoverEveryLayer(int layers, int width, int stride, int windows)
    {
        LayerWindows strategy = new() { Width = width, Stride = stride };

        List<SliceGroup> groups = [.. strategy.GroupsFor(layers, 0, layers)];

        Assert.Equal(windows, groups.Count);
        Assert.Equal(Enumerable.Range(0, layers), groups.SelectMany(group => group.Sources).Distinct().Order());
        Assert.All(groups, group => Assert.Equal(layers / 2, group.Target));
        Assert.Equal(
            groups.Select(group => string.Join(' ', group.Sources.Reverse())),
            (strategy with { Downwards = true }).GroupsFor(layers, 0, layers).Select(group => string.Join(' ', group.Sources)));
    }

    [Theory]
    [InlineData("--strategy tuples --channels 41 --spacing adjacent", "41 slices", "there are 40")]
    [InlineData("--strategy tuples --channels 5 --spacing strided:10", "needs 41", "there are 40")]
    [InlineData("--strategy tuples --channels 5 --spacing uniform:1", "--channels 5", "3 slices")]
    [InlineData("--strategy tuples --channels 3 --count 2", "--count 2", "adjacent")]
    [InlineData("--strategy window --channels 41", "41 layers", "40 layers")]
    [InlineData("--strategy tuples --target flat --stride 2", "--stride 2", "--target flat")]
    [InlineData("--strategy every --first 40", "40..", "0..39")]
    [InlineData("--strategy every --first 9 --last 4", "9..4", "0..39")]
    [InlineData("--strategy every --keep list:3,41", "slice 41", "0..39")]
    [InlineData("--strategy every --stride 2 --keep list:3", "slice 3", "0..38")]
    public void Within_AStrategyThatContradictsTheVolume_IsRefusedNamingBothSides(string text, string one, string other)
    {
        InvalidRequestException e = Assert.Throws<InvalidRequestException>(() => StrategyText.Parse(text).Within(Slices, 0, Slices));

        Assert.Contains(one, e.Message, StringComparison.Ordinal);
        Assert.Contains(other, e.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--strategy all", "every, tuples, window")]
    [InlineData("--strategy every --channels 3", "does not take it")]
    [InlineData("--strategy tuples --spacing near", "uniform:REACH")]
    [InlineData("--strategy tuples --spacing strided:0", "strided:N")]
    [InlineData("--strategy tuples --channels 0", "--channels 0")]
    [InlineData("--strategy tuples --count 1000", "--count 1000")]
    [InlineData("--strategy tuples --order any", "kept or shuffled")]
    [InlineData("--strategy every --stride 0", "--stride 0")]
    [InlineData("--strategy every --stride x", "--stride x")]
    [InlineData("--strategy every --stride 2 --stride 3", "given before")]
    [InlineData("--strategy every --keep top:0,mean", "PERCENT")]
    [InlineData("--strategy every --keep top:10,beauty", "sharpness")]
    [InlineData("--strategy every --keep top:10,1", "sharpness")]
    [InlineData("--strategy every --keep list:", "list:I")]
    [InlineData("--strategy every --keep list:3-1", "list:I")]
    [InlineData("--strategy every --keep range:5,2", "range:FIRST")]
    [InlineData("--strategy window --target slice", "--target flat")]
    [InlineData("--strategy", "with its value")]
    public void Parse_Malformed_NamesWhatWasExpected(string text, string expected)
    {
        InvalidRequestException e = Assert.Throws<InvalidRequestException>(() => StrategyText.Parse(text));

        Assert.Contains(expected, e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void GroupsFor_Filters_KeepWhatTheyName()
    {
        Assert.Equal([3, 7, 8, 9], Kept("--strategy every --keep list:7-9,3"));
        Assert.Equal([10, 20, 30], Kept("--strategy every --stride 5 --keep range:10,30,10"));
        Assert.Equal([5, 15, 25, 35], Kept("--strategy every --keep even:4"));
        Assert.Equal(Enumerable.Range(0, Slices), Kept("--strategy every --keep even:1000"));
        Assert.Equal([2, 6], Kept("--strategy every --keep range:0,8,2 --keep list:2,6"));
    }

    [Fact]
    public void GroupsFor_TopOfAFigure_KeepsTheLargest()
    {
        SliceStrategy strategy = StrategyText.Parse("--strategy every --keep top:10,entropy");
        Dictionary<int, SliceFigures> figures = Enumerable.Range(0, Slices)
            .ToDictionary(z => z, z => new SliceFigures(0, 0, Entropy: z % 20 == 11 ? 9 : z / 100.0, 0, 0));

        Assert.True(strategy.NeedsFigures);
        Assert.Equal(Enumerable.Range(0, Slices), strategy.SlicesToMeasure(Slices, 0, Slices));
        SliceStrategy decided = strategy.Within(Slices, 0, Slices, figures);

        Assert.Equal([11, 31, 38, 39], decided.TargetsIn(Slices, 0, Slices));
        Assert.False(decided.NeedsFigures);
    }

    private static IEnumerable<int> Kept(string text) =>
        StrategyText.Parse(text).Within(Slices, 0, Slices).TargetsIn(Slices, 0, Slices);

    private static string Text(SliceGroup group) => string.Create(CultureInfo.InvariantCulture, $"{group.Target}: {string.Join(' ', group.Sources)}");
}
