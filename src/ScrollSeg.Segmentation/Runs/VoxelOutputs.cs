using System.Collections.Concurrent;
using System.Numerics;
using ScrollSeg.Volumes;
using ScrollSeg.Volumes.Storage;
using ScrollSeg.Volumes.Zarr;

namespace ScrollSeg.Segmentation.Runs;

/// <summary>The arrays that a stage fills chunk by chunk: probability, mask, uncertainty, or some of them.</summary>
/// <param name="Probability">Receives the probability; <see langword="null"/> if it is not wanted.</param>
/// <param name="Mask">Receives the mask; <see langword="null"/> if it is not wanted.</param>
/// <param name="Uncertainty">Receives the spread; <see langword="null"/> if it is not wanted.</param>
internal sealed record VoxelOutputs(OutputArray? Probability, OutputArray? Mask, OutputArray? Uncertainty)
{
    /// <summary>Writes a chunk of each.</summary>
    /// <param name="index">Its position in the grid of chunks.</param>
    /// <param name="levels">The probability; becomes the mask.</param>
    /// <param name="spread">The uncertainty, where it is wanted.</param>
    /// <param name="firstForeground">The smallest grey level that is foreground.</param>
    /// <param name="objects">Receives what was written.</param>
    /// <returns>Voxels of the mask.</returns>
    public long WriteChunk(
        (int Z, int Y, int X) index, VoxelBuffer levels, VoxelBuffer? spread, int firstForeground, ConcurrentBag<StoredObject> objects)
    {
        Write(Probability, index, levels, objects);
        if (spread is not null)
        {
            Write(Uncertainty, index, spread, objects);
        }

        TakeMask(levels.Bytes, firstForeground);
        Write(Mask, index, levels, objects);
        return levels.Bytes.Count((byte)1);
    }

    private static void Write(OutputArray? array, (int Z, int Y, int X) index, VoxelBuffer chunk, ConcurrentBag<StoredObject> objects)
    {
        if (array is not null)
        {
            StoredObject written = array.Writer.WriteChunk(index, chunk) ?? StoredObject.Absent(array.Writer.KeyOf(index));
            objects.Add(written with { Key = $"{array.Path}/{written.Key}" });
        }
    }

    /// <summary>Grey levels to 0 and 1, in place: the mask is taken from what was stored.</summary>
    private static void TakeMask(Span<byte> levels, int firstForeground)
    {
        if (firstForeground > byte.MaxValue)
        {
            levels.Clear();
            return;
        }

        Vector<byte> least = new((byte)firstForeground);
        int i = 0;
        for (; i + Vector<byte>.Count <= levels.Length; i += Vector<byte>.Count)
        {
            Vector<byte> level = new(levels[i..]);
            (Vector.GreaterThanOrEqual(level, least) & Vector<byte>.One).CopyTo(levels[i..]);
        }

        for (; i < levels.Length; i++)
        {
            levels[i] = levels[i] >= firstForeground ? (byte)1 : (byte)0;
        }
    }
}

/// <summary>An array of the output.</summary>
/// <param name="Path">Where it lies below the store's root.</param>
/// <param name="Writer">Writes its chunks.</param>
internal sealed record OutputArray(string Path, ZarrArrayWriter Writer);
