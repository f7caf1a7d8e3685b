using System.Collections;
using System.Globalization;
using ScrollSeg.Volumes.Storage;

namespace ScrollSeg.Volumes.Conversion;

/// <summary>Which chunks (or shards) of a conversion to Zarr are written, so that one that was killed goes on with the others.
/// A bit in memory for each. Thread-safe.</summary>
public sealed class ConversionJournal : IDisposable
{
    private readonly BitArray[] _done;
    private readonly Shape3[] _counts;
    private readonly ObjectJournal _journal;
    private readonly Lock _lock = new();

    /// <summary>Opens the journal of a conversion, or begins one.</summary>
    /// <param name="path">The file; its folder exists.</param>
    /// <param name="plan">What is converted, the same as when it was begun.</param>
    /// <exception cref="IOException">Another process works on the same conversion.</exception>
    public ConversionJournal(string path, ConversionPlan plan)
    {
        _counts = [.. plan.LevelShapes.Select(shape => plan.Spec.ForShape(shape).Objects.Count)];
        if (_counts.Max(count => count.VoxelCount) > int.MaxValue)
        {
            throw new ArgumentException($"{_counts[0].VoxelCount} chunks are more than can be counted: give larger --chunk.", nameof(plan));
        }

        _done = [.. _counts.Select(count => new BitArray((int)count.VoxelCount))];
        _journal = ObjectJournal.Open(path, Replay);
    }

    /// <summary>Whether an object was written, or holds nothing but the fill value.</summary>
    public bool Has(int level, (int Z, int Y, int X) index)
    {
        lock (_lock)
        {
            return _done[level][NumberOf(level, index)];
        }
    }

    /// <summary>Notes an object that is on the disk.</summary>
    public void Add(int level, (int Z, int Y, int X) index, StoredObject? written)
    {
        int number = NumberOf(level, index);
        _journal.Add(new StoredObject(string.Create(CultureInfo.InvariantCulture, $"{level}:{number}"), written?.Bytes ?? 0, written?.Sha256 ?? ""));
        lock (_lock)
        {
            _done[level][number] = true;
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _journal.Dispose();

    private int NumberOf(int level, (int Z, int Y, int X) index) => (((index.Z * _counts[level].Y) + index.Y) * _counts[level].X) + index.X;

    private void Replay(StoredObject done)
    {
        string[] parts = done.Key.Split(':');
        if (parts.Length == 2 &&
            int.TryParse(parts[0], NumberStyles.None, CultureInfo.InvariantCulture, out int level) && level < _done.Length &&
            int.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out int number) && number < _done[level].Length)
        {
            _done[level][number] = true;
        }
    }
}
