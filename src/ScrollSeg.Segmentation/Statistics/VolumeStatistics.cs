using ScrollSeg.Segmentation.Slicing;
using ScrollSeg.Volumes;

namespace ScrollSeg.Segmentation.Statistics;

/// <summary>What one streaming pass over a volume found; frozen in a run before its first mask is computed.</summary>
public sealed record VolumeStatistics
{
    /// <summary>Counts of the grey values of all stored voxels that are numbers.</summary>
    public required VolumeHistogram Histogram { get; init; }

    /// <summary>How the volume's voxels are stored.</summary>
    public required VoxelType Type { get; init; }

    /// <summary>Share of the volume's chunks that were read: 1 when the figures are exact.</summary>
    public required double SampledShare { get; init; }

    /// <summary>Voxels in chunks that the store does not have.</summary>
    public long AbsentVoxels { get; init; }

    /// <summary>Voxels that are not a number.</summary>
    public long NaNVoxels { get; init; }

    /// <summary>Voxels in chunks that cannot be read, and that nothing here is about.</summary>
    public long DamagedVoxels { get; init; }

    /// <summary>Share of the probed voxels on the four sides of the slices that are zero or absent.</summary>
    public double EmptyBorderShare { get; init; }

    /// <summary>Figures of slices, where a filter or the intensities ask for them; else empty.</summary>
    public IReadOnlyDictionary<int, SliceFigures> Slices { get; init; } = new Dictionary<int, SliceFigures>();

    /// <summary>Whether zero means "no data here": the scan was masked, and its border is mostly empty.</summary>
    public bool ZeroIsEmpty => Type.IsUnsigned() && EmptyBorderShare >= 0.5;

    /// <summary>The histogram without the empty voxels, from which intensities and thresholds are taken.</summary>
    public VolumeHistogram SupportHistogram
    {
        get
        {
            int zeroBin = (int)Math.Round(-Histogram.First / Histogram.Step);
            if (!ZeroIsEmpty || zeroBin < 0 || zeroBin >= Histogram.Counts.Length || Histogram.Total == Histogram.Counts[zeroBin])
            {
                return Histogram;
            }

            long[] counts = [.. Histogram.Counts];
            counts[zeroBin] = 0;
            return Histogram with { Counts = counts };
        }
    }
}
