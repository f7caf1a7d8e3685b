using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;

namespace ScrollSeg.Evaluation.Experiments;

/// <summary>One line of the results: a combination on a volume, or on all, at a threshold, over all seeds.</summary>
/// <param name="Data">The volume, or <see cref="ExperimentSummary.AllVolumes"/>.</param>
/// <param name="Combination">The values of all axes.</param>
/// <param name="Threshold">The probability from which on a voxel is foreground.</param>
/// <param name="Scores">By name of the metric; <see langword="null"/> where no seed has a value.</param>
/// <param name="Differences">What it scores more than <see cref="ExperimentSummary.Baseline"/> at the same threshold, pair by pair; empty for that
/// combination itself.</param>
/// <param name="Seconds">What segmenting took.</param>
/// <param name="Tiles">Tiles that went through the model, the mean over seeds.</param>
/// <param name="Results">The runs behind it.</param>
public sealed record ExperimentLine(
    string Data,
    string Combination,
    double Threshold,
    IReadOnlyDictionary<string, MeanInterval?> Scores,
    IReadOnlyDictionary<string, MeanInterval?> Differences,
    MeanInterval? Seconds,
    double Tiles,
    IReadOnlyList<ExperimentResult> Results);

/// <summary>The results of an experiment: lines by combination, as CSV and as JSON.</summary>
public sealed class ExperimentSummary
{
    private readonly Dictionary<(string Data, int Seed), ExperimentResult> _baseline;

    /// <summary>What stands for all volumes together, where there are several.</summary>
    public const string AllVolumes = "all volumes";

    /// <param name="matrix">What was run.</param>
    /// <param name="results">What came of it.</param>
    public ExperimentSummary(ExperimentMatrix matrix, IReadOnlyList<ExperimentResult> results)
    {
        (Matrix, Results) = (matrix, results);
        Metrics = results.Count == 0 ? [] : [.. results[0].Metrics];
        RankBy = matrix.RankBy is string wanted && Metrics.Contains(wanted) ? wanted : Metrics.Count > 0 ? Metrics[0] : "";
        Baseline = results.Count == 0 ? "" : results[0].Row.Combination;
        _baseline = results.Where(result => result.Row.Combination == Baseline).ToDictionary(PairOf);
        Lines =
        [
            .. matrix.Data.Count < 2 ? [] :
                from result in results
                from threshold in result.Thresholds
                group result by (result.Row.Combination, threshold) into line
                select LineOf(AllVolumes, line.Key.Combination, line.Key.threshold, [.. line]),
            .. from result in results
               from threshold in result.Thresholds
               group result by (Data: result.Row.Data.Name, result.Row.Combination, threshold) into line
               select LineOf(line.Key.Data, line.Key.Combination, line.Key.threshold, [.. line]),
        ];
    }

    /// <summary>What was run.</summary>
    public ExperimentMatrix Matrix { get; }

    /// <summary>One per run.</summary>
    public IReadOnlyList<ExperimentResult> Results { get; }

    /// <summary>Names of the scores.</summary>
    public IReadOnlyList<string> Metrics { get; }

    /// <summary>The score that lines are ranked by.</summary>
    public string RankBy { get; }

    /// <summary>The matrix's first combination, which the others are compared with.</summary>
    public string Baseline { get; }

    /// <summary>One per combination, volume and threshold; those over all volumes first.</summary>
    public IReadOnlyList<ExperimentLine> Lines { get; }

    /// <summary>Lines of a volume that no other one beats in both score and time: the best trade-offs, the cheapest first.</summary>
    public IReadOnlyList<ExperimentLine> BestOf(string data)
    {
        List<ExperimentLine> best = [];
        IEnumerable<ExperimentLine> byCost = Lines.Where(line => line.Data == data && line.Scores[RankBy] is not null)
            .OrderBy(line => line.Seconds?.Mean ?? 0).ThenByDescending(line => Goodness(line));
        foreach (ExperimentLine line in byCost)
        {
            if (best.Count == 0 || Goodness(line) > Goodness(best[^1]))
            {
                best.Add(line);
            }
        }

        return best;
    }

    /// <summary>The score that lines are ranked by, turned so that more is better.</summary>
    public double Goodness(ExperimentLine line) => (line.Scores[RankBy]?.Mean ?? double.NegativeInfinity) * (IsError(RankBy) ? -1 : 1);

    /// <summary>Whether less of a score is better.</summary>
    public static bool IsError(string metric) =>
        metric.StartsWith("voi", StringComparison.Ordinal) || metric is "hausdorff95" or "rand-error" || metric.EndsWith("-unmatched", StringComparison.Ordinal);

    /// <summary>A line per run and threshold, for spreadsheets and data frames.</summary>
    public string ToCsv()
    {
        StringBuilder csv = new();
        string[] axes = [.. Matrix.Axes.Select(axis => axis.Name)];
        csv.AppendJoin(',', (string[])["row", "data", .. axes.Select(Field), "seed", "threshold", .. Metrics, "seconds", "planned_seconds", "tiles", "planned_tiles"]).Append('\n');
        foreach (ExperimentResult result in Results)
        {
            foreach (double threshold in result.Thresholds)
            {
                csv.AppendJoin(',', (string[])
                [
                    result.Row.Id, Field(result.Row.Data.Name),
                    .. axes.Select(axis => Field(result.Row.Values.Single(value => value.Axis == axis).Value)),
                    Number(result.Row.Seed), Number(threshold),
                    .. Metrics.Select(metric => Number(result.ScoreOf(metric, threshold))),
                    Number(result.Seconds), Number((double?)result.Record["plan"]?["seconds"]), Number(result.Tiles), Number((double?)result.Record["plan"]?["tiles"]),
                ]).Append('\n');
            }
        }

        return csv.ToString();
    }

    /// <summary>All records and all lines.</summary>
    public JsonObject ToJson() => new()
    {
        ["name"] = Matrix.Name,
        ["question"] = Matrix.Question,
        ["rankedBy"] = RankBy,
        ["baseline"] = Baseline,
        ["lines"] = new JsonArray([.. Lines.Select(LineToJson)]),
        ["rows"] = new JsonArray([.. Results.Select(result => result.Record.DeepClone())]),
    };

    private JsonObject LineToJson(ExperimentLine line) => new()
    {
        ["data"] = line.Data,
        ["combination"] = line.Combination,
        ["threshold"] = line.Threshold,
        ["runs"] = line.Results.Count,
        ["isBestTradeOff"] = BestOf(line.Data).Contains(line),
        ["seconds"] = IntervalToJson(line.Seconds),
        ["tiles"] = line.Tiles,
        ["scores"] = IntervalsToJson(line.Scores),
        ["differences"] = IntervalsToJson(line.Differences),
    };

    private static JsonObject IntervalsToJson(IReadOnlyDictionary<string, MeanInterval?> intervals) =>
        new(intervals.Select(interval => KeyValuePair.Create<string, JsonNode?>(interval.Key, IntervalToJson(interval.Value))));

    private static JsonObject? IntervalToJson(MeanInterval? interval) => interval is not MeanInterval value ? null : new()
    {
        ["mean"] = value.Mean,
        ["halfWidth95"] = value.HalfWidth,
        ["count"] = value.Count,
    };

    private ExperimentLine LineOf(string data, string combination, double threshold, IReadOnlyList<ExperimentResult> results) => new(
        data,
        combination,
        threshold,
        Metrics.ToDictionary(metric => metric, metric => IntervalOf(data, results, result => result.ScoreOf(metric, threshold))),
        (combination == Baseline ? [] : Metrics).ToDictionary(
            metric => metric, metric => IntervalOf(data, results, result => DifferenceOf(result, metric, threshold))),
        IntervalOf(data, results, result => result.Seconds),
        results.Average(result => result.Tiles),
        results);

    /// <summary>Of all volumes, over the means of each: seeds on one volume say nothing about other volumes.</summary>
    private static MeanInterval? IntervalOf(string data, IReadOnlyList<ExperimentResult> results, Func<ExperimentResult, double?> valueOf)
    {
        IEnumerable<double> values = data == AllVolumes
            ? results.GroupBy(result => result.Row.Data.Name).Select(volume => volume.Select(valueOf).Average()).OfType<double>()
            : results.Select(valueOf).OfType<double>();
        return MeanInterval.Of([.. values]);
    }

    /// <summary>Against the baseline on the same volume with the same seed, as for Student's paired samples ("The probable error of a mean",
    /// Biometrika 6, 1908): what makes a volume hard for both is then not in the interval.</summary>
    private double? DifferenceOf(ExperimentResult result, string metric, double threshold) =>
        _baseline.TryGetValue(PairOf(result), out ExperimentResult? other) ? result.ScoreOf(metric, threshold) - other.ScoreOf(metric, threshold) : null;

    private static (string Data, int Seed) PairOf(ExperimentResult result) => (result.Row.Data.Name, result.Row.Seed);

    private static string Number(double? value) => value?.ToString("R", CultureInfo.InvariantCulture) ?? "";

    private static string Field(string text) =>
        text.AsSpan().ContainsAny(",\"\n") ? $"\"{text.Replace("\"", "\"\"", StringComparison.Ordinal)}\"" : text;
}
