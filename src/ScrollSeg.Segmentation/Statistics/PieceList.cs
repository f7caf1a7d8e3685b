using ScrollSeg.Volumes;

namespace ScrollSeg.Segmentation.Statistics;

/// <summary>The pieces of a region that are counted, without a list of them: all, or a seeded sample.</summary>
internal sealed class PieceList
{
    private readonly ChunkGrid _grid;
    private readonly Box3 _region;
    private readonly (int Z, int Y, int X) _first;
    private readonly Shape3 _count;
    private readonly int[]? _chosen;

    /// <summary>Chooses.</summary>
    /// <exception cref="OverflowException">There are more than 2^31 pieces to choose from.</exception>
    public PieceList(VolumeInfo info, Box3 region, StatisticsOptions options)
    {
        _region = region;
        _grid = new ChunkGrid(info.Shape, WholeChunks(info, options.SampleBlockBytes));
        Shape3 piece = _grid.Chunk;
        _first = (region.Start.Z / piece.Z, region.Start.Y / piece.Y, region.Start.X / piece.X);
        _count = new Shape3(
            ((region.End.Z - 1) / piece.Z) - _first.Z + 1,
            ((region.End.Y - 1) / piece.Y) - _first.Y + 1,
            ((region.End.X - 1) / piece.X) - _first.X + 1);
        long bytes = region.Shape.VoxelCount * info.Type.ByteSize();
        bool whole = options.Mode == StatisticsMode.Exact || (options.Mode == StatisticsMode.Auto && bytes <= options.AffordableBytes);
        _chosen = whole ? null : Draw(info.Type, options);
        Bytes = whole ? bytes : _chosen!.Sum(place => BoxAt(place).Shape.VoxelCount * info.Type.ByteSize());
    }

    /// <summary>Pieces to count.</summary>
    public long Count => _chosen?.Length ?? _count.VoxelCount;

    /// <summary>Bytes in them, decoded.</summary>
    public long Bytes { get; }

    /// <summary>Their share of all pieces.</summary>
    public double Share => (double)Count / _count.VoxelCount;

    /// <summary>A piece's voxels.</summary>
    public Box3 this[long i] => BoxAt(_chosen?[i] ?? i);

    /// <summary>A box of whole chunks of about the given size; a single chunk may be larger.</summary>
    public static Shape3 WholeChunks(VolumeInfo info, long bytes)
    {
        Shape3 block = info.ChunkShape;
        long target = Math.Max(bytes / info.Type.ByteSize(), 1);
        while (block.VoxelCount * 2 <= target && (block.X < info.Shape.X || block.Y < info.Shape.Y || block.Z < info.Shape.Z))
        {
            block = block.X < info.Shape.X ? block with { X = checked(block.X * 2) }
                : block.Y < info.Shape.Y ? block with { Y = checked(block.Y * 2) }
                : block with { Z = checked(block.Z * 2) };
        }

        return block;
    }

    private Box3 BoxAt(long place)
    {
        (long layer, long inLayer) = Math.DivRem(place, (long)_count.Y * _count.X);
        (long row, long column) = Math.DivRem(inLayer, _count.X);
        return _grid.BoxOf((_first.Z + (int)layer, _first.Y + (int)row, _first.X + (int)column)).Intersect(_region);
    }

    private int[] Draw(VoxelType type, StatisticsOptions options)
    {
        int[] order = [.. Enumerable.Range(0, checked((int)_count.VoxelCount))];
        new Random(options.Seed).Shuffle(order);
        int taken = 0;
        for (long bytes = 0; taken < order.Length && bytes < options.AffordableBytes; taken++)
        {
            bytes += BoxAt(order[taken]).Shape.VoxelCount * type.ByteSize();
        }

        int[] chosen = order[..taken];
        Array.Sort(chosen);
        return chosen;
    }
}
