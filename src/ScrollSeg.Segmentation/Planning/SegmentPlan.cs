using ScrollSeg.Segmentation.Pipeline;
using ScrollSeg.Segmentation.Slicing;
using ScrollSeg.Segmentation.Stitching;
using ScrollSeg.Segmentation.Support;
using ScrollSeg.Volumes;

namespace ScrollSeg.Segmentation.Planning;

/// <summary>What a segment stage will read, compute, hold and write; a value, made before anything is read.</summary>
public sealed record SegmentPlan
{
    /// <summary>Along which axis the volume is cut into slices. Whatever else the plan says, it says of the volume as these slices see it:
    /// z counts slices, y rows, x columns. Default along z.</summary>
    public SliceFrame Frame { get; init; }

    /// <summary>The volume.</summary>
    public required VolumeInfo Volume { get; init; }

    /// <summary>The part of the volume that is segmented; the output has its shape.</summary>
    public required Box3 Region { get; init; }

    /// <summary>Extent of an output chunk in voxels.</summary>
    public required Shape3 OutputChunk { get; init; }

    /// <summary>Extent of a unit in voxels: a whole number of output chunks, unless it ends with the output.</summary>
    public required Shape3 UnitShape { get; init; }

    /// <summary>Which slices are segmented.</summary>
    public required SliceStrategy Strategy { get; init; }

    /// <summary>How several groups that speak for one target become one answer. Default the mean.</summary>
    public GroupFusion Fusion { get; init; }

    /// <summary>Whether the spread of the groups that speak for a target is kept beside their answer. Default false.</summary>
    public bool KeepsSpread { get; init; }

    /// <summary>Whether what the slices answer may be combined with other directions, or fill gaps. Default false.</summary>
    public bool MayCombine { get; init; }

    /// <summary>Where tiles lie along y, in the whole volume.</summary>
    public required TileGrid TileRows { get; init; }

    /// <summary>Where tiles lie along x, in the whole volume.</summary>
    public required TileGrid TileColumns { get; init; }

    /// <summary>Whether the segmenter looks at one voxel at a time: there are no tiles then.</summary>
    public bool IsPointwise { get; init; }

    /// <summary>In which poses the network is asked about each tile; none if its answers do not depend on it.</summary>
    public TilePoses Poses { get; init; }

    /// <summary>How often the network is asked about each tile.</summary>
    public int EvaluationsPerTile { get; init; } = 1;

    /// <summary>Tiles that go through the segmenter at once.</summary>
    public required int Batch { get; init; }

    /// <summary>Slices segmented at the same time: 1 for a network.</summary>
    public required int Workers { get; init; }

    /// <summary>Threads that encode and write chunks.</summary>
    public required int Threads { get; init; }

    /// <summary>Slices that are read as one piece: a multiple of the input's chunk height.</summary>
    public required int RowHeight { get; init; }

    /// <summary>Such pieces held at once, the one being read included.</summary>
    public required int RowsInFlight { get; init; }

    /// <summary>Probability from which on a voxel belongs to the mask.</summary>
    public required double Threshold { get; init; }

    /// <summary>The grey values that become black and white.</summary>
    public required IntensityRange Intensity { get; init; }

    /// <summary>Those of single slices, where they are not the volume's; the others have <see cref="Intensity"/>.</summary>
    public IReadOnlyDictionary<int, IntensityRange>? SliceIntensities { get; init; }

    /// <summary>What turns slices into the network's channels.</summary>
    public string Adapter { get; init; } = "replicate";

    /// <summary>What the network is told besides the voxels, as <see cref="ISliceSegmenter.Prompts"/> says it. Default nothing.</summary>
    public string Prompts { get; init; } = "none";

    /// <summary>Whether whole slices are computed one after another before the first unit, since prompts are carried from slice to
    /// slice. Default false.</summary>
    public bool Propagates { get; init; }

    /// <summary>Where the output is background whatever the model says.</summary>
    public required SupportGate Support { get; init; }

    /// <summary>Bytes on disk that the model keeps of each tile for later runs; 0 unless it was asked to.</summary>
    public long KeptBytesPerTile { get; init; }

    /// <summary>Bytes held at the worst moment, those resident before the stage included.</summary>
    public long PeakBytes { get; init; }

    /// <summary>What these bytes are for; nothing before the plan was fitted into a budget.</summary>
    public MemoryEstimate Memory { get; init; } = new(0, 0, 0);

    /// <summary>Chunks of the pyramid made at the same time: as many as fit into what the segment stage gave back.</summary>
    public int PyramidThreads => (int)Math.Clamp(Memory.Voxels / PyramidBytesPerThread, 1, Math.Max(1, Threads));

    /// <summary>Bytes that one thread of the pyramid holds: a coarser chunk, and the eight times as many voxels it is made of.</summary>
    internal long PyramidBytesPerThread => 9 * OutputChunk.VoxelCount;

    /// <summary>Voxels along a tile's side.</summary>
    public int Tile => TileRows.Side;

    /// <summary>The output cut into units; the last one along each axis may be smaller.</summary>
    public ChunkGrid Units => new(Region.Shape, UnitShape);

    /// <summary>Lists the columns of units, and within each its units from top to bottom: what one unit read serves the
    /// next.</summary>
    public IEnumerable<IReadOnlyList<SegmentUnit>> ListColumns()
    {
        Shape3 count = Units.Count;
        for (int y = 0; y < count.Y; y++)
        {
            for (int x = 0; x < count.X; x++)
            {
                (int Y, int X) column = (y, x);
                yield return [.. Enumerable.Range(0, count.Z).Select(z => UnitAt((z, column.Y, column.X)))];
            }
        }
    }

    /// <summary>The unit at a position of the grid.</summary>
    public SegmentUnit UnitAt((int Z, int Y, int X) index) => new(index, Units.BoxOf(index));

    /// <summary>Groups that a unit segments.</summary>
    public long CountSlices((int Z, int Y, int X) index) => GroupsOf(UnitAt(index)).Count;

    /// <summary>The groups whose target lies in a unit, in the order in which they are segmented.</summary>
    internal List<SliceGroup> GroupsOf(SegmentUnit unit)
    {
        Box3 box = InVolume(unit.Box);
        return [.. Strategy.GroupsFor(Volume.Shape.Z, box.Start.Z, box.End.Z)];
    }

    /// <summary>What must be read of a slice for a unit: its own voxels, those of the tiles that touch it, and those that
    /// decide about its support. In voxels of the volume; all slices of the unit, without the strategy's reach.</summary>
    public Box3 ReadBoxOf(SegmentUnit unit)
    {
        Box3 inVolume = InVolume(unit.Box);
        (int top, int bottom) = Widen(TileRows, inVolume.Start.Y, inVolume.End.Y);
        (int left, int right) = Widen(TileColumns, inVolume.Start.X, inVolume.End.X);
        return Box3.FromBounds((inVolume.Start.Z, top, left), (inVolume.End.Z, bottom, right));
    }

    /// <summary>A box of the output in voxels of the volume.</summary>
    public Box3 InVolume(Box3 output) => new(
        (output.Start.Z + Region.Start.Z, output.Start.Y + Region.Start.Y, output.Start.X + Region.Start.X), output.Shape);

    private (int Start, int End) Widen(TileGrid tiles, int start, int end)
    {
        (int first, int last) = IsPointwise ? (start, end) : tiles.ReadRange(start, end);
        return (Math.Min(first, Math.Max(0, start - Support.Reach)), Math.Max(last, Math.Min(tiles.Extent, end + Support.Reach)));
    }
}

/// <summary>A chunk-aligned box of the output, computed and recorded as one piece.</summary>
/// <param name="Index">Position in the grid of units.</param>
/// <param name="Box">Its voxels, in voxels of the output.</param>
public sealed record SegmentUnit((int Z, int Y, int X) Index, Box3 Box)
{
    /// <summary>Name in records and messages: z-y-x.</summary>
    public string Name => NameOf(Index);

    /// <summary>Name of the unit at a position of its grid.</summary>
    public static string NameOf((int Z, int Y, int X) index) => $"{index.Z}-{index.Y}-{index.X}";
}
