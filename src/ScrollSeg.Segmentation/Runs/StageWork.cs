using System.Collections;
using ScrollSeg.Segmentation.Planning;
using ScrollSeg.Volumes;

namespace ScrollSeg.Segmentation.Runs;

/// <summary>Which units of a share of a stage are done and which are left: a unit is done when it has a record and what the record
/// names is there. Takes one bit per unit.</summary>
internal sealed class StageWork
{
    private readonly StageFolder _records;
    private readonly ChunkGrid _units;
    private readonly string _store;
    private readonly Shard _shard;
    private readonly BitArray _done;

    /// <param name="records">The stage's records.</param>
    /// <param name="units">The stage's units.</param>
    /// <param name="store">Where the objects lie.</param>
    /// <param name="shard">The share of the units that counts here.</param>
    public StageWork(StageFolder records, ChunkGrid units, string store, Shard shard)
    {
        (_records, _units, _store, _shard) = (records, units, store, shard);
        _done = new BitArray(checked((int)units.Count.VoxelCount));
        foreach ((int Z, int Y, int X) index in Share())
        {
            Total++;
            if (IsDone(index))
            {
                _done[PlaceOf(index)] = true;
                Done++;
            }
        }
    }

    /// <summary>Units of the share.</summary>
    public long Total { get; }

    /// <summary>Units that were done when this was made.</summary>
    public long Done { get; }

    /// <summary>Whether a unit was left when this was made.</summary>
    public bool IsLeft((int Z, int Y, int X) index) => _shard.Has(PlaceOf(index)) && !_done[PlaceOf(index)];

    /// <summary>Units that were left when this was made.</summary>
    public IEnumerable<(int Z, int Y, int X)> ListLeft() => Share().Where(IsLeft);

    /// <summary>Units that are left now.</summary>
    public IEnumerable<(int Z, int Y, int X)> ListMissing() => ListLeft().Where(index => !IsDone(index));

    private IEnumerable<(int Z, int Y, int X)> Share() =>
        _units.Touching(new Box3((0, 0, 0), _units.Volume)).Where(index => _shard.Has(PlaceOf(index)));

    private int PlaceOf((int Z, int Y, int X) index)
    {
        Shape3 count = _units.Count;
        return (int)(((((long)index.Z * count.Y) + index.Y) * count.X) + index.X);
    }

    private bool IsDone((int Z, int Y, int X) index) =>
        _records.ReadRecord(SegmentUnit.NameOf(index))?.ObjectsAreThere(_store) ?? false;
}
