using ScrollSeg.Volumes;

namespace ScrollSeg.Segmentation.Support;

/// <summary>A rectangle of one slice of a volume: its raw voxels, and where the store has none.</summary>
public readonly ref struct SlicePlane
{
    /// <summary>Describes a rectangle.</summary>
    /// <param name="voxels">Raw voxels, <c>[Height, Width]</c>.</param>
    /// <param name="type">How they are stored.</param>
    /// <param name="box">Where the rectangle lies in the volume; one slice thick.</param>
    /// <param name="absent">Boxes of the volume for which the store has no chunk.</param>
    public SlicePlane(ReadOnlySpan<byte> voxels, VoxelType type, Box3 box, IReadOnlyList<Box3> absent)
    {
        Voxels = voxels;
        Type = type;
        Box = box;
        Absent = absent;
    }

    /// <summary>Raw voxels, <c>[Height, Width]</c>.</summary>
    public ReadOnlySpan<byte> Voxels { get; }

    /// <summary>How they are stored.</summary>
    public VoxelType Type { get; }

    /// <summary>Where the rectangle lies in the volume.</summary>
    public Box3 Box { get; }

    /// <summary>Boxes of the volume for which the store has no chunk.</summary>
    public IReadOnlyList<Box3> Absent { get; }

    /// <summary>Rows.</summary>
    public int Height => Box.Shape.Y;

    /// <summary>Columns.</summary>
    public int Width => Box.Shape.X;

    /// <summary>One row of raw voxels.</summary>
    public ReadOnlySpan<byte> Row(int y) => Voxels.Slice(y * Width * Type.ByteSize(), Width * Type.ByteSize());

    /// <summary>Marks the voxels that lie in absent chunks.</summary>
    /// <returns>Whether there is any.</returns>
    public bool MarkAbsent(Span<bool> marks)
    {
        bool any = false;
        foreach (Box3 absent in Absent)
        {
            Box3 part = absent.Intersect(Box);
            for (int y = part.Start.Y; !part.IsEmpty && y < part.End.Y; y++)
            {
                marks.Slice(((y - Box.Start.Y) * Width) + part.Start.X - Box.Start.X, part.Shape.X).Fill(true);
                any = true;
            }
        }

        return any;
    }
}
