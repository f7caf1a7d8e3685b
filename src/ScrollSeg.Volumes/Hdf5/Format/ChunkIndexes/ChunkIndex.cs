using ScrollSeg.Volumes.Hdf5.Format.Messages;

namespace ScrollSeg.Volumes.Hdf5.Format.ChunkIndexes;

/// <summary>Finds where a dataset's chunks lie. Thread-safe.</summary>
internal abstract class ChunkIndex
{
    /// <summary>Numbers of the two kinds of elements that arrays of chunks have (specification, VII.C and VII.D).</summary>
    private const int Filtered = 1;

    protected ChunkIndex(HeaderFile file, ChunkGeometry chunks) => (File, Chunks) = (file, chunks);

    protected HeaderFile File { get; }

    protected ChunkGeometry Chunks { get; }

    /// <summary>Bytes in which an index tells a chunk's stored length (VII: by the length of a decoded one).</summary>
    protected int LengthBytes => Math.Min(8, 1 + (((int)long.Log2(Chunks.ChunkBytes) + 8) / 8));

    /// <summary>Opens a dataset's index; it is read when chunks are looked for.</summary>
    public static ChunkIndex Of(HeaderFile file, DataLayout layout, ChunkGeometry chunks) => layout.Index switch
    {
        _ when layout.Address == HeaderFile.Undefined => new EmptyIndex(file, chunks),
        ChunkIndexKind.BTree1 => new BTree1Index(file, layout.Address, chunks),
        ChunkIndexKind.Single => new SingleChunkIndex(file, layout, chunks),
        ChunkIndexKind.Implicit => new ImplicitIndex(file, layout.Address, chunks),
        ChunkIndexKind.FixedArray => new FixedArrayIndex(file, layout.Address, chunks),
        ChunkIndexKind.ExtensibleArray => new ExtensibleArrayIndex(file, layout.Address, chunks),
        _ => new BTree2Index(file, layout.Address, chunks),
    };

    /// <summary>Looks for a chunk.</summary>
    /// <param name="position">Its place in chunks along each axis.</param>
    /// <returns><see langword="null"/> if it was never written.</returns>
    /// <exception cref="VolumeFormatException">The index is damaged.</exception>
    public Hdf5Place? Find(ReadOnlySpan<long> position)
    {
        lock (File.Gate)
        {
            File.Begin();
            return FindCore(position);
        }
    }

    protected abstract Hdf5Place? FindCore(ReadOnlySpan<long> position);

    /// <summary>Reads one element of an array of chunks: an address, and with filters the stored length and the mask.</summary>
    protected Hdf5Place? ReadElement(ref HeaderReader reader)
    {
        long address = reader.Address();
        long length = Chunks.IsFiltered ? reader.Count(LengthBytes) : Chunks.ChunkBytes;
        uint mask = Chunks.IsFiltered ? reader.UInt32() : 0;
        return address == HeaderFile.Undefined ? null : new Hdf5Place(address, length, mask);
    }

    /// <summary>Bytes of an element of an array of chunks.</summary>
    protected int ElementBytes => File.OffsetSize + (Chunks.IsFiltered ? LengthBytes + sizeof(uint) : 0);

    /// <summary>Reads what says which kind of element an array has.</summary>
    protected void ExpectKind(ref HeaderReader reader) => reader.Expect(Chunks.IsFiltered ? Filtered : 0, reader.Byte(), "the kind of its elements");

    /// <summary>Whether a bit is set; the first is the highest of the first byte.</summary>
    protected static bool IsSet(ReadOnlySpan<byte> bits, long index) => (bits[(int)(index / 8)] & (0x80 >> (int)(index % 8))) != 0;
}
