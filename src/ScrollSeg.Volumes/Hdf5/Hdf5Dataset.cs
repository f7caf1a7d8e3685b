using ScrollSeg.Volumes.Hdf5.Format;
using ScrollSeg.Volumes.Hdf5.Format.ChunkIndexes;
using ScrollSeg.Volumes.Hdf5.Format.Messages;
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

    public required DataLayout Layout { get; init; }

    /// <summary>How the voxels lie where they are in one block, and in which byte order they are anywhere.</summary>
    public required FlatLayout Block { get; init; }

    /// <summary>Extents of a chunk, all axes of the dataset; of the dataset itself where it has no chunks.</summary>
    public required ulong[] ChunkExtents { get; init; }

    public required Hdf5Pipeline Pipeline { get; init; }

    /// <summary>Where the chunks lie; <see langword="null"/> if there are none.</summary>
    public required ChunkIndex? Index { get; init; }

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
    public static Hdf5Dataset Read(Hdf5File file, Hdf5Object source)
    {
        (HeaderFile headers, string path, ObjectHeader header) = (file.Headers, source.Path, source.Header);
        Datatype datatype = TypeOf(headers, header) ?? throw file.Content.Damaged($"dataset '{path}': it has no datatype message.");
        VoxelType type = datatype.Voxel
            ?? throw Refused(file, path, datatype.IsNumber ? datatype.Description : $"{datatype.Description} are no voxels");
        Dataspace space = SpaceOf(headers, header);
        if (!space.IsArray)
        {
            throw Refused(file, path, "it is no array but a single value or nothing");
        }

        if (header.Has(MessageType.ExternalFiles))
        {
            throw Refused(file, path, "its voxels lie in other files (external storage)");
        }

        Shape3 shape = FlatLayout.ShapeOf(file.Content.Path, [.. space.Extents.Select(extent => (long)Math.Min(extent, long.MaxValue))]);
        DataLayout layout = LayoutOf(file, path, header);
        ulong[] chunk = layout.Class == LayoutClass.Chunked ? layout.Chunk : space.Extents;
        int chunkBytes = layout.Class == LayoutClass.Contiguous ? 0 : ChunkBytesOf(file, path, chunk, space.Extents.Length, type, layout);
        FlatLayout block = new(shape, type, datatype.IsBigEndian, 0);
        RequireLengths(file, path, layout, block);
        IReadOnlyList<Hdf5FilterUse> filters = FilterPipeline.Of(headers, header);
        return new Hdf5Dataset
        {
            Path = path,
            Layout = layout,
            Block = block,
            ChunkExtents = chunk,
            ChunkBytes = chunkBytes,
            Pipeline = PipelineOf(file, path, filters, chunkBytes),
            Index = layout.Class == LayoutClass.Chunked
                ? ChunkIndex.Of(headers, layout, new ChunkGeometry(chunk, space, chunkBytes, filters.Count > 0))
                : null,
            FillValue = Format.Messages.FillValue.Of(headers, header, datatype.Size),
            VoxelSize = VoxelSizeOf(headers, header),
        };
    }

    /// <summary>The type of a dataset's elements; <see langword="null"/> if its header says nothing.</summary>
    public static Datatype? TypeOf(HeaderFile file, ObjectHeader header)
    {
        if (header.Find(MessageType.Datatype) is not HeaderMessage message)
        {
            return null;
        }

        HeaderReader reader = message.Open(file);
        return Datatype.Read(ref reader);
    }

    /// <summary>A dataset's extents; nothing if its header says nothing.</summary>
    public static Dataspace SpaceOf(HeaderFile file, ObjectHeader header)
    {
        if (header.Find(MessageType.Dataspace) is not HeaderMessage message)
        {
            return new Dataspace(false, [], []);
        }

        HeaderReader reader = message.Open(file);
        return Dataspace.Read(ref reader);
    }

    private static DataLayout LayoutOf(Hdf5File file, string path, ObjectHeader header)
    {
        HeaderMessage message = header.Find(MessageType.Layout) ?? throw file.Content.Damaged($"dataset '{path}': it has no layout message.");
        HeaderReader reader = message.Open(file.Headers);
        DataLayout layout = DataLayout.Read(ref reader);
        return layout.Class == LayoutClass.Virtual
            ? throw Refused(file, path, "it is virtual, a view of datasets in other files; open those")
            : layout;
    }

    /// <summary>What the layout says of lengths has to fit the extents.</summary>
    private static void RequireLengths(Hdf5File file, string path, DataLayout layout, FlatLayout block)
    {
        long? stored = layout.Class switch
        {
            LayoutClass.Contiguous => layout.Address == HeaderFile.Undefined ? null : layout.Length,
            LayoutClass.Compact => layout.Content?.Length,
            _ => null,
        };
        if (stored is long bytes && bytes != block.ByteCount)
        {
            throw file.Content.Damaged(
                $"dataset '{path}': its {layout.Class} layout has {bytes} bytes, expected {block.ByteCount} for {block.Shape}.");
        }

        if (layout.Class == LayoutClass.Chunked && layout.ElementSize != (ulong)block.Type.ByteSize())
        {
            throw file.Content.Damaged(
                $"dataset '{path}': its chunks have elements of {layout.ElementSize} bytes, " +
                $"expected {block.Type.ByteSize()} for {block.Type.NumpyName()}.");
        }
    }

    private static int ChunkBytesOf(
        Hdf5File file, string path, ulong[] chunk, int rank, VoxelType type, DataLayout layout)
    {
        UInt128 bytes = (UInt128)type.ByteSize();
        foreach (ulong extent in chunk)
        {
            bytes = bytes > ulong.MaxValue ? bytes : bytes * extent;
        }

        ulong most = layout.Class == LayoutClass.Compact
            ? MostCompactBytes
            : (ulong)Math.Min(Array.MaxLength / 2, file.Content.Length * MaxExpansion);
        return chunk.Length == rank && bytes > 0 && bytes <= most
            ? (int)bytes
            : throw Refused(
                file, path, $"chunks of [{string.Join(", ", chunk)}] {type.NumpyName()} in {rank} dimensions, more than {most} bytes or none");
    }

    private static Hdf5Pipeline PipelineOf(Hdf5File file, string path, IReadOnlyList<Hdf5FilterUse> filters, int chunkBytes)
    {
        try
        {
            return new Hdf5Pipeline(filters, chunkBytes);
        }
        catch (NotSupportedException e)
        {
            throw file.Content.Damaged($"dataset '{path}': {e.Message}", e);
        }
    }

    /// <summary>The edges of a voxel as Fiji's and ilastik's HDF5 plugins write them: z, y, x in micrometres.</summary>
    private static VoxelSize? VoxelSizeOf(HeaderFile file, ObjectHeader header)
    {
        AttributeValue? attribute = AttributeValue.Find(file, header, "element_size_um");
        return attribute?.Space.Extents is [3] && attribute.Floats() is [double z, double y, double x] ? Volumes.VoxelSize.IfBelievable(z, y, x) : null;
    }

    private static VolumeFormatException Refused(Hdf5File file, string path, string problem) =>
        file.Content.Damaged($"dataset '{path}': {problem}: not supported.");
}
