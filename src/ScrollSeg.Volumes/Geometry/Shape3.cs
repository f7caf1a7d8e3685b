namespace ScrollSeg.Volumes;

/// <summary>Extent in voxels, in storage order.</summary>
public readonly record struct Shape3(int Z, int Y, int X)
{
    /// <summary>Voxels in the extent. A 4096-cubed scan already overflows <see cref="int"/>.</summary>
    public long VoxelCount => (long)Z * Y * X;

    /// <summary>Voxels in one slice along z; a scan of 32693 x 32693 needs 64 bits for its bytes.</summary>
    public long PlaneCount => (long)Y * X;

    /// <summary>Extent along one axis, in voxels.</summary>
    public int this[Axis axis] => axis switch
    {
        Axis.Z => Z,
        Axis.Y => Y,
        Axis.X => X,
        _ => throw new ArgumentOutOfRangeException(nameof(axis), axis, null),
    };

    /// <summary>Cells of the size <paramref name="cell"/> that cover this extent; the last ones may overhang.</summary>
    public Shape3 CeilingDivide(Shape3 cell) => new(
        (int)(((long)Z + cell.Z - 1) / cell.Z), (int)(((long)Y + cell.Y - 1) / cell.Y), (int)(((long)X + cell.X - 1) / cell.X));

    /// <inheritdoc/>
    public override string ToString() => $"[{Z}, {Y}, {X}]";
}
