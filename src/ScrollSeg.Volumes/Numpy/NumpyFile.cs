using System.Buffers.Binary;
using System.IO.Compression;
using ScrollSeg.Volumes.Raw;
using ScrollSeg.Volumes.Storage;
using ScrollSeg.Volumes.Storage.Zip;

namespace ScrollSeg.Volumes.Numpy;

/// <summary>Arrays of NumPy: <c>.npy</c>, and <c>.npz</c>, a zip of such with the array's name behind the file's.</summary>
internal static class NumpyFile
{
    private const string ZipExtension = ".npz";
    private const string ArrayExtension = ".npy";

    /// <summary>Whether a path names an <c>.npz</c>, or an array in one.</summary>
    public static bool IsZip(string path) => ZipOf(path) is not null;

    /// <summary>Reads the header of an <c>.npy</c>.</summary>
    public static FlatHeader Read(string path)
    {
        using FlatFile file = new(path);
        NpyHeader header = NpyHeader.Parse(path, file.Start(NpyHeader.ReadAtMost));
        return new FlatHeader(path, FormatOf("NPY", header), path, header.Layout);
    }

    /// <summary>Reads the header of an array in an <c>.npz</c>.</summary>
    /// <exception cref="VolumeFormatException">The zip is damaged, or holds none or several volumes.</exception>
    public static async Task<FlatHeader> ReadZipAsync(string path, ReaderOptions options, CancellationToken ct)
    {
        (string zip, string name) = ZipOf(path)!.Value;
        FolderStore folder = new(Path.GetDirectoryName(zip)!, options.Files, options.Backoff);
        Dictionary<string, ZipEntry> entries = await ZipDirectory.ReadAsync(folder, Path.GetFileName(zip), ct)
            ?? throw new FileNotFoundException($"{zip}: there is no such file.", zip);
        using FlatFile file = new(zip);
        if (name.Length > 0)
        {
            ZipEntry named = entries.GetValueOrDefault(name + ArrayExtension) ?? entries.GetValueOrDefault(name)
                ?? throw file.Damaged($"there is no array '{name}' in it; it holds {string.Join(", ", entries.Keys.Take(12))}.");
            return HeaderOf(file, named);
        }

        ZipEntry[] arrays = [.. entries.Values.Where(entry => entry.Name.EndsWith(ArrayExtension, StringComparison.Ordinal))];
        FlatHeader[] volumes = arrays.Length == 1 ? [HeaderOf(file, arrays[0])] : [.. Volumes(file, arrays)];
        return volumes.Length == 1
            ? volumes[0]
            : throw file.Damaged(
                $"it holds {volumes.Length} arrays of three dimensions; name one behind the file: {string.Join(", ", arrays.Take(12).Select(entry => $"{zip}/{entry.Name[..^ArrayExtension.Length]}"))}.");
    }

    private static IEnumerable<FlatHeader> Volumes(FlatFile file, IEnumerable<ZipEntry> arrays)
    {
        foreach (ZipEntry entry in arrays)
        {
            FlatHeader? header = null;
            try
            {
                header = HeaderOf(file, entry);
            }
            catch (VolumeFormatException)
            {
                // an array of text beside the volume is no reason to refuse the volume
            }

            if (header?.Layout.Shape is { Z: > 1, Y: > 1, X: > 1 })
            {
                yield return header;
            }
        }
    }

    private static (string Zip, string Name)? ZipOf(string path)
    {
        string full = Path.TrimEndingDirectorySeparator(Path.GetFullPath(path));
        for (string? zip = full; zip is not null; zip = Path.GetDirectoryName(zip))
        {
            if (zip.EndsWith(ZipExtension, StringComparison.OrdinalIgnoreCase) && File.Exists(zip))
            {
                return (zip, full[zip.Length..].Trim(Path.DirectorySeparatorChar).Replace(Path.DirectorySeparatorChar, '/'));
            }
        }

        return null;
    }

    private static FlatHeader HeaderOf(FlatFile file, ZipEntry entry)
    {
        string path = $"{file.Path}/{entry.Name}";
        if (entry.IsEncrypted || entry.Method is not (ZipEntry.StoredMethod or ZipEntry.DeflateMethod))
        {
            throw new VolumeFormatException(path, $"it is {(entry.IsEncrypted ? "encrypted" : $"compressed by method {entry.Method}")}: not supported.");
        }

        long content = ContentOf(file, entry);
        bool isStored = entry.Method == ZipEntry.StoredMethod;
        NpyHeader header = NpyHeader.Parse(path, isStored ? Stored(file, entry, content) : Inflated(file, path, content));
        FlatLayout layout = header.Layout;
        if (layout.Offset + layout.ByteCount != entry.Length)
        {
            throw new VolumeFormatException(path, $"{layout.Shape} {layout.Type.NumpyName()} behind a header take {layout.Offset + layout.ByteCount} bytes; the entry has {entry.Length}.");
        }

        if (isStored)
        {
            return new FlatHeader(path, FormatOf("NPZ", header), file.Path, layout with { Offset = content + layout.Offset });
        }

        return layout.IsColumnMajor
            ? throw new VolumeFormatException(path, "a compressed array in Fortran order is not supported; store it with numpy.savez.")
            : new FlatHeader(path, FormatOf("NPZ", header), file.Path, layout)
            {
                Coding = FlatCoding.Deflate,
                CodedFrom = content,
                PassOver = layout.Offset,
                Crc32 = entry.Crc32,
            };
    }

    /// <summary>Where an entry's bytes begin: behind its own header, whose names may differ in length from the directory's.</summary>
    private static long ContentOf(FlatFile file, ZipEntry entry)
    {
        Span<byte> local = stackalloc byte[ZipDirectory.LocalHeaderLength];
        file.Read(local, entry.HeaderOffset, $"the header of {entry.Name}");
        if (!local.StartsWith("PK\x03\x04"u8))
        {
            throw file.Damaged($"the header of {entry.Name} at byte {entry.HeaderOffset} does not begin with PK 3 4.");
        }

        long content = entry.HeaderOffset + local.Length + BinaryPrimitives.ReadUInt16LittleEndian(local[26..]) + BinaryPrimitives.ReadUInt16LittleEndian(local[28..]);
        return content <= entry.End - entry.StoredLength
            ? content
            : throw file.Damaged($"{entry.Name} has {entry.StoredLength} bytes from byte {content} on, beyond the next entry at {entry.End}.");
    }

    private static byte[] Stored(FlatFile file, ZipEntry entry, long content)
    {
        byte[] start = new byte[Math.Min(entry.StoredLength, NpyHeader.ReadAtMost)];
        file.Read(start, content, entry.Name);
        return start;
    }

    private static byte[] Inflated(FlatFile file, string path, long content)
    {
        byte[] start = new byte[NpyHeader.ReadAtMost];
        try
        {
            using FileStream stream = new(file.Path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            stream.Position = content;
            using DeflateStream inflate = new(stream, CompressionMode.Decompress);
            return start[..inflate.ReadAtLeast(start, start.Length, throwOnEndOfStream: false)];
        }
        catch (InvalidDataException e)
        {
            throw new VolumeFormatException(path, $"the deflated data are damaged: {e.Message.TrimEnd('.')}.", e);
        }
    }

    private static string FormatOf(string name, NpyHeader header) => header.Layout.IsColumnMajor ? $"{name} (Fortran order)" : name;
}
