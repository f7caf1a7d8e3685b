using System.Numerics;
using System.Runtime.InteropServices;
using ScrollSeg.Segmentation.Linking;
using ScrollSeg.Volumes;

namespace ScrollSeg.Segmentation.Metrics.Objects;

/// <summary>Fills an <see cref="ObjectTable"/> from slabs along z. For components it holds a number per component of a slab and a
/// count per pair of them that meets, and nothing for voxels.</summary>
/// <param name="source">What is an object.</param>
internal sealed class ObjectCounter(ObjectSource source) : IDisposable
{
    private readonly StreamedComponents _predictions = new(Connectivity.TwentySix);
    private readonly StreamedComponents _truths = new(Connectivity.TwentySix);
    private readonly Dictionary<(ulong Prediction, ulong Truth), long> _cells = [];

    /// <summary>Takes in the next slab: its masks, and the values that they came from.</summary>
    public void Add(BitVolume prediction, BitVolume truth, LabelBlock block)
    {
        if (source == ObjectSource.Components)
        {
            Parallel.Invoke(() => _predictions.Add(prediction), () => _truths.Add(truth));
        }

        for (int z = 0; z < prediction.Shape.Z; z++)
        {
            for (int y = 0; y < prediction.Shape.Y; y++)
            {
                if (source == ObjectSource.Components)
                {
                    AddRuns(z, y);
                }
                else
                {
                    AddLabels(block, z, y);
                }
            }
        }
    }

    /// <summary>The table, once all slabs are in.</summary>
    public ObjectTable Finish() => new(_cells.Select(cell =>
        ((Final(_predictions, cell.Key.Prediction), Final(_truths, cell.Key.Truth)), cell.Value)));

    /// <summary>26-connected components of the prediction and of the truth.</summary>
    public (long Prediction, long Truth) Components => (Roots(_predictions), Roots(_truths));

    /// <inheritdoc/>
    public void Dispose()
    {
        _predictions.Dispose();
        _truths.Dispose();
    }

    private static long Roots(StreamedComponents components)
    {
        long roots = 0;
        for (int id = 0; id < components.Count; id++)
        {
            roots += components.RootOf(id) == id ? 1 : 0;
        }

        return roots;
    }

    private ulong Final(StreamedComponents components, ulong id) =>
        id == 0 || source == ObjectSource.Labels ? id : (ulong)components.RootOf((int)(id - 1)) + 1;

    /// <summary>Goes through the runs of both rows from edge to edge.</summary>
    private void AddRuns(int z, int y)
    {
        (int p, int pEnd) = _predictions.Slab.RunsOf(z, y);
        (int t, int tEnd) = _truths.Slab.RunsOf(z, y);
        int x = 0;
        while (p < pEnd || t < tEnd)
        {
            (bool isInP, int pEdge) = At(_predictions.Slab, p, pEnd, x);
            (bool isInT, int tEdge) = At(_truths.Slab, t, tEnd, x);
            int next = Math.Min(pEdge, tEdge);
            if (isInP || isInT)
            {
                Count((isInP ? (ulong)_predictions.IdOf(p) + 1 : 0, isInT ? (ulong)_truths.IdOf(t) + 1 : 0), next - x);
            }

            p += isInP && next == pEdge ? 1 : 0;
            t += isInT && next == tEdge ? 1 : 0;
            x = next;
        }
    }

    /// <summary>Whether a place is in a run that is the next to end, and where that changes.</summary>
    private static (bool IsIn, int Edge) At(RunLabels labels, int run, int end, int x) => run == end
        ? (false, int.MaxValue)
        : labels.Starts[run] <= x ? (true, labels.Ends[run]) : (false, labels.Starts[run]);

    private void AddLabels(LabelBlock block, int z, int y)
    {
        int width = block.Box.Shape.X;
        for (int x = 0; x < width;)
        {
            (ulong, ulong) pair = PairAt(x);
            int start = x++;
            while (x < width && PairAt(x) == pair)
            {
                x++;
            }

            if (pair != (0, 0))
            {
                Count(pair, x - start);
            }
        }

        (ulong, ulong) PairAt(int x) => (
            block.Prediction.Row(z, y)[x] == 0 ? 0 : LabelAt(block.PredictionValues, z, y, x),
            block.Truth.Row(z, y)[x] == 0 ? 0 : LabelAt(block.TruthValues, z, y, x));
    }

    private static ulong LabelAt(VoxelBuffer labels, int z, int y, int x)
    {
        Span<byte> row = labels.Row(z, y);
        return labels.Type switch
        {
            VoxelType.UInt8 or VoxelType.Bool or VoxelType.Int8 => row[x],
            VoxelType.UInt16 or VoxelType.Int16 => Value<ushort>(row, x),
            VoxelType.UInt32 or VoxelType.Int32 => Value<uint>(row, x),
            _ => Value<ulong>(row, x),
        };
    }

    private static ulong Value<T>(Span<byte> row, int x)
        where T : unmanaged, IBinaryInteger<T> => ulong.CreateTruncating(MemoryMarshal.Cast<byte, T>(row)[x]);

    private void Count((ulong, ulong) pair, int voxels) =>
        CollectionsMarshal.GetValueRefOrAddDefault(_cells, pair, out _) += voxels;
}
