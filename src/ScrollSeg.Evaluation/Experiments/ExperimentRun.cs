using System.Diagnostics;
using System.Globalization;
using System.Text.Json.Nodes;
using ScrollSeg.Evaluation.Reports;
using ScrollSeg.Segmentation;
using ScrollSeg.Segmentation.Metrics;
using ScrollSeg.Segmentation.Planning;
using ScrollSeg.Segmentation.Runs;
using ScrollSeg.Segmentation.Stitching;
using ScrollSeg.Volumes;
using ScrollSeg.Volumes.Images;

namespace ScrollSeg.Evaluation.Experiments;

/// <summary>Runs a matrix: checks and plans all rows, trains what they need, then segments and scores one after the other. A row that is done
/// is not done again; one that was stopped goes on, as any run does.</summary>
public sealed class ExperimentRun
{
    private readonly ExperimentMatrix _matrix;
    private readonly IExperimentHost _host;
    private readonly IRunProgress _progress;
    private readonly ExperimentFolder _folder;

    /// <param name="matrix">What is run.</param>
    /// <param name="folder">Where it lies.</param>
    /// <param name="host">The program around it.</param>
    /// <param name="progress">Is told how far it has come.</param>
    /// <exception cref="InvalidRequestException">A combination is impossible.</exception>
    public ExperimentRun(ExperimentMatrix matrix, string folder, IExperimentHost host, IRunProgress progress)
    {
        (_matrix, _host, _progress) = (matrix, host, progress);
        _folder = ExperimentFolder.Open(folder, matrix);
    }

    /// <summary>Runs all rows that are not done.</summary>
    /// <returns>The results of all rows; also stored as <c>results.csv</c> and <c>results.json</c>.</returns>
    public async Task<ExperimentSummary> RunAsync(CancellationToken cancellationToken)
    {
        IReadOnlyList<ExperimentRow> rows = _matrix.Rows();
        Dictionary<string, JsonObject> plans = [];
        foreach (ExperimentRow row in rows.Where(row => !IsDone(row)))
        {
            await CheckAsync(row, plans, cancellationToken);
        }

        List<ExperimentResult> results = [];
        foreach (ExperimentRow row in rows)
        {
            JsonObject? record = IsDone(row) ? _folder.ReadRow(row) : null;
            if (record is null)
            {
                _progress.Note(string.Create(CultureInfo.InvariantCulture, $"row {results.Count + 1} of {rows.Count}: {row.Title}"));
                _folder.WriteRow(row, await RunRowAsync(row, plans, cancellationToken));
                record = _folder.ReadRow(row)!; // as any later start finds it
            }

            results.Add(new ExperimentResult(row, record));
        }

        ExperimentSummary summary = new(_matrix, results);
        _folder.Write("results.csv", summary.ToCsv());
        _folder.Write("results.json", summary.ToJson());
        return summary;
    }

    /// <summary>Writes <c>report.html</c>.</summary>
    /// <param name="summary">The results.</param>
    /// <param name="command">What makes it again.</param>
    /// <param name="cancellationToken">Stops between pictures.</param>
    public async Task WriteReportAsync(ExperimentSummary summary, string command, CancellationToken cancellationToken)
    {
        _progress.Begin("report", 0, "");
        IReadOnlyList<(string, PixelImage)> pictures = await new ExperimentPictures(_host, _folder, summary, SettingsOf).DrawAsync(cancellationToken);
        _folder.Write("report.html", ExperimentReport.Write(summary, pictures, command));
    }

    /// <summary>A record counts if it has all that is asked for now.</summary>
    private bool IsDone(ExperimentRow row)
    {
        JsonObject? record = _folder.ReadRow(row);
        return record is not null && (string?)record["measured"] == Measured(row);
    }

    /// <summary>What is measured of a row, as a text to compare.</summary>
    private string Measured(ExperimentRow row) => string.Create(
        CultureInfo.InvariantCulture,
        $"{string.Join(",", _matrix.Metrics.Metrics)} at {string.Join(",", _matrix.Thresholds)}, tolerance {_matrix.Metrics.Tolerance}, spacing {_matrix.Metrics.Spacing}, objects {_matrix.Metrics.Objects}, truth {row.Data.Truth}, within {row.Data.Score}, ignore {row.Data.Ignore}");

    /// <summary>Refuses before anything runs what cannot be: names the row.</summary>
    private async Task CheckAsync(ExperimentRow row, Dictionary<string, JsonObject> plans, CancellationToken cancellationToken)
    {
        try
        {
            await using VolumeReader volume = await _host.OpenAsync(row.Data.Volume, cancellationToken);
            await using VolumeReader truth = await _host.OpenAsync(row.Data.Truth, cancellationToken);
            if (row.Training is string file)
            {
                _ = File.Exists(file) ? file : throw new InvalidRequestException($"the training file {file} is not there.");
                _ = _host.RequestOf(row.WordsFor(_folder.OutputOf(row), "otsu"), volume.Info);
                return; // the plan needs the weights
            }

            await PlanAsync(row, null, volume, truth, plans, cancellationToken);
        }
        catch (Exception e) when (e is InvalidRequestException or ArgumentException)
        {
            throw new InvalidRequestException($"{row.Title}: {e.Message}");
        }
    }

    private async Task PlanAsync(
        ExperimentRow row, string? weights, VolumeReader volume, VolumeReader truth, Dictionary<string, JsonObject> plans, CancellationToken cancellationToken)
    {
        SegmentRequest request = RequestOf(row, weights, volume.Info);
        (RunPlan plan, RunEstimate estimate) = await new SegmentRun(request, volume, _host.Models, new Quiet()).PlanAsync(cancellationToken);
        if (plan.Region.Shape != truth.Info.Shape)
        {
            throw new InvalidRequestException(
                $"it makes {plan.Region.Shape} voxels, and {truth.Info.Path} is {truth.Info.Shape}: a strategy with a flat target needs a truth of one slice, and others one per slice.");
        }

        PlanCost cost = plan.CostOf(request.Options.Outputs);
        plans[row.Id] = new JsonObject
        {
            ["strategy"] = plan.First.Strategy.ToString(),
            ["seconds"] = Math.Round(estimate.StatisticsSeconds + estimate.SegmentSeconds + estimate.CombineSeconds + estimate.PyramidSeconds, 3),
            ["tiles"] = cost.Tiles,
            ["groups"] = cost.Groups,
            ["chunkFetches"] = cost.ChunkFetches,
            ["peakBytes"] = plan.PeakBytes,
        };
    }

    private SegmentRequest RequestOf(ExperimentRow row, string? weights, VolumeInfo volume)
    {
        List<string> words = [.. row.WordsFor(_folder.OutputOf(row), weights)];
        if (_matrix.SharesEmbeddings)
        {
            words.Add($"--embeddings={_folder.At("embeddings")}");
        }

        return _host.RequestOf(words, volume) with { LimitsHeap = false };
    }

    private async Task<JsonObject> RunRowAsync(ExperimentRow row, Dictionary<string, JsonObject> plans, CancellationToken cancellationToken)
    {
        string? weights = row.Training is string file
            ? await _host.TrainAsync(file, row.Seed, _folder.At("training", $"{Path.GetFileNameWithoutExtension(file)}-{row.Seed}"), cancellationToken)
            : null;
        await using VolumeReader volume = await _host.OpenAsync(row.Data.Volume, cancellationToken);
        await using VolumeReader truth = await _host.OpenAsync(row.Data.Truth, cancellationToken);
        if (!plans.ContainsKey(row.Id))
        {
            await PlanAsync(row, weights, volume, truth, plans, cancellationToken);
        }

        long started = Stopwatch.GetTimestamp();
        SegmentRequest request = RequestOf(row, weights, volume.Info);
        SegmentReport report = await new SegmentRun(request, volume, _host.Models, _progress).RunAsync(cancellationToken);
        double seconds = report.Cost["seconds"]?.AsObject().Sum(stage => stage.Value!.GetValue<double>()) ?? Stopwatch.GetElapsedTime(started).TotalSeconds;
        return new JsonObject
        {
            ["row"] = row.Id,
            ["title"] = row.Title,
            ["data"] = row.Data.Name,
            ["values"] = new JsonObject(row.Values.Select(value => KeyValuePair.Create<string, JsonNode?>(value.Axis, value.Value))),
            ["seed"] = row.Seed,
            ["command"] = $"scrollseg segment {string.Join(' ', row.WordsFor($"{row.Id}.zarr", weights))}",
            ["training"] = row.Training,
            ["measured"] = Measured(row),
            ["plan"] = plans[row.Id].DeepClone(),
            ["seconds"] = Math.Round(seconds, 3),
            ["run"] = report.ToJson(),
            ["intensity"] = new JsonArray(report.Intensity.Low, report.Intensity.High),
            ["scores"] = await ScoreAsync(row, truth, cancellationToken),
        };
    }

    private async Task<JsonArray> ScoreAsync(ExperimentRow row, VolumeReader truth, CancellationToken cancellationToken)
    {
        JsonArray scores = [];
        await using VolumeReader probability = await _host.OpenAsync(_folder.OutputOf(row), cancellationToken);
        foreach (double threshold in _matrix.Thresholds)
        {
            MetricSettings settings = SettingsOf(row, threshold, truth.Info);
            MetricReport report = await new VolumeComparison(probability, truth, settings, _progress).RunAsync(cancellationToken);
            if (report.Counts.TruePositives + report.Counts.FalseNegatives == 0)
            {
                throw new InvalidRequestException($"{row.Data.Truth}: nothing is foreground in what is scored of {row.Data.Name}.");
            }

            scores.Add(EntryOf(threshold, report));
        }

        return scores;
    }

    private MetricSettings SettingsOf(ExperimentRow row, double threshold, VolumeInfo truth) => _matrix.Metrics with
    {
        Threshold = Probability.FirstForegroundLevel(threshold),
        Ignore = row.Data.Ignore,
        Region = row.Data.Score is string part ? _host.RegionOf(part, truth) : null,
    };

    private static JsonObject EntryOf(double threshold, MetricReport report) => new()
    {
        ["threshold"] = threshold,
        ["metrics"] = new JsonObject(report.Scores.Select(score => KeyValuePair.Create<string, JsonNode?>(score.Name, score.Value))),
        ["undefined"] = new JsonObject(report.Scores.Where(score => score.Reason is not null)
            .Select(score => KeyValuePair.Create<string, JsonNode?>(score.Name, score.Reason))),
        ["curve"] = report.Curve is null ? null : CurveOf(report.Curve),
        ["histogram"] = report.Curve is null ? null : HistogramOf(report.Curve),
    };

    /// <summary>At most 64 points, evenly spread.</summary>
    private static JsonArray CurveOf(PrecisionCurve curve)
    {
        IReadOnlyList<(int Level, double Precision, double Recall)> points = curve.Points;
        int step = Math.Max(1, points.Count / 64);
        return [.. points.Where((_, i) => i % step == 0 || i == points.Count - 1).Select(point => new JsonArray(point.Level, Math.Round(point.Precision, 5), Math.Round(point.Recall, 5)))];
    }

    /// <summary>Shares of truth and of the rest in 32 equal parts of the probability.</summary>
    private static JsonObject HistogramOf(PrecisionCurve curve) => new()
    {
        ["foreground"] = new JsonArray([.. curve.Shares(32, isForeground: true).Select(share => JsonValue.Create(Math.Round(share, 6)))]),
        ["background"] = new JsonArray([.. curve.Shares(32, isForeground: false).Select(share => JsonValue.Create(Math.Round(share, 6)))]),
    };

    /// <summary>Planning is over in seconds.</summary>
    private sealed class Quiet : IRunProgress
    {
        public void Begin(string name, long total, string unit)
        {
        }

        public void Advance(long done)
        {
        }

        public void Note(string text)
        {
        }
    }
}
