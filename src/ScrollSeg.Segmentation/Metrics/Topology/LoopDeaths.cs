using ScrollSeg.Segmentation.Linking;

namespace ScrollSeg.Segmentation.Metrics.Topology;

/// <summary>
/// Which faces end the loops of a mask when the faces that a larger mask lacks are added one by one, in the order of their
/// index. Loops that the larger mask fills already are ended by none.
/// </summary>
/// <remarks>
/// <para>Works on what is not in the mask, by Alexander duality: a loop lives as long as some closed way through the cubes that
/// are still missing is linked with it. A way goes from cube to cube through missing faces; everything outside the volume is one
/// cube. Faces are taken away from the last one on. One that connects two cubes for the first time closes no way; any other closes
/// one, and ends a loop if this way is linked with the mask unlike all ways before.</para>
/// <para>What a way is linked with is the sum of values of its faces: a basis of the first cohomology of the complement, 0
/// on the tree of connecting faces. The values round each missing edge sum to 0, which gives all of them from a few that
/// are free. So the cost grows with the voxels, and only the free values, about as many as there are loops, are
/// reduced as a matrix.</para>
/// </remarks>
internal sealed class LoopDeaths
{
    private const int Unknown = -1;

    private readonly PaddedGrid _grid;
    private readonly byte[] _mask;
    private readonly byte[] _larger;
    private readonly int[] _values;     // by face, 3 * corner + type: index of a vector; 0 for faces of the mask too
    private readonly byte[] _unknown;   // by edge: faces around it whose value is not known yet
    private readonly Stack<int> _ready = new(); // edges with one such face
    private readonly SparseVectors _vectors = new();
    private readonly HashSet<int> _relations = []; // vectors that are 0 in truth
    private int _free;

    private LoopDeaths(PaddedGrid grid, byte[] mask, byte[] larger)
    {
        (_grid, _mask, _larger) = (grid, mask, larger);
        _values = new int[3 * (long)grid.Length];
        _unknown = new byte[3 * (long)grid.Length];
    }

    /// <summary>Finds the faces.</summary>
    /// <param name="grid">The grid of both masks.</param>
    /// <param name="mask">The mask whose loops end.</param>
    /// <param name="larger">A mask that has all voxels of it.</param>
    /// <returns>The faces, as 3 * corner + type, and how many loops the mask has.</returns>
    public static (HashSet<int> Faces, int Loops) Find(PaddedGrid grid, byte[] mask, byte[] larger)
    {
        LoopDeaths search = new(grid, mask, larger);
        search.Connect();
        search.CountUnknown();
        search.Spread();
        return search.Rank();
    }

    /// <summary>The tree gets the value 0, all other missing faces stay unknown.</summary>
    private void Connect()
    {
        int outside = _grid.Length;
        int[] parents = new int[outside + 1];
        int far = _grid.Strides[0] + _grid.Strides[1] + _grid.Strides[2];
        for (int corner = 0; corner < outside; corner++)
        {
            bool isCube = _grid.Inside[corner] != 0 && _grid.Inside[corner + far] != 0;
            parents[corner] = isCube ? corner : 0; // corner 0 is border, and so stands for the outside
        }

        ConnectThrough(parents, (corner, type) => !_grid.HasFace(_larger, corner, type));
        ConnectThrough(parents, (corner, type) => _grid.HasFace(_larger, corner, type) && !_grid.HasFace(_mask, corner, type));
    }

    private void ConnectThrough(int[] parents, Func<int, int, bool> isWanted)
    {
        for (int face = (3 * _grid.Length) - 1; face >= 0; face--)
        {
            (int corner, int type) = (face / 3, face % 3);
            if (!IsInside(corner, type) || !isWanted(corner, type))
            {
                continue;
            }

            int here = DisjointSets.Find(parents, corner);
            int there = DisjointSets.Find(parents, corner - _grid.Strides[type]);
            _values[face] = here == there ? Unknown : 0;
            if (here != there)
            {
                DisjointSets.Unite(parents, here, there);
            }
        }
    }

    private void CountUnknown()
    {
        for (int corner = 0; corner < _grid.Length; corner++)
        {
            for (int type = 0; type < 3; type++)
            {
                if (!IsMissingEdge(corner, type))
                {
                    continue;
                }

                int edge = (3 * corner) + type;
                foreach (int face in Around(corner, type))
                {
                    _unknown[edge] += (byte)(_values[face] == Unknown ? 1 : 0);
                }

                if (_unknown[edge] == 1)
                {
                    _ready.Push(edge);
                }
            }
        }
    }

    /// <summary>Gives every face a value: what the edges demand, and a free one where they demand nothing.</summary>
    private void Spread()
    {
        for (int face = 0; face < _values.Length; face++)
        {
            Follow();
            if (_values[face] == Unknown)
            {
                Set(face, _vectors.IndexOf([_free++]));
            }
        }

        Follow();
    }

    private void Follow()
    {
        while (_ready.TryPop(out int edge))
        {
            if (_unknown[edge] != 1)
            {
                continue;
            }

            foreach (int face in Around(edge / 3, edge % 3))
            {
                if (_values[face] == Unknown)
                {
                    Set(face, SumAround(edge));
                    break;
                }
            }
        }
    }

    private void Set(int face, int value)
    {
        _values[face] = value;
        (int corner, int type) = (face / 3, face % 3);
        foreach (int edge in Border(corner, type))
        {
            if (!IsMissingEdge(edge / 3, edge % 3))
            {
                continue;
            }

            int left = --_unknown[edge];
            if (left == 1)
            {
                _ready.Push(edge);
            }
            else if (left == 0 && SumAround(edge) is int sum and not 0)
            {
                _relations.Add(sum);
            }
        }
    }

    /// <summary>Faces taken away whose way is unlike those before, the last face first.</summary>
    private (HashSet<int> Faces, int Loops) Rank()
    {
        VectorBasis basis = new();
        foreach (int relation in _relations)
        {
            basis.TryAdd(_vectors[relation]);
        }

        int loops = _free - basis.Count;
        HashSet<int> seen = [.. _relations];
        HashSet<int> faces = [];
        for (int face = _values.Length - 1; face >= 0 && basis.Count < _free; face--)
        {
            int value = _values[face];
            if (value != 0 && !_grid.HasFace(_larger, face / 3, face % 3) && seen.Add(value) && basis.TryAdd(_vectors[value]))
            {
                faces.Add(face);
            }
        }

        return (faces, loops);
    }

    private int SumAround(int edge)
    {
        int sum = 0;
        foreach (int face in Around(edge / 3, edge % 3))
        {
            sum = _values[face] == Unknown ? sum : _vectors.Add(sum, _values[face]);
        }

        return sum;
    }

    private bool IsInside(int corner, int type) =>
        _grid.Inside[corner] != 0 && _grid.Inside[corner + _grid.FirstAcross[type] + _grid.SecondAcross[type]] != 0;

    private bool IsMissingEdge(int corner, int type) =>
        _grid.Inside[corner] != 0 && _grid.Inside[corner + _grid.Strides[type]] != 0 && !_grid.HasEdge(_mask, corner, type);

    /// <summary>The four faces that an edge borders. Those that are not in the volume keep the value 0.</summary>
    private FourCells Around(int corner, int type)
    {
        (int first, int second) = (type == 0 ? 1 : 0, type == 2 ? 1 : 2); // the other axes; a face of type 'first' lies along 'second'
        return new FourCells(
            (3 * corner) + first, (3 * (corner - _grid.Strides[second])) + first,
            (3 * corner) + second, (3 * (corner - _grid.Strides[first])) + second);
    }

    /// <summary>The four edges that border a face.</summary>
    private FourCells Border(int corner, int type)
    {
        (int first, int second) = (type == 0 ? 1 : 0, type == 2 ? 1 : 2);
        return new FourCells(
            (3 * corner) + first, (3 * (corner + _grid.Strides[second])) + first,
            (3 * corner) + second, (3 * (corner + _grid.Strides[first])) + second);
    }
}
