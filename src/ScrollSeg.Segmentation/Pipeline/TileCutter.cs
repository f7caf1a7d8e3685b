using ScrollSeg.Segmentation.Planning;
using ScrollSeg.Volumes;

namespace ScrollSeg.Segmentation.Pipeline;

/// <summary>Copies a tile's raw voxels out of the rows that hold its sources.</summary>
internal static class TileCutter
{
    /// <summary>Cuts one tile of each source; beyond the slice's end the tile mirrors what it holds.</summary>
    /// <param name="plan">Where tiles lie.</param>
    /// <param name="slice">The sources and their rows.</param>
    /// <param name="tileRow">Number of the tile along y.</param>
    /// <param name="tileColumn">Number of the tile along x.</param>
    /// <param name="tiles">Receives the tile, <c>[B * k, V, V]</c>.</param>
    /// <param name="place">The tile's place in the batch.</param>
    public static void Cut(SegmentPlan plan, SliceTask slice, int tileRow, int tileColumn, VoxelBuffer tiles, int place)
    {
        (int top, int left, int side) = (plan.TileRows.StartOf(tileRow), plan.TileColumns.StartOf(tileColumn), plan.Tile);
        int height = Math.Min(side, plan.Volume.Shape.Y - top);
        int width = Math.Min(side, plan.Volume.Shape.X - left);
        int bytes = plan.Volume.Type.ByteSize();
        for (int k = 0; k < slice.Group.Sources.Count; k++)
        {
            VolumeBlock input = slice.Rows[k];
            int z = slice.Group.Sources[k] - input.Box.Start.Z;
            int plane = (place * slice.Group.Sources.Count) + k;
            for (int y = 0; y < side; y++)
            {
                int source = top + Mirror(y, height) - input.Box.Start.Y;
                ReadOnlySpan<byte> row = input.Voxels.Row(z, source)[((left - input.Box.Start.X) * bytes)..];
                Span<byte> target = tiles.Row(plane, y);
                row[..(width * bytes)].CopyTo(target);
                for (int x = width; x < side; x++)
                {
                    target.Slice(Mirror(x, width) * bytes, bytes).CopyTo(target.Slice(x * bytes, bytes));
                }
            }
        }
    }

    /// <summary>Index within <c>[0, extent)</c> of what is seen at <paramref name="index"/> when the content is reflected
    /// about its last and first voxel, again and again: 0 1 2 1 0 1 2 for an extent of 3.</summary>
    internal static int Mirror(int index, int extent)
    {
        if (extent == 1)
        {
            return 0;
        }

        int period = 2 * (extent - 1);
        int within = index % period;
        return within < extent ? within : period - within;
    }
}
