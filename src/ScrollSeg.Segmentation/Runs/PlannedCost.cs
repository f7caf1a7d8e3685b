using System.Text.Json.Nodes;
using ScrollSeg.Segmentation.Planning;

namespace ScrollSeg.Segmentation.Runs;

/// <summary>What a run is to take, noted as it begins, to be set against what it took.</summary>
internal static class PlannedCost
{
    private const long TilesWorthTrying = 200;       // two are tried, and code is compiled
    private const long VoxelsWorthTrying = 1L << 31; // for what is asked about voxels: some ten seconds

    private const long LeastMemory = 64L << 20;

    /// <summary>Whether so much is to be done that trying a few slices first does not count, and whether the budget has room for it.</summary>
    /// <remarks>What the try leaves behind in a network's allocator comes on top of the plan: 170 MiB were measured where 582 are planned for the small network.</remarks>
    public static bool IsWorthTrying(RunPlan plan, PlanCost cost, long budget) =>
        plan.PeakBytes + Math.Max(LeastMemory, plan.Largest.Memory.Network / 3) <= budget && IsLong(plan, cost);

    private static bool IsLong(RunPlan plan, PlanCost cost) =>
        plan.First.IsPointwise ? cost.Slices * plan.Region.Shape.PlaneCount >= VoxelsWorthTrying : cost.Tiles >= TilesWorthTrying;

    /// <summary>As JSON.</summary>
    /// <param name="plan">The plan.</param>
    /// <param name="cost">What was counted for it.</param>
    /// <param name="estimate">What a few slices showed, if any were tried: time and encoded size are known by no other way.</param>
    public static JsonObject ToJson(RunPlan plan, PlanCost cost, RunEstimate? estimate)
    {
        JsonObject json = new()
        {
            ["tiles"] = cost.Tiles,
            ["inputChunksFetched"] = cost.ChunkFetches,
            ["inputBytesDecoded"] = cost.BytesDecoded,
            ["bytesBeforeCompression"] = cost.BytesWritten,
            ["peakBytes"] = plan.PeakBytes,
        };
        if (estimate is not null)
        {
            json["bytesWritten"] = estimate.BytesWritten;
            json["seconds"] = new JsonObject
            {
                ["statistics"] = Math.Round(estimate.StatisticsSeconds, 3),
                ["propagate"] = Math.Round(estimate.PropagateSeconds, 3),
                ["segment"] = Math.Round(estimate.SegmentSeconds, 3),
                ["completion"] = Math.Round(estimate.CombineSeconds + estimate.PyramidSeconds, 3),
            };
        }

        return json;
    }
}
