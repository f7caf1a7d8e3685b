using System.Buffers;

namespace ScrollSeg.Volumes.Hdf5;

/// <summary>The filters of a dataset, one after the other. Thread-safe.</summary>
internal sealed class Hdf5Pipeline
{
    /// <summary>What a chunk may gain between two filters: checksums, and the blocks' lengths of a compressor.</summary>
    private const int Slack = 4096;

    private readonly IReadOnlyList<Hdf5FilterUse> _uses;
    private readonly Hdf5Filter[] _filters;
    private readonly int _chunkBytes;

    /// <param name="uses">The filters in the order in which they encode.</param>
    /// <param name="chunkBytes">Bytes of a decoded chunk.</param>
    /// <exception cref="NotSupportedException">One of them is not read.</exception>
    public Hdf5Pipeline(IReadOnlyList<Hdf5FilterUse> uses, int chunkBytes)
    {
        (_uses, _chunkBytes) = (uses, chunkBytes);
        _filters = [.. uses.Select(use => Hdf5Filter.All.FirstOrDefault(filter => filter.Id == use.Id)
            ?? throw new NotSupportedException($"the filter {Hdf5Filter.NameOfUnknown(use)} is not supported."))];
    }

    /// <summary>The filters in words.</summary>
    public string Description => _uses.Count == 0 ? "none" : string.Join(" + ", _uses.Select(Hdf5Filter.Describe));

    /// <summary>Decodes a chunk.</summary>
    /// <param name="stored">The bytes as stored.</param>
    /// <param name="skipped">The filters it was stored without, a bit each.</param>
    /// <param name="chunk">Receives it; as long as a chunk is.</param>
    /// <exception cref="InvalidDataException">The bytes are damaged.</exception>
    public void Decode(ReadOnlySpan<byte> stored, uint skipped, Span<byte> chunk)
    {
        int room = checked(_chunkBytes + (_chunkBytes / 8) + Slack);
        byte[]?[] rented = new byte[]?[2];
        try
        {
            ReadOnlySpan<byte> current = stored;
            int turn = 0;
            for (int i = _filters.Length - 1; i >= 0; i--)
            {
                if ((skipped & (1u << i)) != 0)
                {
                    continue;
                }

                byte[] target = rented[turn] ??= ArrayPool<byte>.Shared.Rent(i == 0 ? _chunkBytes : room);
                Span<byte> decoded = i == 0 ? chunk : target.AsSpan(0, Math.Min(target.Length, room));
                int length = _filters[i].Decode(current, decoded, _uses[i].Parameters);
                current = decoded[..length];
                turn = 1 - turn;
            }

            if (current.Length != _chunkBytes)
            {
                throw new InvalidDataException($"it decodes to {current.Length} bytes, expected {_chunkBytes}.");
            }

            if (!current.Overlaps(chunk))
            {
                current.CopyTo(chunk);
            }
        }
        finally
        {
            foreach (byte[]? buffer in rented)
            {
                if (buffer is not null)
                {
                    ArrayPool<byte>.Shared.Return(buffer);
                }
            }
        }
    }
}
