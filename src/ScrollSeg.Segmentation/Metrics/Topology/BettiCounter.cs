using ScrollSeg.Segmentation.Linking;
using ScrollSeg.Segmentation.Metrics.Objects;
using ScrollSeg.Volumes;

namespace ScrollSeg.Segmentation.Metrics.Topology;

/// <summary>Betti numbers of a mask that comes as slabs along z. Components and cavities are counted; the tunnels follow from the
/// Euler characteristic, which is a sum over voxels.</summary>
internal sealed class BettiCounter : IDisposable
{
    private readonly StreamedComponents _background = new(Connectivity.Six);
    private readonly EulerCounter _euler = new();
    private readonly HashSet<int> _open = []; // numbers of background that reaches the border
    private readonly HashSet<int> _lastPlane = []; // numbers in what may turn out to be the border
    private int _planes;
    private Shape3 _shape;
    private BitVolume? _complement;

    /// <summary>Takes in the next slab.</summary>
    public void Add(BitVolume bits)
    {
        _shape = bits.Shape;
        if (_complement?.Shape != bits.Shape)
        {
            _complement?.Dispose();
            _complement = new BitVolume(bits.Shape);
        }

        _complement.FillComplement(bits);
        _background.Add(_complement);
        _euler.Add(bits);
        for (int z = 0; z < bits.Shape.Z; z++)
        {
            MarkOpen(z, isFirst: _planes + z == 0, isLastOfSlab: z == bits.Shape.Z - 1);
        }

        _planes += bits.Shape.Z;
    }

    /// <summary>The numbers, once all slabs are in.</summary>
    /// <param name="components">26-connected components, which the caller has counted.</param>
    public BettiNumbers Finish(long components)
    {
        HashSet<int> open = [.. _open.Concat(_lastPlane).Select(_background.RootOf)];
        long cavities = 0;
        for (int id = 0; id < _background.Count; id++)
        {
            cavities += _background.RootOf(id) == id && !open.Contains(id) ? 1 : 0;
        }

        return new(components, components + cavities - _euler.Finish(_shape.X), cavities);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _background.Dispose();
        _complement?.Dispose();
    }

    private void MarkOpen(int z, bool isFirst, bool isLastOfSlab)
    {
        if (isLastOfSlab)
        {
            _lastPlane.Clear();
        }

        for (int y = 0; y < _shape.Y; y++)
        {
            bool isEdge = isFirst || y == 0 || y == _shape.Y - 1;
            (int first, int end) = _background.Slab.RunsOf(z, y);
            for (int run = first; run < end; run++)
            {
                if (isEdge || _background.Slab.Starts[run] == 0 || _background.Slab.Ends[run] == _shape.X)
                {
                    _open.Add(_background.IdOf(run));
                }

                if (isLastOfSlab)
                {
                    _lastPlane.Add(_background.IdOf(run));
                }
            }
        }
    }
}
