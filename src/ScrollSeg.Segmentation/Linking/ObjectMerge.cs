using ScrollSeg.Volumes;

namespace ScrollSeg.Segmentation.Linking;

/// <summary>
/// Joins the objects of all units where they meet across faces, edges and corners, and decides about each whole. Holds about 60
/// bytes for each object of a unit, and nothing for voxels.
/// </summary>
internal sealed class ObjectMerge : IDisposable
{
    private readonly ChunkGrid _units;
    private readonly Func<(int Z, int Y, int X), string> _fileOf;
    private readonly int[] _offsets; // where the objects of each unit begin, in storage order, and the end
    private readonly NativeList<ObjectFacts> _facts = new("objects in all units");
    private readonly NativeList<int> _parents = new("objects in all units");
    private readonly NativeList<uint> _values = new("objects in all units");
    private readonly NativeList<int> _face = new("voxels in a face of a unit");
    private readonly NativeList<int> _faceThere = new("voxels in a face of a unit");

    /// <summary>Reads the facts of all units.</summary>
    /// <param name="units">The volume cut into units.</param>
    /// <param name="fileOf">Where the file of a unit lies.</param>
    public ObjectMerge(ChunkGrid units, Func<(int Z, int Y, int X), string> fileOf)
    {
        (_units, _fileOf) = (units, fileOf);
        _offsets = new int[checked((int)units.Count.VoxelCount) + 1];
        foreach ((int Z, int Y, int X) index in All())
        {
            UnitFaces.ReadFacts(fileOf(index), units.BoxOf(index), _facts);
            _offsets[PlaceOf(index) + 1] = _facts.Count;
        }

        _parents.Resize(_facts.Count);
        for (int i = 0; i < _facts.Count; i++)
        {
            _parents.Items[i] = i;
        }
    }

    /// <summary>Joins, decides and numbers.</summary>
    /// <param name="round">What is decided.</param>
    /// <param name="cancellationToken">Stops between units.</param>
    /// <returns>What came of it.</returns>
    public MergeCounts Run(LinkRound round, CancellationToken cancellationToken)
    {
        foreach ((int Z, int Y, int X) index in All())
        {
            cancellationToken.ThrowIfCancellationRequested();
            foreach ((int Z, int Y, int X) step in round.Connectivity.Following())
            {
                Join(index, step, round.Connectivity);
            }
        }

        return Decide(round);
    }

    /// <summary>What was decided for the objects of a unit: 0, or the number of the whole that each belongs to.</summary>
    public ReadOnlySpan<uint> ValuesOf((int Z, int Y, int X) index)
    {
        int place = PlaceOf(index);
        return _values.Items[_offsets[place].._offsets[place + 1]];
    }

    /// <summary>The wholes that were taken, in the order of their numbers, from 1.</summary>
    public IEnumerable<ObjectFacts> ListTaken()
    {
        int[] roots = new int[_values.Count == 0 ? 0 : (int)MaxValue()];
        for (int i = 0; i < _values.Count; i++)
        {
            if (_parents.Items[i] == i && _values.Items[i] != 0)
            {
                roots[_values.Items[i] - 1] = i;
            }
        }

        foreach (int root in roots)
        {
            yield return _facts.Items[root];
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _facts.Dispose();
        _parents.Dispose();
        _values.Dispose();
        _face.Dispose();
        _faceThere.Dispose();
    }

    private uint MaxValue()
    {
        uint most = 0;
        foreach (uint value in _values.Items)
        {
            most = Math.Max(most, value);
        }

        return most;
    }

    private IEnumerable<(int Z, int Y, int X)> All() => _units.Touching(new Box3((0, 0, 0), _units.Volume));

    private int PlaceOf((int Z, int Y, int X) index) =>
        (int)(((((long)index.Z * _units.Count.Y) + index.Y) * _units.Count.X) + index.X);

    private (int First, int Count) ObjectsOf((int Z, int Y, int X) index)
    {
        int place = PlaceOf(index);
        return (_offsets[place], _offsets[place + 1] - _offsets[place]);
    }

    /// <summary>Joins the objects of a unit with those of one that follows it. They meet in a face, in a line of it, or in a
    /// voxel of it.</summary>
    private void Join((int Z, int Y, int X) here, (int Z, int Y, int X) step, Connectivity connectivity)
    {
        (int Z, int Y, int X) there = (here.Z + step.Z, here.Y + step.Y, here.X + step.X);
        Shape3 count = _units.Count;
        if (there.Z >= count.Z || there.Y < 0 || there.Y >= count.Y || there.X < 0 || there.X >= count.X)
        {
            return;
        }

        (int first, int objects) = ObjectsOf(here);
        (int firstThere, int objectsThere) = ObjectsOf(there);
        if (objects == 0 || objectsThere == 0)
        {
            return;
        }

        Axis axis = step.Z != 0 ? Axis.Z : step.Y != 0 ? Axis.Y : Axis.X; // the first that differs, and there it grows
        (int Rows, int Columns) inFace = axis switch { Axis.Z => (step.Y, step.X), Axis.Y => (step.Z, step.X), _ => (step.Z, step.Y) };
        Shape3 shape = _units.BoxOf(here).Shape;
        Shape3 shapeThere = _units.BoxOf(there).Shape;
        UnitFaces.ReadFace(_fileOf(here), shape, axis, isHigh: true, objects, _face);
        UnitFaces.ReadFace(_fileOf(there), shapeThere, axis, isHigh: false, objectsThere, _faceThere);

        (int rows, int columns) = UnitFaces.ShapeOf(shape, axis);
        (int rowsThere, int columnsThere) = UnitFaces.ShapeOf(shapeThere, axis);
        int reach = connectivity == Connectivity.Six ? 0 : 1;
        Range2 rowRange = new(inFace.Rows, rows, rowsThere, reach);
        Range2 columnRange = new(inFace.Columns, columns, columnsThere, reach);
        JoinFaces(rowRange, columnRange, columns, columnsThere, first, firstThere);
    }

    private void JoinFaces(Range2 rows, Range2 columns, int width, int widthThere, int first, int firstThere)
    {
        Span<int> parents = _parents.Items;
        ReadOnlySpan<int> face = _face.Items;
        ReadOnlySpan<int> faceThere = _faceThere.Items;
        (int a, int b) joined = (0, 0);
        for (int row = rows.First; row < rows.End; row++)
        {
            for (int column = columns.First; column < columns.End; column++)
            {
                int number = face[(row * width) + column];
                if (number == 0)
                {
                    continue;
                }

                for (int otherRow = rows.FirstThere(row); otherRow < rows.EndThere(row); otherRow++)
                {
                    for (int other = columns.FirstThere(column); other < columns.EndThere(column); other++)
                    {
                        int numberThere = faceThere[(otherRow * widthThere) + other];
                        if (numberThere != 0 && joined != (number, numberThere))
                        {
                            joined = (number, numberThere);
                            DisjointSets.Unite(parents, first + number - 1, firstThere + numberThere - 1);
                        }
                    }
                }
            }
        }
    }

    /// <summary>Gathers each set's facts at its root, and gives the ranks of first voxels to those that are taken.</summary>
    private MergeCounts Decide(LinkRound round)
    {
        Span<int> parents = _parents.Items;
        Span<ObjectFacts> facts = _facts.Items;
        long wholes = 0;
        for (int i = 0; i < parents.Length; i++)
        {
            int root = DisjointSets.Find(parents, i);
            parents[i] = root;
            if (root == i)
            {
                wholes++;
            }
            else
            {
                facts[root].Add(facts[i]);
            }
        }

        using NativeList<long> firsts = new("objects in all units");
        using NativeList<int> taken = new("objects in all units");
        long voxels = 0;
        for (int i = 0; i < parents.Length; i++)
        {
            if (parents[i] == i && round.Takes(facts[i]))
            {
                firsts.Add(facts[i].First);
                taken.Add(i);
                voxels += facts[i].Voxels;
            }
        }

        firsts.Items.Sort(taken.Items);
        _values.Resize(parents.Length);
        Span<uint> values = _values.Items;
        values.Clear();
        for (int rank = 0; rank < taken.Count; rank++)
        {
            values[taken.Items[rank]] = (uint)rank + 1;
        }

        for (int i = 0; i < parents.Length; i++)
        {
            values[i] = values[parents[i]];
        }

        return new MergeCounts(wholes, taken.Count, voxels);
    }

    /// <summary>Which places along one axis of a face meet which of the other face: by the step between the units all of
    /// them, each with its neighbours there, or only the last one and the first one.</summary>
    private readonly record struct Range2(int Step, int Length, int LengthThere, int Reach)
    {
        public int First => Step == 1 ? Length - 1 : 0;

        public int End => Step == -1 ? 1 : Length;

        public int FirstThere(int place) => Step switch { 0 => Math.Max(0, place - Reach), 1 => 0, _ => LengthThere - 1 };

        public int EndThere(int place) => Step switch { 0 => Math.Min(LengthThere, place + Reach + 1), 1 => 1, _ => LengthThere };
    }
}

/// <summary>What came of a round.</summary>
/// <param name="Objects">Objects in the volume.</param>
/// <param name="Taken">Those that stay, or holes that are filled.</param>
/// <param name="Voxels">Voxels of these.</param>
public sealed record MergeCounts(long Objects, long Taken, long Voxels);
