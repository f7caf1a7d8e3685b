using ScrollSeg.Segmentation.Pipeline;
using ScrollSeg.Segmentation.Planning;
using ScrollSeg.Segmentation.Slicing;
using ScrollSeg.Segmentation.Stitching;
using ScrollSeg.Volumes;
using ScrollSeg.Volumes.Images;

namespace ScrollSeg.Segmentation.Pictures;

/// <summary>How one voxel of an output comes about: which slices are shown together, what the network sees of them, and which tiles
/// speak for the voxel how loudly.</summary>
/// <remarks>
/// From left to right. First a row for each group, a column for each slice: what the group shows; groups of the voxel's own target are
/// orange, the target itself vermilion, those of its neighbours grey. Then for each of the voxel's groups, at most three, the tile that
/// counts most: as the channels red, green and blue where at most three slices are shown or pictures lie side by side, else each slice
/// on its own. Then the slice with all tiles that cover the voxel, and below each tile's share of its value.
/// </remarks>
public static class VoxelWay
{
    private const int Side = 216; // pixels of each part of the picture
    private const int Gap = 10;
    private const int BarHeight = 36;
    private const int GroupsShown = 3;
    private const int NeighboursShown = 3;
    private const int RowsShown = 24;

    private static readonly Colour Pale = Colour.Grey(200);

    /// <summary>Draws it.</summary>
    /// <param name="plan">What would be done.</param>
    /// <param name="volume">The scan.</param>
    /// <param name="voxel">Which voxel of the volume.</param>
    /// <param name="cancellationToken">Stops between reads.</param>
    /// <exception cref="ArgumentException">The model has no tiles, the voxel lies outside what is segmented, or its slice is no target.</exception>
    public static async Task<PixelImage> DrawAsync(
        SegmentPlan plan, VolumeReader volume, (int Z, int Y, int X) voxel, CancellationToken cancellationToken = default)
    {
        if (plan.IsPointwise)
        {
            throw new ArgumentException("A model that looks at single voxels has no tiles, and no voxel depends on another.", nameof(plan));
        }

        (int z, int y, int x) = plan.Frame.Turn(voxel);
        int slices = plan.Volume.Shape.Z;
        int target = plan.Strategy.FlatTarget(slices) ?? z;
        Box3 region = plan.Region;
        if (y < region.Start.Y || y >= region.End.Y || x < region.Start.X || x >= region.End.X || target < region.Start.Z || target >= region.End.Z)
        {
            throw new ArgumentException($"The voxel {voxel} (z, y, x) lies outside what is segmented, {plan.Frame.Back(region)}.", nameof(voxel));
        }

        SliceGroup[] own = [.. plan.Strategy.GroupsFor(slices, target, target + 1)];
        if (own.Length == 0)
        {
            throw new ArgumentException($"Slice {target} is no target of {plan.Strategy}: it is filled from its neighbours or left empty.", nameof(voxel));
        }

        Weighed[] tiles = [.. TilesAt(plan, y, x)];
        Weighed best = tiles.MaxBy(tile => tile.Share)!;
        VolumeReader turned = TurnedVolume.Over(volume, plan.Frame);
        int shown = Math.Min(GroupsShown, own.Length);
        Canvas canvas = new(Side + (2 * Gap) + BarHeight + Gap, ((shown + 2) * (Side + Gap)) + Gap, Colour.White);
        DrawGroups(canvas, plan, own, target);
        for (int i = 0; i < shown; i++)
        {
            (int Row, int Column) at = (Gap, Gap + ((i + 1) * (Side + Gap)));
            await DrawSeenAsync(canvas, at, plan, turned, own[i], best, (y, x), cancellationToken);
        }

        await DrawTilesAsync(canvas, (Gap, Gap + ((shown + 1) * (Side + Gap))), plan, turned, own[0].SupportSlice, tiles, (y, x), cancellationToken);
        return canvas.ToImage();
    }

    private static IEnumerable<Weighed> TilesAt(SegmentPlan plan, int y, int x)
    {
        IReadOnlyList<double> profile = TileWindow.Gaussian(plan.Tile).Profile;
        (int firstRow, int rows) = plan.TileRows.Covering(y, y + 1);
        (int firstColumn, int columns) = plan.TileColumns.Covering(x, x + 1);
        List<(int Top, int Left, double Weight)> tiles = [];
        for (int row = firstRow; row < firstRow + rows; row++)
        {
            for (int column = firstColumn; column < firstColumn + columns; column++)
            {
                (int top, int left) = (plan.TileRows.StartOf(row), plan.TileColumns.StartOf(column));
                tiles.Add((top, left, profile[y - top] * profile[x - left]));
            }
        }

        double sum = tiles.Sum(tile => tile.Weight);
        return tiles.Select(tile => new Weighed(tile.Top, tile.Left, tile.Weight / sum));
    }

    private static void DrawGroups(Canvas canvas, SegmentPlan plan, SliceGroup[] own, int target)
    {
        int slices = plan.Volume.Shape.Z;
        bool isFlat = own[0].IsFlat;
        IEnumerable<SliceGroup> near = isFlat ? own : plan.Strategy.TargetsIn(slices, 0, slices)
            .OrderBy(other => Math.Abs(other - target)).Take((2 * NeighboursShown) + 1).Order()
            .SelectMany(other => plan.Strategy.GroupsFor(slices, other, other + 1));
        SliceGroup[] rows = [.. near.Take(RowsShown)];
        (int first, int last) = (rows.Min(group => group.Sources.Min()), rows.Max(group => group.Sources.Max()));
        int cell = Math.Max(2, Side / Math.Max(rows.Length, last - first + 1));
        for (int row = 0; row < rows.Length; row++)
        {
            for (int slice = first; slice <= last; slice++)
            {
                Colour? colour = !rows[row].Sources.Contains(slice) ? Colour.Grey(240)
                    : rows[row].Target != target ? Pale
                    : slice == target && !isFlat ? Colour.Vermilion : Colour.Orange;
                Fill(canvas, Gap + (row * cell), Gap + ((slice - first) * cell), cell - 1, cell - 1, colour.Value);
            }
        }
    }

    /// <summary>The tile of one group, as the adapter lays it out.</summary>
    private static async Task DrawSeenAsync(
        Canvas canvas, (int Row, int Column) at, SegmentPlan plan, VolumeReader volume, SliceGroup group, Weighed tile, (int Y, int X) voxel, CancellationToken cancellationToken)
    {
        int side = plan.Tile;
        int perPicture = plan.Adapter == "montage" || group.Sources.Count <= 3 ? 3 : 1;
        int pictures = (group.Sources.Count + perPicture - 1) / perPicture;
        int across = (int)Math.Ceiling(Math.Sqrt(pictures));
        int place = (Side - (across - 1)) / across;
        List<byte[]> grey = [];
        foreach (int slice in group.Sources)
        {
            grey.Add(await ReadAsync(plan, volume, slice, tile.Top, tile.Left, side, cancellationToken));
        }

        for (int picture = 0; picture < pictures; picture++)
        {
            int first = picture * perPicture;
            byte[] Channel(int index) => grey[perPicture == 1 || grey.Count == 1 ? first : Math.Min(first + index, grey.Count - 1)];
            (byte[] red, byte[] green, byte[] blue) = (Channel(0), Channel(1), Channel(2));
            (int top, int left) = (at.Row + (picture / across * (place + 1)), at.Column + (picture % across * (place + 1)));
            for (int i = 0; i < place * place; i++)
            {
                int from = (i / place * side / place * side) + (i % place * side / place);
                canvas.Set(top + (i / place), left + (i % place), new Colour(red[from], green[from], blue[from]));
            }

            bool isOwn = group.IsFlat || group.Sources.Skip(first).Take(perPicture).Contains(group.Target);
            if (isOwn)
            {
                DrawCross(canvas, top + ((voxel.Y - tile.Top) * place / side), left + ((voxel.X - tile.Left) * place / side));
            }
        }
    }

    private static async Task DrawTilesAsync(
        Canvas canvas, (int Row, int Column) at, SegmentPlan plan, VolumeReader volume, int slice, Weighed[] tiles, (int Y, int X) voxel, CancellationToken cancellationToken)
    {
        (int top, int left) = (tiles.Min(tile => tile.Top), tiles.Min(tile => tile.Left));
        int extent = Math.Max(tiles.Max(tile => tile.Top) - top, tiles.Max(tile => tile.Left) - left) + plan.Tile;
        byte[] grey = await ReadAsync(plan, volume, slice, top, left, extent, cancellationToken);
        for (int i = 0; i < Side * Side; i++)
        {
            canvas.Set(at.Row + (i / Side), at.Column + (i % Side), Colour.Grey(grey[(i / Side * extent / Side * extent) + (i % Side * extent / Side)]));
        }

        double loudest = tiles.Max(tile => tile.Share);
        int bar = Math.Min(40, Side / tiles.Length);
        foreach (int i in Enumerable.Range(0, tiles.Length).OrderBy(i => tiles[i].Share)) // the loudest one's outline above the others
        {
            Colour colour = tiles[i].Share == loudest ? Colour.Orange : Colour.SkyBlue;
            Outline(canvas, at.Row + ((tiles[i].Top - top) * Side / extent), at.Column + ((tiles[i].Left - left) * Side / extent), (plan.Tile * Side / extent) - 1, colour);
            int height = Math.Max(1, (int)(tiles[i].Share * BarHeight));
            Fill(canvas, at.Row + Side + Gap + BarHeight - height, at.Column + (i * bar), height, bar - 2, colour);
        }

        DrawCross(canvas, at.Row + ((voxel.Y - top) * Side / extent), at.Column + ((voxel.X - left) * Side / extent));
    }

    /// <summary>A square of a slice as the network is shown it; what lies beside the volume is black.</summary>
    private static async Task<byte[]> ReadAsync(
        SegmentPlan plan, VolumeReader volume, int slice, int top, int left, int side, CancellationToken cancellationToken)
    {
        Box3 square = new((slice, top, left), new Shape3(1, side, side));
        Box3 there = square.Intersect(volume.Info.Bounds);
        using VolumeBlock block = await VolumeBlock.ReadAsync(volume, there, cancellationToken);
        byte[] grey = new byte[side * side];
        double[] row = new double[there.Shape.X];
        for (int y = 0; y < there.Shape.Y; y++)
        {
            VoxelConversion.ToDouble(block.Voxels.Row(0, y), volume.Info.Type, row);
            for (int x = 0; x < row.Length; x++)
            {
                grey[(y * side) + x] = (byte)Math.Round(plan.Intensity.Apply(double.IsNaN(row[x]) ? plan.Intensity.Low : row[x]));
            }
        }

        return grey;
    }

    private static void Fill(Canvas canvas, int top, int left, int height, int width, Colour colour)
    {
        for (int i = 0; i < height * width; i++)
        {
            canvas.Set(top + (i / width), left + (i % width), colour);
        }
    }

    private static void Outline(Canvas canvas, int top, int left, int side, Colour colour)
    {
        for (int i = 0; i <= side; i++)
        {
            canvas.Set(top, left + i, colour);
            canvas.Set(top + side, left + i, colour);
            canvas.Set(top + i, left, colour);
            canvas.Set(top + i, left + side, colour);
        }
    }

    private static void DrawCross(Canvas canvas, int row, int column)
    {
        for (int i = -6; i <= 6; i++)
        {
            canvas.Set(row + i, column, Colour.Vermilion);
            canvas.Set(row, column + i, Colour.Vermilion);
        }
    }

    /// <summary>A tile, and its share of a voxel's value.</summary>
    private sealed record Weighed(int Top, int Left, double Share);
}
