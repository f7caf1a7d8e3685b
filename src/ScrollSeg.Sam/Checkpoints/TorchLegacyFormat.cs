using System.Buffers.Binary;

namespace ScrollSeg.Sam.Checkpoints;

/// <summary>
/// What <c>torch.save</c> wrote before PyTorch 1.6: pickles of a magic number, a version, facts on the machine, the
/// state dict, and the storages' keys; then each storage as an element count and its elements.
/// </summary>
/// <remarks>Source: <c>_legacy_save</c> in torch/serialization.py.</remarks>
internal static class TorchLegacyFormat
{
    /// <summary>The pickle of the magic number 0x1950a86a20f9469cfc6c, and of protocol version 1001.</summary>
    private const int PreambleBytes = 15 + 6;

    /// <summary>Most bytes before the first storage that are believed.</summary>
    private const long MaxPickleBytes = 16 << 20;

    private static readonly byte[] Preamble =
    [
        0x80, 2, 0x8A, 10, 0x6C, 0xFC, 0x9C, 0x46, 0xF9, 0x20, 0x6A, 0xA8, 0x50, 0x19, (byte)'.',
        0x80, 2, (byte)'M', 0xE9, 3, (byte)'.',
    ];

    /// <summary>Reads the pickles and finds each tensor's bytes.</summary>
    public static TensorIndex ReadIndex(FileBytes file)
    {
        int length = (int)Math.Min(file.Length, MaxPickleBytes);
        byte[] start = file.Piece(0, length, MaxPickleBytes, "the pickles");
        if (!start.AsSpan().StartsWith(Preamble))
        {
            throw file.Wrong("starts as a PyTorch file of before 1.6, but is not of its version 1001.");
        }

        PickleReader machine = new(start, file, PreambleBytes);
        if (machine.Read() is not PickleDictionary facts || facts.GetValueOrDefault("little_endian") is not true)
        {
            throw file.Wrong("was saved on a big-endian machine; save it again on a little-endian one.");
        }

        PickleReader state = new(start, file, machine.End);
        object? root = state.Read();
        PickleReader keys = new(start, file, state.End);
        string[] order = keys.Read() is List<object?> list && list.All(key => key is string)
            ? [.. list.Cast<string>()]
            : throw file.Wrong("does not list its storages where they should be listed.");
        return Index(root, order, keys.End, file);
    }

    /// <summary>The storages lie one after the other; how long each element is, only the state dict says.</summary>
    private static TensorIndex Index(object? root, string[] order, long first, FileBytes file)
    {
        Dictionary<string, PickleStorage> used = [];
        PickledStateDict.Index(
            root,
            storage => used.TryAdd(storage.Key, storage) || used[storage.Key] == storage
                ? 0
                : throw file.Wrong($"describes the storage {storage.Key} in two ways."),
            file);

        Dictionary<string, long> offsets = [];
        long offset = first;
        foreach (string key in order)
        {
            if (!used.TryGetValue(key, out PickleStorage? storage))
            {
                throw file.Wrong($"holds a storage {key} beside its state dict; save model.state_dict() alone.");
            }

            long count = BinaryPrimitives.ReadInt64LittleEndian(file.Piece(offset, 8, 8, $"the length of storage {key}"));
            Int128 end = offset + 8 + ((Int128)count * storage.Type.ByteSize());
            if (count != storage.Count || end > file.Length)
            {
                throw file.Wrong($"states {count} elements for storage {key} at byte {offset}, of {storage.Count} that its tensors "
                    + $"expect, in {file.Length} bytes.");
            }

            offsets[key] = offset + 8;
            offset = (long)end;
        }

        return PickledStateDict.Index(
            root,
            storage => offsets.TryGetValue(storage.Key, out long at) ? at : throw file.Wrong($"holds no storage {storage.Key}."),
            file);
    }
}
