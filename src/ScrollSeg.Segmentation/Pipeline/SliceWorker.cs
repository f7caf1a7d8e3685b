using ScrollSeg.Segmentation.Planning;
using ScrollSeg.Segmentation.Support;
using ScrollSeg.Volumes;

namespace ScrollSeg.Segmentation.Pipeline;

/// <summary>Turns slices of one unit into probabilities. Synchronous; one thread at a time.</summary>
internal abstract class SliceWorker(SegmentPlan plan, SegmentUnit unit) : IDisposable
{
    private readonly bool[] _excluded = new bool[plan.ReadBoxOf(unit).Shape.PlaneCount];

    /// <summary>Counts of what the unit's slices came to.</summary>
    public SliceCounts Counts { get; } = new();

    /// <summary>The plan.</summary>
    protected SegmentPlan Plan { get; } = plan;

    /// <summary>The unit in voxels of the volume.</summary>
    protected Box3 Target { get; } = plan.InVolume(unit.Box);

    /// <summary>The worker that a plan needs.</summary>
    public static SliceWorker Create(SegmentPlan plan, SegmentUnit unit, ISliceSegmenter segmenter, VoxelAllocator? allocator) =>
        plan.IsPointwise
            ? new PointwiseSliceWorker(plan, unit, segmenter, allocator)
            : new TileSliceWorker(plan, unit, segmenter, allocator);

    /// <summary>Takes a slice in; its answer is complete after this call or a later one, at the latest after
    /// <see cref="Flush"/>. Its rows are no longer needed when the call returns.</summary>
    public abstract void Add(SliceTask slice);

    /// <summary>Completes what is not complete yet.</summary>
    public abstract void Flush();

    /// <inheritdoc/>
    public abstract void Dispose();

    /// <summary>Finds what must stay background in a slice.</summary>
    /// <param name="slice">The slice.</param>
    /// <returns>For each voxel of the unit's part of the slice, row-major; empty if all of it has data.</returns>
    protected UnsupportedVoxels FindUnsupported(SliceTask slice)
    {
        int support = slice.Group.SupportSlice;
        VolumeBlock input = slice.SupportRow ?? throw new InvalidOperationException("The rows of the task are not there.");
        int z = support - input.Box.Start.Z;
        Box3 box = input.Box.With(Axis.Z, support, 1);
        SlicePlane plane = new(input.Voxels.Plane(z), Plan.Volume.Type, box, input.Absent);
        Span<bool> excluded = _excluded.AsSpan(0, plane.Height * plane.Width);
        if (!Plan.Support.Exclude(plane, excluded))
        {
            return default;
        }

        return new UnsupportedVoxels(excluded, plane.Width, Target, box);
    }
}

/// <summary>What has no data in a unit's part of a slice.</summary>
internal readonly ref struct UnsupportedVoxels
{
    private readonly ReadOnlySpan<bool> _read; // of the slice as it was read, row-major
    private readonly int _stride;
    private readonly int _first;
    private readonly int _width;

    /// <param name="read">Of the slice as it was read.</param>
    /// <param name="stride">Voxels in a row of it.</param>
    /// <param name="target">The unit, in voxels of the volume.</param>
    /// <param name="box">The slice, in voxels of the volume.</param>
    public UnsupportedVoxels(ReadOnlySpan<bool> read, int stride, Box3 target, Box3 box)
    {
        _read = read;
        (_stride, _width) = (stride, target.Shape.X);
        _first = ((target.Start.Y - box.Start.Y) * stride) + target.Start.X - box.Start.X;
    }

    /// <summary>Whether there is any such voxel.</summary>
    public bool Any => !_read.IsEmpty;

    /// <summary>One row of the unit's part.</summary>
    public ReadOnlySpan<bool> Row(int y) => _read.Slice(_first + (y * _stride), _width);
}
