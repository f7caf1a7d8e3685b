namespace ScrollSeg.Segmentation.Stitching;

/// <summary>
/// Where tiles lie along one axis of a slice: a function of the volume's extent alone, so that a part of a volume is
/// cut in the same places as the whole.
/// </summary>
/// <remarks>
/// Tiles start at 0 and follow each other by <see cref="Step"/>; the last one is moved back to end with the slice. A
/// slice narrower than a tile gets one tile at 0, whose overhang the reader fills by reflection.
/// </remarks>
public sealed record TileGrid
{
    /// <summary>Cuts an axis into tiles.</summary>
    /// <param name="extent">Voxels along the axis in the whole volume.</param>
    /// <param name="side">Voxels along a tile's side.</param>
    /// <param name="overlap">Share of a tile that the next one covers again, 0 (inclusive) to 1 (exclusive).</param>
    /// <exception cref="ArgumentOutOfRangeException">A value is outside its range.</exception>
    public TileGrid(int extent, int side, double overlap)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(extent, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(side, 1);
        if (!(overlap >= 0 && overlap < 1))
        {
            throw new ArgumentOutOfRangeException(nameof(overlap), overlap, "The overlap is at least 0 and below 1.");
        }

        (Extent, Side) = (extent, side);
        Step = Math.Clamp((int)Math.Round(side * (1 - overlap)), 1, side);
        Count = extent <= side ? 1 : ((extent - side + Step - 1) / Step) + 1;
    }

    /// <summary>Voxels along the axis in the whole volume.</summary>
    public int Extent { get; }

    /// <summary>Voxels along a tile's side.</summary>
    public int Side { get; }

    /// <summary>Voxels from one tile's start to the next one's.</summary>
    public int Step { get; }

    /// <summary>Tiles along the axis.</summary>
    public int Count { get; }

    /// <summary>First voxel of a tile.</summary>
    public int StartOf(int tile) => Math.Max(0, Math.Min(tile * Step, Extent - Side));

    /// <summary>The tiles that share a voxel with <c>[start, end)</c>, as the first one's number and their count.</summary>
    public (int First, int Count) Covering(int start, int end)
    {
        int first = 0;
        while (StartOf(first) + Side <= start)
        {
            first++;
        }

        int last = first;
        while (last + 1 < Count && StartOf(last + 1) < end)
        {
            last++;
        }

        return (first, last - first + 1);
    }

    /// <summary>Voxels that must be read so that every tile that touches <c>[start, end)</c> is whole.</summary>
    public (int Start, int End) ReadRange(int start, int end)
    {
        (int first, int count) = Covering(start, end);
        return (StartOf(first), Math.Min(Extent, StartOf(first + count - 1) + Side));
    }
}
