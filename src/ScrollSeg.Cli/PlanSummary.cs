using System.Globalization;
using System.Text.Json.Nodes;
using ScrollSeg.Cli.Parsing;
using ScrollSeg.Segmentation.Planning;
using ScrollSeg.Segmentation.Runs;
using ScrollSeg.Volumes;

namespace ScrollSeg.Cli;

/// <summary>A plan, for people and for scripts.</summary>
internal sealed record PlanSummary(SegmentPlan Plan, PlanCost Cost, long Budget, long? FreeBytes)
{
    public static PlanSummary Of(SegmentPlan plan, SegmentRequest request)
    {
        int outputs = (request.Options.SaveProbability ? 1 : 0) + (request.Options.SaveMask ? 1 : 0);
        return new PlanSummary(plan, PlanCost.Of(plan, outputs), request.Options.MemoryBudget, FreeAt(request.Output));
    }

    public string ToText()
    {
        Shape3 unit = Plan.UnitShape;
        bool slabs = unit.Y >= Plan.Region.Shape.Y && unit.X >= Plan.Region.Shape.X;
        return SegmentSummary.Table(
        [
            ("output voxels (z, y, x)", Plan.Region.Shape.ToString()),
            ("units", Text($"{Cost.Units} of {unit}, {(slabs ? "whole slabs" : "columns")}, of chunks of {Plan.OutputChunk}")),
            ("slices", Text($"{Cost.Slices} of {Plan.Region.Shape.Z}")),
            ("tiles", Text($"{Cost.Tiles} of {Plan.Tile} x {Plan.Tile}, in batches of {Plan.Batch}; {Cost.Tiles - Cost.TilesOnce} of them computed again at unit borders")),
            ("reads", Text($"{Cost.ChunkFetches} chunks, {ByteSize.Format(Cost.BytesDecoded)} decoded: {Ratio(Cost.ChunkFetches, Cost.ChunksTouched)} times each")),
            ("memory", $"{ByteSize.Format(Plan.PeakBytes)} at most, of {ByteSize.Format(Budget)} allowed"),
            ("", $"voxels {ByteSize.Format(Plan.Memory.Voxels)}, network {ByteSize.Format(Plan.Memory.Network)}, managed {ByteSize.Format(Plan.Memory.Managed)}"),
            ("writes", $"{ByteSize.Format(Cost.BytesWritten)} at most, before compression; {(FreeBytes is long free ? ByteSize.Format(free) : "an unknown amount")} is free"),
        ]);
    }

    public JsonObject ToJson() => new()
    {
        ["shape"] = Array(Plan.Region.Shape),
        ["unit"] = Array(Plan.UnitShape),
        ["chunk"] = Array(Plan.OutputChunk),
        ["units"] = Cost.Units,
        ["slices"] = Cost.Slices,
        ["tile"] = Plan.Tile,
        ["batch"] = Plan.Batch,
        ["tiles"] = Cost.Tiles,
        ["tilesOnce"] = Cost.TilesOnce,
        ["chunkFetches"] = Cost.ChunkFetches,
        ["chunksTouched"] = Cost.ChunksTouched,
        ["bytesDecoded"] = Cost.BytesDecoded,
        ["bytesWrittenAtMost"] = Cost.BytesWritten,
        ["bytesFree"] = FreeBytes,
        ["peakBytes"] = Plan.PeakBytes,
        ["memoryBudget"] = Budget,
    };

    private static JsonArray Array(Shape3 shape) => [shape.Z, shape.Y, shape.X];

    private static string Ratio(long part, long whole) => ((double)part / Math.Max(1, whole)).ToString("0.00", CultureInfo.InvariantCulture);

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);

    /// <summary>Free bytes where a path lies or would lie.</summary>
    private static long? FreeAt(string path)
    {
        DirectoryInfo? folder = new(Path.GetFullPath(path));
        while (folder is { Exists: false })
        {
            folder = folder.Parent;
        }

        try
        {
            return folder is null ? null : new DriveInfo(folder.FullName).AvailableFreeSpace;
        }
        catch (IOException)
        {
            return null;
        }
    }
}
