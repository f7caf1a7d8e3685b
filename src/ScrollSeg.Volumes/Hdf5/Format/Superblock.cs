using ScrollSeg.Volumes.Raw;

namespace ScrollSeg.Volumes.Hdf5.Format;

/// <summary>The file's first structure (specification, II.A): versions 0 to 3.</summary>
/// <param name="File">The file, with what the superblock says of addresses.</param>
/// <param name="Version">0 to 3.</param>
/// <param name="Root">Where the root group's object header lies.</param>
internal sealed record Superblock(HeaderFile File, int Version, long Root)
{
    private const string Name = "the superblock";

    /// <summary>Bytes of a file that may come before HDF5's: a user block of 512 bytes times a power of two.</summary>
    private const long MostUserBlock = 1 << 20;

    /// <summary>Where to look for the signature.</summary>
    public static IEnumerable<long> Places
    {
        get
        {
            for (long offset = 0; offset <= MostUserBlock; offset = Math.Max(512, offset * 2))
            {
                yield return offset;
            }
        }
    }

    public static ReadOnlySpan<byte> Signature => [0x89, (byte)'H', (byte)'D', (byte)'F', (byte)'\r', (byte)'\n', 0x1a, (byte)'\n'];

    /// <summary>Reads the superblock, and its extension if there is one.</summary>
    /// <exception cref="VolumeFormatException">There is none, it is damaged, or the file is a part of one in several.</exception>
    public static Superblock Read(FlatFile content)
    {
        long start = Find(content);
        HeaderFile unsized = new(content, start, 8, 8);
        unsized.Begin();
        byte[] prefix = unsized.Read(Name, start, 16);
        HeaderReader reader = new(unsized, Name, start, prefix);
        reader.Skip(Signature.Length);
        return reader.Version(0, 3) < 2 ? ReadOld(content, start, prefix) : ReadNew(content, start, prefix);
    }

    private static Superblock ReadOld(FlatFile content, long start, byte[] prefix)
    {
        int version = prefix[8];
        HeaderFile file = Sized(content, start, prefix[13], prefix[14]);
        int length = (version == 0 ? 24 : 28) + (5 * file.OffsetSize) + file.LengthSize + 24;
        HeaderReader reader = new(file, Name, start, file.Read(Name, start, length));
        reader.Skip(version == 0 ? 24 : 28);
        ulong storedBase = reader.Number(file.OffsetSize);
        reader.Skip(file.OffsetSize); // free space
        RequireWhole(ref reader, storedBase);
        if (reader.Address() != HeaderFile.Undefined)
        {
            throw reader.Damaged("the file is one of several (a driver information block): not supported.");
        }

        reader.Skip(file.LengthSize); // of the name in the root group's symbol table entry
        return new Superblock(file, version, reader.Address());
    }

    private static Superblock ReadNew(FlatFile content, long start, byte[] prefix)
    {
        HeaderFile file = Sized(content, start, prefix[9], prefix[10]);
        HeaderReader reader = new(file, Name, start, file.ReadChecked(Name, start, 12 + (4 * file.OffsetSize) + 4));
        reader.Skip(12);
        ulong storedBase = reader.Number(file.OffsetSize);
        long extension = reader.Address();
        RequireWhole(ref reader, storedBase);
        long root = reader.Address();
        if (extension != HeaderFile.Undefined &&
            ObjectHeader.Read(file, extension).Find(MessageType.DriverInfo) is HeaderMessage driver)
        {
            throw file.Damaged("the superblock's extension", driver.Offset, "the file is one of several (driver information): not supported.");
        }

        return new Superblock(file, prefix[8], root);
    }

    /// <summary>Compares the file's length with the one it had when it was closed.</summary>
    /// <param name="reader">Stands at the end of file address.</param>
    /// <param name="storedBase">The base address. A program that puts a user block before a file leaves it as it was, and so
    /// it is only good for telling how far the end has moved.</param>
    private static void RequireWhole(ref HeaderReader reader, ulong storedBase)
    {
        HeaderFile file = reader.File;
        Int128 end = (Int128)reader.Number(file.OffsetSize) + file.Start - storedBase;
        if (end > file.Content.Length)
        {
            throw reader.Damaged($"the file should have {end} bytes, but has {file.Content.Length}: is it truncated?");
        }
    }

    private static long Find(FlatFile content)
    {
        Span<byte> found = stackalloc byte[8];
        foreach (long place in Places.Where(place => place <= content.Length - Signature.Length))
        {
            content.Read(found, place, Name);
            if (found.SequenceEqual(Signature))
            {
                return place;
            }
        }

        throw content.Damaged("no HDF5 file: its signature is not where it could be.");
    }

    private static HeaderFile Sized(FlatFile content, long start, int offsetSize, int lengthSize)
    {
        if (offsetSize is not (2 or 4 or 8) || lengthSize is not (2 or 4 or 8))
        {
            throw content.Damaged($"{Name} at byte {start}: addresses of {offsetSize} and lengths of {lengthSize} bytes; expected 2, 4 or 8.");
        }

        HeaderFile file = new(content, start, offsetSize, lengthSize);
        file.Begin();
        return file;
    }
}
