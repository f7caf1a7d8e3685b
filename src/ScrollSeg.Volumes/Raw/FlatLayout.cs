namespace ScrollSeg.Volumes.Raw;

/// <summary>How one block of voxels lies in a file, behind a header or alone.</summary>
/// <param name="Shape">Extent in voxels.</param>
/// <param name="Type">How each voxel is stored.</param>
/// <param name="IsBigEndian">Whether the high-order byte comes first.</param>
/// <param name="Offset">Byte of the first voxel.</param>
/// <param name="IsColumnMajor">Whether z varies fastest, as in a Fortran-ordered array, and not x.</param>
internal sealed record FlatLayout(Shape3 Shape, VoxelType Type, bool IsBigEndian, long Offset, bool IsColumnMajor = false)
{
    /// <summary>Bytes of all voxels.</summary>
    public long ByteCount => checked(Shape.VoxelCount * Type.ByteSize());

    /// <summary>The piece that one read of consecutive bytes gives: a slice, or the slice across x that z runs through.</summary>
    public Shape3 Piece => IsColumnMajor ? Shape with { X = 1 } : Shape with { Z = 1 };

    /// <summary>Whether the bytes have to be reversed on this machine.</summary>
    public bool IsForeign => Type.ByteSize() > 1 && IsBigEndian == BitConverter.IsLittleEndian;

    /// <summary>Makes the extent of an array of any rank from its axes, slowest first.</summary>
    /// <param name="path">The file, for the message.</param>
    /// <param name="extents">Extents in storage order; beyond three, the slowest have to be 1.</param>
    /// <exception cref="VolumeFormatException">It is no volume of at most 2^31 - 1 voxels along each axis.</exception>
    public static Shape3 ShapeOf(string path, IReadOnlyList<long> extents)
    {
        string all = string.Join(", ", extents);
        if (extents.Count == 0 || extents.Any(extent => extent is < 1 or > int.MaxValue))
        {
            throw new VolumeFormatException(path, $"the extents are [{all}]; each must be from 1 to 2^31 - 1, and there must be one.");
        }

        if (extents.Take(Math.Max(0, extents.Count - 3)).Any(extent => extent != 1))
        {
            throw new VolumeFormatException(path, $"the extents are [{all}]: only three axes (z, y, x) may be longer than 1.");
        }

        long[] last = [1, 1, 1, .. extents];
        Shape3 shape = new((int)last[^3], (int)last[^2], (int)last[^1]);
        return (Int128)shape.Z * shape.Y * shape.X <= long.MaxValue / 16
            ? shape
            : throw new VolumeFormatException(path, $"the extents are [{all}]: more voxels than can be counted.");
    }
}
