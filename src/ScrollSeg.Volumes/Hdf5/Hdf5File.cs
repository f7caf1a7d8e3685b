using PureHDF;
using PureHDF.Filters;
using PureHDF.Selections;
using PureHDF.VOL.Native;
using ScrollSeg.Volumes.Raw;

namespace ScrollSeg.Volumes.Hdf5;

/// <summary>
/// An HDF5 file whose headers PureHDF reads. Its failures become ours; its objects are used by one thread at a time. Voxels
/// it never reads: it tells where they lie.
/// </summary>
internal sealed class Hdf5File : IDisposable
{
    private readonly Hdf5Stream _stream;
    private readonly Lock _lock = new();
    private readonly NativeFile _native;

    static Hdf5File()
    {
        // PureHDF's own filters too: none of them is to run
        foreach (ushort id in Hdf5Filter.All.Select(filter => filter.Id))
        {
            H5Filter.Register(new FilterProbe(id));
        }
    }

    /// <summary>Opens a file and reads its superblock.</summary>
    /// <exception cref="VolumeFormatException">It is no HDF5 file, or damaged.</exception>
    public Hdf5File(string path)
    {
        Content = new FlatFile(path);
        _stream = new Hdf5Stream(Content);
        try
        {
            _native = Guard("the superblock", () => H5File.Open(_stream, leaveOpen: true));
        }
        catch
        {
            Content.Dispose();
            throw;
        }
    }

    /// <summary>The file's bytes.</summary>
    public FlatFile Content { get; }

    /// <summary>Does something with the file's objects.</summary>
    /// <param name="what">What it is about, for messages.</param>
    /// <param name="work">Must not leave objects behind that read later outside of <see cref="Run"/>.</param>
    /// <exception cref="VolumeFormatException">The file is damaged there, or uses what PureHDF does not know.</exception>
    public T Run<T>(string what, Func<NativeFile, T> work) => Guard(what, () => work(_native));

    /// <summary>Where the voxels at a position lie.</summary>
    /// <param name="dataset">A chunked or contiguous dataset.</param>
    /// <param name="position">First voxel of a chunk.</param>
    /// <param name="what">What lies there, for messages.</param>
    public Hdf5Place? Find(IH5Dataset dataset, ulong[] position, string what) => Guard(what, () =>
    {
        NativeDataset native = (NativeDataset)dataset;
        FilterProbe.Ran.Clear();
        _stream.Capture = true;
        try
        {
            ulong[] one = [.. position.Select(_ => 1UL)];
            Span<byte> element = stackalloc byte[sizeof(ulong)];
            native.Read(
                new H5DatasetAccess(ChunkCache: new ChunkProbe()),
                element[..native.Type.Size],
                new HyperslabSelection(position.Length, position, one));
        }
        finally
        {
            _stream.Capture = false;
        }

        return _stream.Captured is (long offset, int length) ? new Hdf5Place(offset, length, [.. FilterProbe.Ran]) : null;
    });

    /// <inheritdoc/>
    public void Dispose()
    {
        _native.Dispose();
        _stream.Dispose();
        Content.Dispose();
    }

    private T Guard<T>(string what, Func<T> work)
    {
        lock (_lock)
        {
            _stream.Begin();
            try
            {
                return work();
            }
            catch (Exception e) when (e is not (VolumeFormatException or OperationCanceledException))
            {
                if (Ours(e) is VolumeFormatException ours)
                {
                    throw ours;
                }

                if (e is IOException and not EndOfStreamException)
                {
                    throw;
                }

                // on damaged files PureHDF throws what its arrays, casts and arithmetic throw
                throw Content.Damaged($"{what}: {e.Message.TrimEnd('.')}.", e);
            }
        }
    }

    /// <summary>What the stream threw, which PureHDF may have wrapped.</summary>
    private static VolumeFormatException? Ours(Exception e)
    {
        for (Exception? inner = e; inner is not null; inner = inner.InnerException)
        {
            if (inner is VolumeFormatException ours)
            {
                return ours;
            }
        }

        return null;
    }

    /// <summary>Takes the place of a filter: notes that it would run.</summary>
    private sealed class FilterProbe(ushort id) : IH5Filter
    {
        [ThreadStatic]
        private static List<ushort>? _ran;

        public static List<ushort> Ran => _ran ??= [];

        public ushort FilterId => id;

        public string Name => $"{id}";

        public Memory<byte> Filter(FilterInfo info)
        {
            Ran.Add(id);
            return ChunkProbe.Nothing;
        }

        public uint[] GetParameters(uint[] chunkDimensions, uint typeSize, Dictionary<string, object>? options) => [];
    }

    /// <summary>Has PureHDF look for a chunk, and gives it as many bytes as one voxel needs.</summary>
    private sealed class ChunkProbe : IReadingChunkCache
    {
        public static readonly byte[] Nothing = new byte[64];

        public Memory<byte> GetChunk(ulong index, Func<Memory<byte>> chunkReader)
        {
            _ = chunkReader();
            return Nothing;
        }
    }
}

/// <summary>Where bytes lie in an HDF5 file.</summary>
/// <param name="Offset">The first of them.</param>
/// <param name="Length">How many; for a contiguous dataset those of one voxel.</param>
/// <param name="Ran">Numbers of the filters that PureHDF would undo, the last first.</param>
internal sealed record Hdf5Place(long Offset, int Length, IReadOnlyList<ushort> Ran);
