using ScrollSeg.Volumes.Raw;

namespace ScrollSeg.Volumes.Hdf5.Format;

/// <summary>
/// The bytes of a file's headers. Each length is compared with the file's before anything is allocated, and what one
/// operation reads is counted: a damaged file can neither ask for memory it does not have bytes for, nor lead in a circle
/// without end. Used by one thread at a time, see <see cref="Gate"/>.
/// </summary>
/// <param name="content">The file; stays the caller's.</param>
/// <param name="start">Where the superblock lies: behind a user block. All addresses count from there (specification, II.A).</param>
/// <param name="offsetSize">Bytes of an address: 2, 4 or 8.</param>
/// <param name="lengthSize">Bytes of a length: 2, 4 or 8.</param>
internal sealed class HeaderFile(FlatFile content, long start, int offsetSize, int lengthSize)
{
    /// <summary>An address that leads nowhere: all its bits are set in the file.</summary>
    public const long Undefined = -1;

    /// <summary>Largest single structure: a million chunks in one unpaged array take 16 MiB.</summary>
    private const long MostBlockBytes = 1 << 26;

    private long _left = long.MaxValue;

    /// <summary>Held while headers are read.</summary>
    public Lock Gate { get; } = new();

    public FlatFile Content => content;

    public long Start => start;

    public int OffsetSize => offsetSize;

    public int LengthSize => lengthSize;

    /// <summary>Bytes of headers that one operation may read. Structures of a sound file do not overlap, and few are read
    /// more than once.</summary>
    public long MostBytes { get; init; } = (16 << 20) + (4 * content.Length);

    /// <summary>Begins an operation: what was read is forgotten.</summary>
    public void Begin() => _left = MostBytes;

    /// <summary>Reads a structure.</summary>
    /// <param name="structure">Its name, for messages.</param>
    /// <param name="offset">Its first byte in the file.</param>
    /// <param name="length">Its bytes, as the file says.</param>
    /// <exception cref="VolumeFormatException">It lies outside the file, or too much was read.</exception>
    public byte[] Read(string structure, long offset, long length)
    {
        if (offset == Undefined)
        {
            throw content.Damaged($"{structure}: its address is undefined; expected a place in the file.");
        }

        if (offset < start || length < 0 || length > content.Length || offset > content.Length - length)
        {
            throw Damaged(structure, offset, $"{length} bytes are expected, but the file has {content.Length}; is it truncated?");
        }

        if (length > MostBlockBytes)
        {
            throw Damaged(structure, offset, $"it has {length} bytes; more than {MostBlockBytes} in one piece are not supported.");
        }

        _left -= length;
        if (_left < 0)
        {
            throw Damaged(structure, offset, $"the headers lead in a circle: more than {MostBytes} bytes of them in a file of {content.Length}.");
        }

        byte[] bytes = new byte[length];
        content.Read(bytes, offset, structure);
        return bytes;
    }

    /// <summary>Reads a structure that ends in a checksum of itself, and compares them.</summary>
    /// <inheritdoc cref="Read"/>
    public byte[] ReadChecked(string structure, long offset, long length)
    {
        byte[] bytes = Read(structure, offset, length);
        Lookup3.Check(this, structure, offset, bytes);
        return bytes;
    }

    /// <summary>A failure in a structure of this file.</summary>
    /// <param name="structure">Its name.</param>
    /// <param name="offset">Where it is wrong.</param>
    /// <param name="problem">What was expected and what was found, as a sentence.</param>
    public VolumeFormatException Damaged(string structure, long offset, string problem) =>
        content.Damaged($"{structure} at byte {offset}: {problem}");
}
