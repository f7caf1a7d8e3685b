using System.Runtime.InteropServices;
using ScrollSeg.Volumes;
using ScrollSeg.Volumes.Storage;

namespace ScrollSeg.Segmentation.Linking;

/// <summary>Writes the chunks of a labelled unit, run by run.</summary>
/// <param name="mask">Receives 1 for what stays; <see langword="null"/> if it is not wanted.</param>
/// <param name="instances">Receives the numbers; <see langword="null"/> if they are not wanted.</param>
internal sealed class UnitWriter(LinkOutput? mask, LinkOutput? instances)
{
    /// <summary>Writes the chunks of a unit.</summary>
    /// <param name="unit">Its voxels: whole chunks.</param>
    /// <param name="labels">Its components.</param>
    /// <param name="values">What each of them is in the volume; 0 if it is gone.</param>
    /// <returns>What was written, sorted by key.</returns>
    public List<StoredObject> Write(Box3 unit, RunLabels labels, ReadOnlySpan<uint> values)
    {
        List<StoredObject> written = [];
        foreach (LinkOutput output in new[] { mask, instances }.OfType<LinkOutput>())
        {
            ChunkGrid chunks = output.Writer.Spec.Chunks;
            foreach ((int Z, int Y, int X) index in chunks.Touching(unit))
            {
                Box3 box = chunks.BoxOf(index);
                using VoxelBuffer chunk = VoxelBuffer.Rent(box.Shape, output.Writer.Spec.Type);
                bool hasAny = ReferenceEquals(output, instances)
                    ? Fill(chunk, box.RelativeTo(unit.Start), labels, values, value => value)
                    : Fill<byte>(chunk, box.RelativeTo(unit.Start), labels, values, _ => 1);
                written.Add(output.InStore(index, hasAny ? output.Writer.WriteChunk(index, chunk) : null));
            }
        }

        written.Sort((a, b) => string.CompareOrdinal(a.Key, b.Key));
        return written;
    }

    /// <summary>Fills a chunk; says whether anything is in it.</summary>
    private static bool Fill<T>(VoxelBuffer chunk, Box3 part, RunLabels labels, ReadOnlySpan<uint> values, Func<uint, T> valueOf)
        where T : unmanaged
    {
        bool hasAny = false;
        ReadOnlySpan<int> starts = labels.Starts;
        ReadOnlySpan<int> ends = labels.Ends;
        ReadOnlySpan<int> objects = labels.Objects;
        for (int z = 0; z < part.Shape.Z; z++)
        {
            for (int y = 0; y < part.Shape.Y; y++)
            {
                Span<T> row = MemoryMarshal.Cast<byte, T>(chunk.Row(z, y));
                row.Clear();
                (int first, int end) = labels.RunsOf(part.Start.Z + z, part.Start.Y + y);
                for (int run = first; run < end; run++)
                {
                    int start = Math.Max(0, starts[run] - part.Start.X);
                    int stop = Math.Min(row.Length, ends[run] - part.Start.X);
                    if (start < stop && values[objects[run]] is uint value and not 0)
                    {
                        row[start..stop].Fill(valueOf(value));
                        hasAny = true;
                    }
                }
            }
        }

        return hasAny;
    }
}
