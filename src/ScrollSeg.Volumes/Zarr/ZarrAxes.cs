namespace ScrollSeg.Volumes.Zarr;

/// <summary>Which axes of an array are z, y and x. All others have extent 1.</summary>
/// <param name="First">The axis that is z; one before the first spatial axis, that is y - 1, where there is no z.</param>
/// <param name="HasZ">Whether there is a z axis; an image of two axes is a volume of one slice.</param>
internal readonly record struct ZarrAxes(int First, bool HasZ)
{
    /// <summary>Finds the axes, and refuses an array that is no volume.</summary>
    /// <exception cref="InvalidDataException">The array has one axis, or more than three that are longer than 1.</exception>
    public static ZarrAxes Of(ZarrHeader header, IReadOnlyList<NgffAxis> declared)
    {
        bool known = declared.Count == header.Rank;
        bool hasZ = header.Rank >= 3 && !(known && declared.Count(axis => axis.IsSpace) == 2);
        int leading = header.Rank - (hasZ ? 3 : 2);
        if (leading < 0)
        {
            throw new InvalidDataException(
                $"shape [{string.Join(", ", header.Shape)}] has {header.Rank} axes; a volume has three (z, y, x), an image two.");
        }

        for (int axis = 0; axis < leading; axis++)
        {
            if (header.Shape[axis] != 1)
            {
                string name = known ? $"{axis} ({declared[axis].Name})" : $"{axis}";
                throw new InvalidDataException(
                    $"shape [{string.Join(", ", header.Shape)}]: axis {name} before z, y, x has extent {header.Shape[axis]}, " +
                    "expected 1; copy the part that you want into an array of its own.");
            }
        }

        return new ZarrAxes(hasZ ? leading : leading - 1, hasZ);
    }

    /// <summary>Extent of the volume.</summary>
    public Shape3 ShapeOf(ZarrHeader header) => ToShape(header.Shape);

    /// <summary>Extent of a chunk.</summary>
    public Shape3 ChunkShapeOf(ZarrHeader header) => ToShape(header.ChunkShape);

    /// <summary>Steps between the voxels of a decoded chunk.</summary>
    public (int Z, int Y, int X) StridesOf(ZarrHeader header) =>
        (HasZ ? header.ChunkStrides[First] : 0, header.ChunkStrides[First + 1], header.ChunkStrides[First + 2]);

    /// <summary>Position of a chunk among all axes.</summary>
    public int[] IndexOf(int rank, (int Z, int Y, int X) chunk)
    {
        int[] index = new int[rank];
        if (HasZ)
        {
            index[First] = chunk.Z;
        }

        index[First + 1] = chunk.Y;
        index[First + 2] = chunk.X;
        return index;
    }

    /// <summary>The part of a per-axis list that is about space; 1 where there is no z, or no list.</summary>
    public (double Z, double Y, double X) ScaleOf(double[]? scale) =>
        scale is null ? (1, 1, 1) : (HasZ ? scale[First] : 1, scale[First + 1], scale[First + 2]);

    /// <summary>Three of a per-axis list.</summary>
    public Shape3 ToShape(int[] extents) => new(HasZ ? extents[First] : 1, extents[First + 1], extents[First + 2]);
}
