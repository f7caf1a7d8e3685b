using ScrollSeg.Segmentation.Pipeline;
using ScrollSeg.Segmentation.Planning;
using ScrollSeg.Segmentation.Stitching;
using ScrollSeg.Volumes;

namespace ScrollSeg.Segmentation.Runs;

/// <summary>Takes units that were computed again and sets them against what is stored.</summary>
/// <param name="plan">The plan.</param>
/// <param name="probability">What is stored of the probability; <see langword="null"/> if it was not kept.</param>
/// <param name="mask">What is stored of the mask; <see langword="null"/> if it was not kept.</param>
/// <param name="uncertainty">What is stored of the uncertainty; <see langword="null"/> if it was not kept.</param>
internal sealed class ComparingSink(SegmentPlan plan, VolumeReader? probability, VolumeReader? mask, VolumeReader? uncertainty) : IUnitSink
{
    private readonly int _foreground = Probability.FirstForegroundLevel(plan.Threshold);

    /// <summary>A sentence for each unit that is not what is stored.</summary>
    public List<string> Differences { get; } = [];

    /// <inheritdoc/>
    public async ValueTask WriteAsync(SegmentUnit unit, UnitOutput output, SliceCounts counts, CancellationToken cancellationToken)
    {
        if (probability is not null)
        {
            using VolumeBlock stored = await VolumeBlock.ReadAsync(probability, unit.Box, cancellationToken);
            Compare(unit, "probability", output.Probability, stored.Voxels, level => level);
        }

        if (mask is not null)
        {
            using VolumeBlock stored = await VolumeBlock.ReadAsync(mask, unit.Box, cancellationToken);
            Compare(unit, "mask", output.Probability, stored.Voxels, level => level >= _foreground ? (byte)1 : (byte)0);
        }

        if (uncertainty is not null && output.Uncertainty is VoxelBuffer spread)
        {
            using VolumeBlock stored = await VolumeBlock.ReadAsync(uncertainty, unit.Box, cancellationToken);
            Compare(unit, "uncertainty", spread, stored.Voxels, level => level);
        }
    }

    private void Compare(SegmentUnit unit, string what, VoxelBuffer computed, VoxelBuffer stored, Func<byte, byte> valueOf)
    {
        long different = 0;
        int most = 0;
        for (int z = 0; z < computed.Shape.Z; z++)
        {
            for (int y = 0; y < computed.Shape.Y; y++)
            {
                Span<byte> now = computed.Row(z, y);
                Span<byte> then = stored.Row(z, y);
                for (int x = 0; x < now.Length; x++)
                {
                    int difference = Math.Abs(valueOf(now[x]) - then[x]);
                    different += difference > 0 ? 1 : 0;
                    most = Math.Max(most, difference);
                }
            }
        }

        if (different > 0)
        {
            Differences.Add(
                $"unit {unit.Name}: {different} of {unit.Box.Shape.VoxelCount} voxels of the {what} are not what is computed now, by {most} at most");
        }
    }
}
