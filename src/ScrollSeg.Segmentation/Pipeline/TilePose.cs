using ScrollSeg.Volumes;

namespace ScrollSeg.Segmentation.Pipeline;

/// <summary>One of the eight ways to lay a square on itself: rows and columns may change places, and either may be counted from the
/// other end.</summary>
/// <param name="Transposes">Whether rows become columns.</param>
/// <param name="FlipsRows">Whether rows are taken from the last to the first.</param>
/// <param name="FlipsColumns">Whether columns are taken from the last to the first.</param>
internal readonly record struct TilePose(bool Transposes, bool FlipsRows, bool FlipsColumns)
{
    /// <summary>The poses that are asked for; the first is the tile as it is.</summary>
    public static IReadOnlyList<TilePose> ListFor(TilePoses poses)
    {
        TilePose[] flips = [new(false, false, false), new(false, false, true), new(false, true, false), new(false, true, true)];
        return poses switch
        {
            TilePoses.None => flips[..1],
            TilePoses.Flips => flips,
            TilePoses.Turns => [flips[0], new(true, false, true), flips[3], new(true, true, false)],
            _ => [.. flips, .. flips.Select(flip => flip with { Transposes = true })],
        };
    }

    /// <summary>Shows a tile in this pose.</summary>
    /// <typeparam name="T">Any type of the voxel's size.</typeparam>
    /// <param name="tile">The tile, <c>[side, side]</c>.</param>
    /// <param name="posed">Receives what is seen, <c>[side, side]</c>.</param>
    /// <param name="side">Voxels along the tile's side.</param>
    public void Show<T>(ReadOnlySpan<T> tile, Span<T> posed, int side)
    {
        for (int y = 0; y < side; y++)
        {
            (int at, int step) = RowOf(y, side);
            Span<T> row = posed.Slice(y * side, side);
            for (int x = 0; x < side; x++, at += step)
            {
                row[x] = tile[at];
            }
        }
    }

    /// <summary>Adds what an answer in this pose says beyond the first answer, each value at the place of the voxel it is about.</summary>
    /// <param name="answer">The answer, as the tile was shown.</param>
    /// <param name="first">The first answer, as the tile is.</param>
    /// <param name="excess">Sums of the differences, as the tile is.</param>
    /// <param name="side">Voxels along the tile's side.</param>
    public void AddBack(ReadOnlySpan<float> answer, ReadOnlySpan<float> first, Span<double> excess, int side)
    {
        for (int y = 0; y < side; y++)
        {
            (int at, int step) = RowOf(y, side);
            ReadOnlySpan<float> row = answer.Slice(y * side, side);
            for (int x = 0; x < side; x++, at += step)
            {
                excess[at] += (double)row[x] - first[at];
            }
        }
    }

    /// <summary>Shows all planes of a batch in this pose.</summary>
    public void Show(VoxelBuffer tiles, VoxelBuffer posed)
    {
        int side = tiles.Shape.X;
        for (int plane = 0; plane < tiles.Shape.Z; plane++)
        {
            switch (tiles.Type.ByteSize())
            {
                case 1:
                    Show<byte>(tiles.Plane(plane), posed.Plane(plane), side);
                    break;
                case 2:
                    Show<ushort>(tiles.Plane<ushort>(plane), posed.Plane<ushort>(plane), side);
                    break;
                case 4:
                    Show<uint>(tiles.Plane<uint>(plane), posed.Plane<uint>(plane), side);
                    break;
                default:
                    Show<ulong>(tiles.Plane<ulong>(plane), posed.Plane<ulong>(plane), side);
                    break;
            }
        }
    }

    /// <summary>Where in the tile the first voxel of a row of the pose lies, and how far the next one is from it.</summary>
    private (int First, int Step) RowOf(int row, int side)
    {
        int along = FlipsColumns ? side - 1 : 0;
        int across = FlipsRows ? side - 1 - row : row;
        int step = FlipsColumns ? -1 : 1;
        return Transposes ? ((along * side) + across, step * side) : ((across * side) + along, step);
    }
}
