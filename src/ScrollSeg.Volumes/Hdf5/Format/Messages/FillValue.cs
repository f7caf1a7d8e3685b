namespace ScrollSeg.Volumes.Hdf5.Format.Messages;

/// <summary>The value of elements that were never written (specification, IV.A.2.e and f).</summary>
internal static class FillValue
{
    /// <summary>The value's bytes in the file's order; <see langword="null"/> for zeros.</summary>
    /// <param name="file">The file.</param>
    /// <param name="header">The dataset's header.</param>
    /// <param name="size">Bytes of an element.</param>
    public static byte[]? Of(HeaderFile file, ObjectHeader header, long size)
    {
        if (header.Find(MessageType.FillValue) is HeaderMessage message)
        {
            HeaderReader reader = message.Open(file);
            return HasValue(ref reader) ? Value(ref reader, size) : null;
        }

        if (header.Find(MessageType.OldFillValue) is HeaderMessage old)
        {
            HeaderReader reader = old.Open(file);
            return Value(ref reader, size);
        }

        return null;
    }

    private static bool HasValue(ref HeaderReader reader)
    {
        const int DefinedFlag = 0x20;
        int version = reader.Version(1, 3);
        if (version == 3)
        {
            return (reader.Byte() & DefinedFlag) != 0;
        }

        reader.Skip(2); // when space is allocated, and when it is filled
        return reader.Byte() != 0 && reader.Left >= sizeof(uint);
    }

    private static byte[]? Value(ref HeaderReader reader, long size)
    {
        uint length = reader.UInt32();
        return length == 0 ? null
            : length == size ? reader.Take(length).ToArray()
            : throw reader.Damaged($"the fill value has {length} bytes, expected {size}.");
    }
}
