namespace ScrollSeg.Volumes.Hdf5.Format.Groups;

/// <summary>Names of a group in the old form (specification, III.D).</summary>
internal sealed class LocalHeap
{
    private const string Name = "a local heap";

    private readonly HeaderFile _file;
    private readonly long _offset;
    private readonly byte[] _names;

    private LocalHeap(HeaderFile file, long offset, byte[] names) => (_file, _offset, _names) = (file, offset, names);

    /// <summary>Reads the heap.</summary>
    public static LocalHeap Read(HeaderFile file, long offset)
    {
        HeaderReader reader = new(file, Name, offset, file.Read(Name, offset, 8 + (2 * file.LengthSize) + file.OffsetSize));
        reader.Signature("HEAP"u8);
        _ = reader.Version(0, 0);
        reader.Skip(3);
        long length = reader.Length();
        reader.Skip(file.LengthSize);
        long names = reader.Address();
        return new LocalHeap(file, names, file.Read($"{Name}'s content", names, length));
    }

    /// <summary>A text that begins at a byte of the heap and ends with a zero byte.</summary>
    public string Text(long start)
    {
        int length = start < _names.Length ? _names.AsSpan((int)start).IndexOf((byte)0) : -1;
        return length >= 0
            ? System.Text.Encoding.UTF8.GetString(_names, (int)start, length)
            : throw _file.Damaged($"{Name}'s content", _offset, $"a name is expected at its byte {start}, but it ends after {_names.Length}.");
    }
}
