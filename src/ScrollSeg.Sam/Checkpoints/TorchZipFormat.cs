namespace ScrollSeg.Sam.Checkpoints;

/// <summary>
/// What <c>torch.save</c> writes since PyTorch 1.6: a zip archive with one pickle, <c>NAME/data.pkl</c>, and one entry
/// per storage, <c>NAME/data/KEY</c>.
/// </summary>
internal static class TorchZipFormat
{
    private const string PickleName = "data.pkl";
    private const long MaxPickleBytes = 64 << 20;

    /// <summary>Reads the pickle and finds each tensor's bytes.</summary>
    public static TensorIndex ReadIndex(FileBytes file)
    {
        Dictionary<string, ZipEntry> entries = ZipDirectory.Read(file);
        string[] pickles = [.. entries.Keys.Where(name => name == PickleName || name.EndsWith("/" + PickleName, StringComparison.Ordinal))];
        string folder = pickles is [string pickle]
            ? pickle[..^PickleName.Length]
            : throw file.Wrong($"is a zip archive with {pickles.Length} entries {PickleName}, where torch.save writes one.");
        if (entries.ContainsKey(folder + "constants.pkl"))
        {
            throw file.Wrong("is a TorchScript program, not a checkpoint; save model.state_dict() instead.");
        }

        CheckByteOrder(file, entries, folder);
        ZipEntry entry = entries[pickle];
        object? root = new PickleReader(file.Piece(entry.Offset, entry.Length, MaxPickleBytes, pickle), file).Read();
        return PickledStateDict.Index(root, storage => OffsetOf(storage, file, entries, folder), file);
    }

    private static long OffsetOf(PickleStorage storage, FileBytes file, Dictionary<string, ZipEntry> entries, string folder)
    {
        string name = $"{folder}data/{storage.Key}";
        if (!entries.TryGetValue(name, out ZipEntry entry))
        {
            throw file.Wrong($"has no entry {name}, to which a tensor refers.");
        }

        Int128 expected = (Int128)storage.Count * storage.Type.ByteSize();
        return entry.Length == expected
            ? entry.Offset
            : throw file.Wrong($"has {entry.Length} bytes in {name}, where {storage.Count} elements of {storage.Type} need {expected}.");
    }

    private static void CheckByteOrder(FileBytes file, Dictionary<string, ZipEntry> entries, string folder)
    {
        if (entries.TryGetValue(folder + "byteorder", out ZipEntry entry)
            && !file.Piece(entry.Offset, entry.Length, 16, "the byte order").AsSpan().SequenceEqual("little"u8))
        {
            throw file.Wrong("was saved on a big-endian machine; save it again on a little-endian one.");
        }
    }
}
