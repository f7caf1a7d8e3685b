using System.Globalization;
using System.Text.Json.Nodes;
using ScrollSeg.Cli.Parsing;
using ScrollSeg.Segmentation.Planning;
using ScrollSeg.Segmentation.Prompting;
using ScrollSeg.Segmentation.Propagation;
using ScrollSeg.Segmentation.Runs;
using ScrollSeg.Volumes;

namespace ScrollSeg.Cli;

/// <summary>A plan, for people and for scripts.</summary>
internal sealed record PlanSummary(RunPlan Plan, PlanCost Cost, RunEstimate Estimate, long Budget, long? FreeBytes, long? EmbeddingsLimit)
{
    /// <summary>Clicks of a grid that are answered in each tile; <see langword="null"/> without a grid.</summary>
    private int? ClicksPerTile { get; init; }

    public static PlanSummary Of(RunPlan plan, RunEstimate estimate, SegmentRequest request) => new(
        plan, plan.CostOf(request.Options.Outputs), estimate, request.Options.MemoryBudget, FreeSpace.At(request.Output),
        request.ModelSettings.Embeddings is null ? null : request.ModelSettings.EmbeddingsBytes)
    {
        ClicksPerTile = request.ModelSettings.Prompts?.Grid is GridRule grid ? grid.PointsPerSide * grid.PointsPerSide : null,
    };

    public string ToText()
    {
        SegmentPlan first = Plan.First;
        return SegmentSummary.Table(
        [
            ("output voxels (z, y, x)", Plan.Region.Shape.ToString()),
            .. Plan.Directions.Select(direction => ("units", UnitsOf(direction))),
            ("strategy", first.Strategy.ToString()),
            ("slices", Text($"{Cost.Slices} of {Plan.Directions.Sum(direction => (long)direction.Region.Shape.Z)}, by {Cost.Groups} groups of {first.Strategy.Channels}")),
            ("tiles", Text($"{Cost.Tiles} of {first.Tile} x {first.Tile}, in batches of {first.Batch}; {Cost.Tiles - Cost.TilesOnce} of them computed again at unit borders")),
            .. Poses(),
            .. Prompts(),
            .. Gaps(),
            ("reads", Text($"{Cost.ChunkFetches} chunks, {ByteSize.Format(Cost.BytesDecoded)} decoded: {Ratio(Cost.ChunkFetches, Cost.ChunksTouched)} times each")),
            ("memory", $"{ByteSize.Format(Plan.PeakBytes)} at most, of {ByteSize.Format(Budget)} allowed"),
            ("", $"voxels {ByteSize.Format(Plan.Largest.Memory.Voxels)}, network {ByteSize.Format(Plan.Largest.Memory.Network)}, managed {ByteSize.Format(Plan.Largest.Memory.Managed)}"),
            ("writes", $"about {ByteSize.Format(Estimate.BytesWritten)}, {ByteSize.Format(Cost.BytesWritten)} before compression; {(FreeBytes is long free ? ByteSize.Format(free) : "an unknown amount")} is free"),
            ("time", Text($"about {Duration.Format(Estimate.Time)} on this machine, judged by a few slices: statistics {Duration.Format(Of(Estimate.StatisticsSeconds))}, {(Plan.Propagation is null ? "" : $"propagate {Duration.Format(Of(Estimate.PropagateSeconds))}, ")}segment {Duration.Format(Of(Estimate.SegmentSeconds))}, combine {Duration.Format(Of(Estimate.CombineSeconds))}, pyramid {Duration.Format(Of(Estimate.PyramidSeconds))}")),
            .. Embeddings(),
        ]);
    }

    /// <summary>Bytes of all tiles' embeddings.</summary>
    private long EmbeddingBytes => Cost.Tiles * Plan.First.KeptBytesPerTile;

    private string UnitsOf(SegmentPlan direction)
    {
        Shape3 unit = direction.UnitShape;
        bool slabs = unit.Y >= direction.Region.Shape.Y && unit.X >= direction.Region.Shape.X;
        string along = Plan.Directions.Count > 1 || direction.Frame.Normal != Axis.Z ? $" along {direction.Frame.Name}" : "";
        return Text($"{direction.Units.Count.VoxelCount}{along} of {direction.Frame.Back(unit)}, {(slabs ? "whole slabs" : "columns")}, of chunks of {Plan.OutputChunk}");
    }

    private IEnumerable<(string, string)> Poses() => Plan.First.EvaluationsPerTile == 1
        ? []
        : [("poses", Text($"{Plan.First.EvaluationsPerTile} of each tile ({Plan.First.Poses.ToString().ToLowerInvariant()}): the network is asked {Cost.Evaluations} times"))];

    private IEnumerable<(string, string)> Prompts()
    {
        if (Plan.First.Prompts != "none")
        {
            yield return ("prompts", Plan.First.Prompts);
        }

        if (ClicksPerTile is int clicks)
        {
            yield return ("", Text($"{clicks} clicks in each tile: the decoder is asked {Cost.Evaluations * clicks} times"));
        }

        if (Plan.Propagation is PropagationPlan way)
        {
            yield return ("", Text($"from {way.Walks.Count} seeds to {way.Reached} of {Cost.Slices} slices: at most {way.Slices} slices ({way.Tiles} tiles) are answered on the way, and the tiles above once more"));
        }
    }

    private IEnumerable<(string, string)> Gaps()
    {
        (long filled, long empty) = Plan.CountSlices();
        return filled + empty == 0 ? [] : [("between", Text($"{filled} slices are filled between their neighbours, {empty} stay empty"))];
    }

    private IEnumerable<(string, string)> Embeddings()
    {
        if (EmbeddingsLimit is long limit)
        {
            string fit = EmbeddingBytes <= limit ? "all are kept" : "more than fit: a second run in the same order finds few of them, or none";
            yield return ("embeddings", $"{ByteSize.Format(EmbeddingBytes)} of all tiles, of {ByteSize.Format(limit)} allowed; {fit}");
        }
    }

    public JsonObject ToJson() => new()
    {
        ["shape"] = Array(Plan.Region.Shape),
        ["axis"] = string.Concat(Plan.Directions.Select(direction => direction.Frame.Name)),
        ["unit"] = Array(Plan.First.Frame.Back(Plan.First.UnitShape)),
        ["chunk"] = Array(Plan.OutputChunk),
        ["units"] = Cost.Units,
        ["strategy"] = Plan.First.Strategy.ToString(),
        ["slices"] = Cost.Slices,
        ["groups"] = Cost.Groups,
        ["slicesFilled"] = Plan.CountSlices().Filled,
        ["slicesEmpty"] = Plan.CountSlices().Empty,
        ["bytesScratch"] = Plan.ScratchBytes,
        ["tile"] = Plan.First.Tile,
        ["batch"] = Plan.First.Batch,
        ["tiles"] = Cost.Tiles,
        ["tilesOnce"] = Cost.TilesOnce,
        ["evaluations"] = Cost.Evaluations,
        ["prompts"] = Plan.First.Prompts,
        ["clicks"] = ClicksPerTile is int clicks ? Cost.Evaluations * clicks : null,
        ["propagation"] = Plan.Propagation is not PropagationPlan way ? null : new JsonObject
        {
            ["seeds"] = way.Walks.Count,
            ["reached"] = way.Reached,
            ["slices"] = way.Slices,
            ["tiles"] = way.Tiles,
        },
        ["chunkFetches"] = Cost.ChunkFetches,
        ["chunksTouched"] = Cost.ChunksTouched,
        ["bytesDecoded"] = Cost.BytesDecoded,
        ["bytesWrittenAtMost"] = Cost.BytesWritten,
        ["bytesWrittenEstimate"] = Estimate.BytesWritten,
        ["bytesFree"] = FreeBytes,
        ["secondsEstimate"] = new JsonObject
        {
            ["statistics"] = Math.Round(Estimate.StatisticsSeconds, 3),
            ["propagate"] = Math.Round(Estimate.PropagateSeconds, 3),
            ["segment"] = Math.Round(Estimate.SegmentSeconds, 3),
            ["combine"] = Math.Round(Estimate.CombineSeconds, 3),
            ["pyramid"] = Math.Round(Estimate.PyramidSeconds, 3),
        },
        ["peakBytes"] = Plan.PeakBytes,
        ["memoryBudget"] = Budget,
        ["embeddingBytes"] = EmbeddingsLimit is null ? null : EmbeddingBytes,
        ["embeddingBytesAllowed"] = EmbeddingsLimit,
    };

    private static JsonArray Array(Shape3 shape) => [shape.Z, shape.Y, shape.X];

    private static string Ratio(long part, long whole) => ((double)part / Math.Max(1, whole)).ToString("0.00", CultureInfo.InvariantCulture);

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);

    private static TimeSpan Of(double seconds) => TimeSpan.FromSeconds(seconds);
}
