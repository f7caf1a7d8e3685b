namespace ScrollSeg.Volumes;

/// <summary>A box of voxels: <see cref="Start"/> is inside it, <see cref="End"/> is not.</summary>
public readonly record struct Box3((int Z, int Y, int X) Start, Shape3 Shape)
{
    /// <summary>First voxel behind the box along each axis.</summary>
    public (int Z, int Y, int X) End => (Start.Z + Shape.Z, Start.Y + Shape.Y, Start.X + Shape.X);

    /// <summary>Whether the box holds no voxel.</summary>
    public bool IsEmpty => Shape.Z <= 0 || Shape.Y <= 0 || Shape.X <= 0;

    /// <summary>The box from <paramref name="start"/>, which is in it, to <paramref name="end"/>, which is not.</summary>
    public static Box3 FromBounds((int Z, int Y, int X) start, (int Z, int Y, int X) end) =>
        new(start, new Shape3(end.Z - start.Z, end.Y - start.Y, end.X - start.X));

    /// <summary>Whether every voxel of <paramref name="other"/> lies in this box.</summary>
    public bool Contains(Box3 other) =>
        Start.Z <= other.Start.Z && other.End.Z <= End.Z &&
        Start.Y <= other.Start.Y && other.End.Y <= End.Y &&
        Start.X <= other.Start.X && other.End.X <= End.X;

    /// <summary>The voxels common to both; empty (extent 0) where they do not meet.</summary>
    public Box3 Intersect(Box3 other)
    {
        (int Z, int Y, int X) start =
            (Math.Max(Start.Z, other.Start.Z), Math.Max(Start.Y, other.Start.Y), Math.Max(Start.X, other.Start.X));
        (int Z, int Y, int X) end =
            (Math.Min(End.Z, other.End.Z), Math.Min(End.Y, other.End.Y), Math.Min(End.X, other.End.X));
        return FromBounds(
            start, (Math.Max(start.Z, end.Z), Math.Max(start.Y, end.Y), Math.Max(start.X, end.X)));
    }

    /// <summary>This box seen from <paramref name="origin"/>: its start minus the origin.</summary>
    public Box3 RelativeTo((int Z, int Y, int X) origin) =>
        new((Start.Z - origin.Z, Start.Y - origin.Y, Start.X - origin.X), Shape);

    /// <summary>This box, replaced along one axis by the half-open range <c>[start, start + length)</c>.</summary>
    public Box3 With(Axis axis, int start, int length) => axis switch
    {
        Axis.Z => new((start, Start.Y, Start.X), Shape with { Z = length }),
        Axis.Y => new((Start.Z, start, Start.X), Shape with { Y = length }),
        Axis.X => new((Start.Z, Start.Y, start), Shape with { X = length }),
        _ => throw new ArgumentOutOfRangeException(nameof(axis), axis, null),
    };

    /// <summary>First index of the box along one axis.</summary>
    public int StartOf(Axis axis) => axis switch { Axis.Z => Start.Z, Axis.Y => Start.Y, _ => Start.X };

    /// <inheritdoc/>
    public override string ToString() =>
        $"z {Start.Z}..{End.Z}, y {Start.Y}..{End.Y}, x {Start.X}..{End.X}";
}
