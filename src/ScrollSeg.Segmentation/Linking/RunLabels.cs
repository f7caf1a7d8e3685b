using System.Numerics;
using ScrollSeg.Volumes;

namespace ScrollSeg.Segmentation.Linking;

/// <summary>
/// The connected components of one block of voxels, as runs: maximal stretches of a row. Two rows are compared run by run, so
/// the work grows with the runs and not with the voxels. Numbers go from 0 in the order of an object's first voxel.
/// </summary>
/// <remarks>Reused for one block after another; 12 bytes per run and a word per row are kept between them.</remarks>
internal sealed class RunLabels : IDisposable
{
    private readonly NativeList<int> _starts = new("runs in one unit");
    private readonly NativeList<int> _ends = new("runs in one unit");
    private readonly NativeList<int> _parents = new("runs in one unit"); // while labelling; then the objects' numbers
    private readonly NativeList<int> _rows = new("rows in one unit");     // index of the first run of each row, and the end
    private Shape3 _shape;

    /// <summary>Objects in the block.</summary>
    public int Count { get; private set; }

    /// <summary>Runs in the block.</summary>
    public int RunCount => _starts.Count;

    /// <summary>The runs of a row, as indices from first up to, and not including, end.</summary>
    public (int First, int End) RunsOf(int z, int y)
    {
        int row = (z * _shape.Y) + y;
        return (_rows.Items[row], _rows.Items[row + 1]);
    }

    /// <summary>First voxels of the runs, along x.</summary>
    public ReadOnlySpan<int> Starts => _starts.Items;

    /// <summary>The voxels behind the runs, along x.</summary>
    public ReadOnlySpan<int> Ends => _ends.Items;

    /// <summary>The objects that the runs belong to.</summary>
    public ReadOnlySpan<int> Objects => _parents.Items;

    /// <summary>Finds the components of a block.</summary>
    public void Label(BitVolume bits, Connectivity connectivity)
    {
        _shape = bits.Shape;
        _starts.Resize(0);
        _ends.Resize(0);
        _parents.Resize(0);
        _rows.Resize(((long)_shape.Z * _shape.Y) + 1);
        for (int z = 0; z < _shape.Z; z++)
        {
            for (int y = 0; y < _shape.Y; y++)
            {
                _rows.Items[(z * _shape.Y) + y] = _starts.Count;
                AddRuns(bits.Row(z, y));
                _rows.Items[(z * _shape.Y) + y + 1] = _starts.Count;
                Connect(z, y, connectivity);
            }
        }

        NumberObjects();
    }

    /// <summary>The object at a voxel, from 1; 0 where there is none.</summary>
    public int NumberAt(int z, int y, int x)
    {
        (int first, int end) = RunsOf(z, y);
        ReadOnlySpan<int> ends = Ends[first..end];
        int found = ends.BinarySearch(x + 1); // the first run that ends behind x
        int run = first + (found < 0 ? ~found : found);
        return run < end && Starts[run] <= x ? Objects[run] + 1 : 0;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _starts.Dispose();
        _ends.Dispose();
        _parents.Dispose();
        _rows.Dispose();
    }

    /// <summary>Where a bit differs from the one before, a run begins or ends.</summary>
    private void AddRuns(ReadOnlySpan<ulong> row)
    {
        ulong before = 0;
        bool isInside = false;
        for (int word = 0; word < row.Length; word++)
        {
            ulong bits = row[word];
            ulong changes = bits ^ ((bits << 1) | before);
            before = bits >> 63;
            for (; changes != 0; changes &= changes - 1)
            {
                AddEdge((word * 64) + BitOperations.TrailingZeroCount(changes), ref isInside);
            }
        }

        if (isInside)
        {
            AddEdge(_shape.X, ref isInside); // the row fills its last word
        }
    }

    private void AddEdge(int x, ref bool isInside)
    {
        if (isInside)
        {
            _ends.Add(x);
        }
        else
        {
            _parents.Add(_starts.Count);
            _starts.Add(x);
        }

        isInside = !isInside;
    }

    private void Connect(int z, int y, Connectivity connectivity)
    {
        int reach = connectivity == Connectivity.Six ? 0 : 1;
        if (y > 0)
        {
            ConnectRows(z, y, z, y - 1, reach);
        }

        if (z > 0)
        {
            for (int other = Math.Max(0, y - reach); other <= Math.Min(_shape.Y - 1, y + reach); other++)
            {
                ConnectRows(z, y, z - 1, other, reach);
            }
        }
    }

    private void ConnectRows(int z, int y, int otherZ, int otherY, int reach)
    {
        ReadOnlySpan<int> starts = Starts;
        ReadOnlySpan<int> ends = Ends;
        Span<int> parents = _parents.Items;
        (int here, int hereEnd) = RunsOf(z, y);
        (int there, int thereEnd) = RunsOf(otherZ, otherY);
        while (here < hereEnd && there < thereEnd)
        {
            if (starts[here] < ends[there] + reach && starts[there] < ends[here] + reach)
            {
                DisjointSets.Unite(parents, here, there);
            }

            if (ends[here] < ends[there])
            {
                here++;
            }
            else
            {
                there++;
            }
        }
    }

    /// <summary>A parent comes before its runs, and so has its number already.</summary>
    private void NumberObjects()
    {
        Span<int> parents = _parents.Items;
        Count = 0;
        for (int run = 0; run < parents.Length; run++)
        {
            parents[run] = parents[run] == run ? Count++ : parents[parents[run]];
        }
    }
}
