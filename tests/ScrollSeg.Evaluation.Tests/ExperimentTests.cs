using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using ScrollSeg.Evaluation.Experiments;
using ScrollSeg.Evaluation.Reports;
using ScrollSeg.Segmentation;
using ScrollSeg.Segmentation.Runs;
using ScrollSeg.Testing;

namespace ScrollSeg.Evaluation.Tests;

public sealed partial class ExperimentTests
{
    private static readonly ExperimentMatrix Matrix = new()
    {
        Name = "A <test>",
        Data = [new("a", "a.zarr", "a.png"), new("b", "b.zarr", "b.png")],
        Axes = [new("strategy", [new("every", [("strategy", "every")]), new("three", [("strategy", "tuples"), ("channels", "3")])]), new("model", [new("otsu", [("model", "otsu")])])],
        Fixed = [("tile", "64")],
        Seeds = [1, 2],
        RankBy = "dice",
    };

    [Fact]
    public void Rows_AllCombinations_InOrderWithWordsOfSegment()
    {
        IReadOnlyList<ExperimentRow> rows = Matrix.Rows();

        Assert.Equal(8, rows.Count);
        Assert.Equal(8, rows.Select(row => row.Id).Distinct().Count());
        Assert.Equal("a: strategy three, model otsu, seed 2", rows[3].Title);
        Assert.Equal("a.zarr --output o.zarr --seed=2 --tile=64 --strategy=tuples --channels=3 --model=otsu", string.Join(' ', rows[3].WordsFor("o.zarr", null)));
        Assert.Equal(rows[3].Id, (Matrix with { Seeds = [2] }).Rows()[1].Id); // a row keeps its name when others go
    }

    [Fact]
    public void Rows_Excluded_AreLeftOut() =>
        Assert.Equal(4, (Matrix with { Exclude = [[("strategy", "every"), ("model", "otsu")]] }).Rows().Count);

    [Fact]
    public void Rows_OptionSetTwice_IsRefusedNamingTheRow() =>
        Assert.Contains("a: strategy every, model otsu, seed 1: --tile", Assert.Throws<InvalidRequestException>(
            () => (Matrix with { Fixed = [("tile", "64"), ("tile", "32")] }).Rows()).Message, StringComparison.Ordinal);

    /// <summary>Scipy: t.interval(0.95, 3, loc=2.5, scale=sem([1, 2, 3, 4])) is 2.5 -+ 2.0542.</summary>
    [Fact]
    public void MeanInterval_FourValues_IsStudents()
    {
        MeanInterval interval = MeanInterval.Of([1, 2, 3, 4])!.Value;

        Assert.Equal(2.5, interval.Mean);
        Assert.Equal(2.0542, interval.HalfWidth!.Value, 3);
        Assert.Null(MeanInterval.Of([1])!.Value.HalfWidth);
        Assert.Null(MeanInterval.Of([]));
    }

    [Fact]
    public void Summary_TwoVolumes_HasLinesOfEachAndOfBoth()
    {
        ExperimentSummary summary = Results((0.5, 1), (0.8, 3));

        Assert.Equal(6, summary.Lines.Count); // two combinations, on a, b and both
        ExperimentLine both = summary.Lines[0];
        Assert.Equal((ExperimentSummary.AllVolumes, 4), (both.Data, both.Results.Count));
        Assert.Equal(0.51, both.Scores["dice"]!.Value.Mean, 12); // seeds add 0.01
        Assert.Equal(2, both.Scores["dice"]!.Value.Count);       // volumes, not runs
    }

    /// <summary>Scipy 1.10: ttest_rel([0.7, 0.5, 0.9, 0.3], [0.6, 0.45, 0.83, 0.3]).confidence_interval() is 0.055 -+ 0.06688; the interval of the
    /// scores themselves is -+ 0.411.</summary>
    [Fact]
    public void Differences_FourVolumes_AreStudentsPaired()
    {
        ExperimentSummary summary = Scored(["v", "w", "x", "y"], [1], [0.6, 0.45, 0.83, 0.3], [0.7, 0.5, 0.9, 0.3]);

        MeanInterval difference = LineOf(summary, ExperimentSummary.AllVolumes, "three").Differences["dice"]!.Value;
        Assert.Equal((0.055, 4), (Math.Round(difference.Mean, 12), difference.Count));
        Assert.Equal(0.06688, difference.HalfWidth!.Value, 5);
        Assert.Equal(0.411, LineOf(summary, ExperimentSummary.AllVolumes, "three").Scores["dice"]!.Value.HalfWidth!.Value, 3);
        Assert.Null(LineOf(summary, "v", "three").Differences["dice"]!.Value.HalfWidth); // one pair says nothing about others
        Assert.Empty(LineOf(summary, ExperimentSummary.AllVolumes, "every").Differences);
    }

    /// <summary>Volumes' mean differences are 0.2 and 0.1: 0.15 -+ 12.7062 * 0.05.</summary>
    [Fact]
    public void Differences_SeedsOfTwoVolumes_CountAsTwo()
    {
        ExperimentSummary summary = Scored(["v", "w"], [1, 2], [0.1, 0.2, 0.5, 0.5], [0.4, 0.3, 0.7, 0.5]);

        MeanInterval both = LineOf(summary, ExperimentSummary.AllVolumes, "three").Differences["dice"]!.Value;
        Assert.Equal((0.15, 2), (Math.Round(both.Mean, 12), both.Count));
        Assert.Equal(0.63531, both.HalfWidth!.Value, 5);
        MeanInterval one = LineOf(summary, "v", "three").Differences["dice"]!.Value; // 0.3 and 0.1, over the seeds
        Assert.Equal((0.2, 2), (Math.Round(one.Mean, 12), one.Count));
        Assert.Equal(12.7062 * 0.1, one.HalfWidth!.Value, 5);
    }

    [Fact]
    public void Differences_PairWithoutScore_IsLeftOut()
    {
        ExperimentSummary summary = Scored(["v", "w", "x"], [1], [0.5, null, 0.5], [0.6, 0.9, 0.8]);

        MeanInterval difference = LineOf(summary, ExperimentSummary.AllVolumes, "three").Differences["dice"]!.Value;
        Assert.Equal((0.2, 2), (Math.Round(difference.Mean, 12), difference.Count));
        Assert.Null(LineOf(summary, "w", "three").Differences["dice"]);
    }

    [Fact]
    public void Report_Differences_ShowSignIntervalAndPairs()
    {
        ExperimentSummary summary = Scored(["v", "w", "x", "y"], [1], [0.7, 0.5, 0.9, 0.3], [0.6, 0.45, 0.83, 0.3]);
        string page = ExperimentReport.Write(summary, [], "again");

        Assert.Contains("Differences from the first: strategy every, model otsu", page, StringComparison.Ordinal);
        Assert.Contains("−0.055 &#177; 0.067</td>", page, StringComparison.Ordinal);
        Assert.Equal(-0.055, (double)summary.ToJson()["lines"]![1]!["differences"]!["dice"]!["mean"]!, 12);
    }

    [Fact]
    public void BestOf_DearerAndWorse_IsNotAmongThem()
    {
        Assert.Equal(2, Results((0.5, 1), (0.8, 3)).BestOf("a").Count);
        Assert.Equal("strategy every, model otsu", Assert.Single(Results((0.8, 1), (0.5, 3)).BestOf("a")).Combination);
    }

    [Fact]
    public void Report_Page_NeedsNothingElseAndShowsTheRecords()
    {
        string page = ExperimentReport.Write(Results((0.5, 1), (0.8, 3)), [], "scrollseg experiment m.yaml -o o");

        Assert.Contains("A &lt;test&gt;", page, StringComparison.Ordinal);
        Assert.Contains("0.810", page, StringComparison.Ordinal);
        Assert.Contains("scrollseg segment a.zarr", page, StringComparison.Ordinal);
        Assert.DoesNotMatch(External(), page);
    }

    [Fact]
    public void Folder_OfSomethingElse_IsRefused()
    {
        using TemporaryFolder folder = new();
        File.WriteAllText(folder["mine.txt"], "");

        Assert.Throws<RunConflictException>(() => ExperimentFolder.Open(folder.Path, Matrix));
    }

    [GeneratedRegex("""(src|href)\s*=\s*["']?(https?:|//)|@import|url\(""")]
    private static partial Regex External();

    private static ExperimentLine LineOf(ExperimentSummary summary, string data, string strategy) =>
        summary.Lines.Single(line => line.Data == data && line.Combination == $"strategy {strategy}, model otsu");

    /// <summary>Dice of both combinations, by volume and seed.</summary>
    private static ExperimentSummary Scored(string[] volumes, int[] seeds, double?[] every, double?[] three)
    {
        ExperimentMatrix matrix = Matrix with { Data = [.. volumes.Select(name => new ExperimentData(name, $"{name}.zarr", $"{name}.png"))], Seeds = seeds };
        return new(matrix, [.. matrix.Rows().Select(row =>
        {
            int pair = (Array.IndexOf(volumes, row.Data.Name) * seeds.Length) + Array.IndexOf(seeds, row.Seed);
            double? dice = (row.Combination.Contains("three", StringComparison.Ordinal) ? three : every)[pair];
            JsonObject entry = new() { ["threshold"] = 0.5, ["metrics"] = new JsonObject { ["dice"] = dice }, ["curve"] = null };
            return new ExperimentResult(row, new JsonObject { ["seconds"] = 1.0, ["scores"] = new JsonArray(entry) });
        })]);
    }

    /// <summary>Dice and seconds of both combinations.</summary>
    private static ExperimentSummary Results(params (double Dice, double Seconds)[] combinations) => new(Matrix, [.. Matrix.Rows().Select(row =>
    {
        (double dice, double seconds) = combinations[row.Combination.Contains("three", StringComparison.Ordinal) ? 1 : 0];
        return new ExperimentResult(row, JsonNode.Parse($$"""
            {"seconds": {{seconds}}, "command": "scrollseg segment {{row.Data.Volume}}", "plan": {"seconds": 2, "tiles": 7},
             "run": {"tiles": 7}, "scores": [{"threshold": 0.5, "metrics": {"dice": {{dice + (0.01 * row.Seed) - (row.Seed == 2 ? 0.01 : 0)}}, "iou": null}, "curve": null}]}
            """)!.AsObject());
    })]);
}
