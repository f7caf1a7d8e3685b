using ScrollSeg.Segmentation.Planning;

namespace ScrollSeg.Segmentation.Runs;

/// <summary>How fast this machine reads, computes and writes, as far as a few slices show it.</summary>
/// <param name="SecondsPerByte">To read and decode.</param>
/// <param name="SecondsPerTile">To compute, with all workers busy.</param>
/// <param name="SecondsPerVoxel">To encode, with all threads.</param>
/// <param name="BytesPerVoxel">Encoded, probability and mask together.</param>
internal sealed record RunRates(double SecondsPerByte, double SecondsPerTile, double SecondsPerVoxel, double BytesPerVoxel)
{
    /// <summary>What a plan will take at these rates.</summary>
    /// <param name="plan">The plan.</param>
    /// <param name="cost">What it comes to.</param>
    /// <param name="statisticsBytes">Decoded bytes that the statistics stage reads; 0 if it is over.</param>
    /// <param name="outputs">Bytes kept per voxel.</param>
    public RunEstimate Estimate(SegmentPlan plan, PlanCost cost, long statisticsBytes, int outputs)
    {
        double region = plan.Region.Shape.VoxelCount;
        double voxels = region * (1 + (1.0 / 7)); // with the pyramid
        return new RunEstimate(
            statisticsBytes * SecondsPerByte,
            (cost.BytesDecoded * SecondsPerByte) + (cost.Tiles * SecondsPerTile) + (region * SecondsPerVoxel),
            region / 7.0 * SecondsPerVoxel * 2, // reading eight voxels costs about as much as writing one
            (long)Math.Min(voxels * BytesPerVoxel, voxels * outputs));
    }
}
