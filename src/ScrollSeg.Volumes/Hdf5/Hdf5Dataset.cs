using PureHDF;
using ScrollSeg.Volumes.Raw;

namespace ScrollSeg.Volumes.Hdf5;

/// <summary>What the header of a dataset says, checked.</summary>
internal sealed record Hdf5Dataset
{
    /// <summary>Bytes of a header message, and so of what lies in one.</summary>
    private const int MostCompactBytes = 1 << 16;

    /// <summary>Bytes of voxels per byte of file beyond which a header is not believed; deflate reaches 1032, zstd more.</summary>
    public const long MaxExpansion = 65536;

    public required string Path { get; init; }

    public required IH5Dataset Native { get; init; }

    public required H5DataLayoutClass Layout { get; init; }

    /// <summary>How the voxels lie where they are in one block, and in which byte order they are anywhere.</summary>
    public required FlatLayout Block { get; init; }

    /// <summary>Extents of a chunk, all axes of the dataset; of the dataset itself where it has no chunks.</summary>
    public required ulong[] ChunkExtents { get; init; }

    public required Hdf5Pipeline Pipeline { get; init; }

    /// <summary>Bytes of the fill value, in the file's order; <see langword="null"/> for zeros.</summary>
    public required byte[]? FillValue { get; init; }

    public required VoxelSize? VoxelSize { get; init; }

    public int Rank => ChunkExtents.Length;

    /// <summary>Extent of a chunk along the volume's axes.</summary>
    public Shape3 ChunkShape
    {
        get
        {
            ulong[] extents = [1, 1, 1, .. ChunkExtents];
            return new Shape3((int)extents[^3], (int)extents[^2], (int)extents[^1]);
        }
    }

    /// <summary>Bytes of a decoded chunk.</summary>
    public int ChunkBytes { get; private init; }

    /// <summary>Reads a dataset's header.</summary>
    /// <exception cref="VolumeFormatException">It is damaged, or stores voxels in a way that is not read here.</exception>
    public static Hdf5Dataset Read(Hdf5File file, string path, IH5Dataset native) => file.Run($"dataset '{path}'", _ =>
    {
        if (native.Type.Class is not (H5DataTypeClass.FixedPoint or H5DataTypeClass.FloatingPoint or H5DataTypeClass.Enumerated))
        {
            throw Refused(file, path, $"elements of class {native.Type.Class} are no voxels");
        }

        if (native.Space.Type != H5DataspaceType.Simple || native.Space.Dimensions.Length == 0)
        {
            throw Refused(file, path, "it is no array but a single value or nothing");
        }

        if (Hdf5Internals.IsExternal(native))
        {
            throw Refused(file, path, "its voxels lie in other files (external storage)");
        }

        ulong[] extents = native.Space.Dimensions;
        Hdf5Number number = Hdf5Internals.NumberOf(native);
        VoxelType type = number.TypeOf(native.Type.Size);
        Shape3 shape = FlatLayout.ShapeOf(file.Content.Path, [.. extents.Select(extent => (long)Math.Min(extent, long.MaxValue))]);
        H5DataLayoutClass layout = native.Layout.Class;
        ulong[] chunk = layout switch
        {
            H5DataLayoutClass.Chunked => native.Layout.Chunks,
            H5DataLayoutClass.VirtualStorage => throw Refused(file, path, "it is virtual, a view of datasets in other files; open those"),
            _ => extents,
        };
        int chunkBytes = layout == H5DataLayoutClass.Contiguous ? 0 : ChunkBytesOf(file, path, chunk, extents.Length, type, layout);
        return new Hdf5Dataset
        {
            Path = path,
            Native = native,
            Layout = layout,
            Block = new FlatLayout(shape, type, number.ByteOrder == "BigEndian", 0),
            ChunkExtents = chunk,
            ChunkBytes = chunkBytes,
            Pipeline = new Hdf5Pipeline(Hdf5Internals.FiltersOf(native), chunkBytes),
            FillValue = native.FillValue.Value is { Length: > 0 } fill && fill.Length == native.Type.Size ? fill : null,
            VoxelSize = VoxelSizeOf(native),
        };
    });

    private static int ChunkBytesOf(
        Hdf5File file, string path, ulong[] chunk, int rank, VoxelType type, H5DataLayoutClass layout)
    {
        UInt128 bytes = (UInt128)type.ByteSize();
        foreach (ulong extent in chunk)
        {
            bytes = bytes > ulong.MaxValue ? bytes : bytes * extent;
        }

        ulong most = layout == H5DataLayoutClass.Compact ? MostCompactBytes : (ulong)Math.Min(Array.MaxLength / 2, file.Content.Length * MaxExpansion);
        return chunk.Length == rank && bytes > 0 && bytes <= most
            ? (int)bytes
            : throw Refused(file, path, $"chunks of [{string.Join(", ", chunk)}] {type.NumpyName()} in {rank} dimensions, more than {most} bytes or none");
    }

    /// <summary>The edges of a voxel as Fiji's and ilastik's HDF5 plugins write them: z, y, x in micrometres.</summary>
    private static VoxelSize? VoxelSizeOf(IH5Dataset native)
    {
        const string Name = "element_size_um";
        if (!native.AttributeExists(Name))
        {
            return null;
        }

        IH5Attribute attribute = native.Attribute(Name);
        if (attribute.Space.Dimensions is not [3] || attribute.Type.Class != H5DataTypeClass.FloatingPoint)
        {
            return null;
        }

        double[] edges = attribute.Type.Size == sizeof(double)
            ? attribute.Read<double[]>()
            : [.. attribute.Read<float[]>().Select(edge => (double)edge)];
        return edges.All(edge => double.IsFinite(edge) && edge > 0) ? new VoxelSize(edges[0], edges[1], edges[2]) : null;
    }

    private static VolumeFormatException Refused(Hdf5File file, string path, string problem) =>
        file.Content.Damaged($"dataset '{path}': {problem}: not supported.");
}
