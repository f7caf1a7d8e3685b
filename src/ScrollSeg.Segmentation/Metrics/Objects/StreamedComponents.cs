using ScrollSeg.Segmentation.Linking;
using ScrollSeg.Volumes;

namespace ScrollSeg.Segmentation.Metrics.Objects;

/// <summary>The connected components of a mask that comes as slabs along z, one after the other. Holds a number per component of a
/// slab and the runs of one plane.</summary>
internal sealed class StreamedComponents(Connectivity connectivity) : IDisposable
{
    private readonly NativeList<int> _parents = new("components in all slabs");
    private List<(int Start, int End, int Id)>[] _lastPlane = [];
    private int _offset;

    /// <summary>The slab that came last.</summary>
    public RunLabels Slab { get; } = new();

    /// <summary>Numbers given so far; several may be one component.</summary>
    public int Count => _parents.Count;

    /// <summary>The number of a run of the slab that came last; see <see cref="RootOf"/>.</summary>
    public int IdOf(int run) => _offset + Slab.Objects[run];

    /// <summary>The smallest number that a component has; final once all slabs are in.</summary>
    public int RootOf(int id) => DisjointSets.Find(_parents.Items, id);

    /// <summary>Takes in the next slab.</summary>
    public void Add(BitVolume bits)
    {
        Slab.Label(bits, connectivity);
        _offset = _parents.Count;
        for (int i = 0; i < Slab.Count; i++)
        {
            _parents.Add(_offset + i);
        }

        int reach = connectivity == Connectivity.Six ? 0 : 1;
        for (int y = 0; y < _lastPlane.Length; y++)
        {
            for (int other = Math.Max(0, y - reach); other <= Math.Min(_lastPlane.Length - 1, y + reach); other++)
            {
                Join(y, _lastPlane[other], reach);
            }
        }

        KeepLastPlane(bits.Shape);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _parents.Dispose();
        Slab.Dispose();
    }

    private void Join(int y, List<(int Start, int End, int Id)> before, int reach)
    {
        (int run, int end) = Slab.RunsOf(0, y);
        int there = 0;
        while (run < end && there < before.Count)
        {
            if (Slab.Starts[run] < before[there].End + reach && before[there].Start < Slab.Ends[run] + reach)
            {
                DisjointSets.Unite(_parents.Items, IdOf(run), before[there].Id);
            }

            if (Slab.Ends[run] < before[there].End)
            {
                run++;
            }
            else
            {
                there++;
            }
        }
    }

    private void KeepLastPlane(Shape3 shape)
    {
        if (_lastPlane.Length == 0)
        {
            _lastPlane = [.. Enumerable.Range(0, shape.Y).Select(_ => new List<(int, int, int)>())];
        }

        for (int y = 0; y < shape.Y; y++)
        {
            _lastPlane[y].Clear();
            (int first, int end) = Slab.RunsOf(shape.Z - 1, y);
            for (int run = first; run < end; run++)
            {
                _lastPlane[y].Add((Slab.Starts[run], Slab.Ends[run], IdOf(run)));
            }
        }
    }
}
