using ScrollSeg.Volumes;

namespace ScrollSeg.Viewer;

/// <summary>
/// Cuts one slice out of a volume, of any size within bounded memory: a slice with more voxels along a side than a picture
/// may have is read in bands, of which every n-th voxel is kept.
/// </summary>
internal static class PlaneReader
{
    private const long BandBytes = 32 << 20;

    /// <summary>The axes that run down and across a slice.</summary>
    public static (Axis Row, Axis Column) AxesOf(Axis axis) => axis switch
    {
        Axis.Z => (Axis.Y, Axis.X),
        Axis.Y => (Axis.Z, Axis.X),
        _ => (Axis.Z, Axis.Y),
    };

    /// <summary>Reads a slice.</summary>
    /// <param name="volume">Where from.</param>
    /// <param name="axis">The axis that the slice is perpendicular to.</param>
    /// <param name="index">Position along that axis, in voxels of <paramref name="volume"/>.</param>
    /// <param name="maxSide">Most pixels along either side.</param>
    /// <param name="ct">Stops the read between chunks.</param>
    public static async Task<Plane> ReadAsync(VolumeReader volume, Axis axis, int index, int maxSide, CancellationToken ct)
    {
        (Axis rowAxis, Axis columnAxis) = AxesOf(axis);
        Shape3 shape = volume.Info.Shape;
        (int rows, int columns) = (shape[rowAxis], shape[columnAxis]);
        (int Row, int Column) step = (CeilingDivide(rows, maxSide), CeilingDivide(columns, maxSide));
        (int height, int width) = (CeilingDivide(rows, step.Row), CeilingDivide(columns, step.Column));
        Plane plane = new(height, width, new float[(long)height * width], step);

        int band = BandRows(volume.Info, rowAxis, (long)columns * volume.Info.Type.ByteSize(), step.Row);
        for (int start = 0; start < rows; start += band)
        {
            int first = CeilingDivide(start, step.Row) * step.Row;
            int last = (Math.Min(rows, start + band) - 1) / step.Row * step.Row;
            if (first > last)
            {
                continue;
            }

            Box3 box = volume.Info.Bounds.With(axis, index, 1).With(rowAxis, first, last - first + 1);
            using VoxelBuffer voxels = VoxelBuffer.Rent(box.Shape, volume.Info.Type);
            await volume.ReadAsync(box, voxels, ct);
            Keep(voxels, axis, first, columns, plane);
        }

        return plane;
    }

    /// <summary>All rows are wanted: as many as memory allows. Some are: a chunk's, so that none is decoded twice.</summary>
    private static int BandRows(VolumeInfo info, Axis rowAxis, long rowBytes, int step)
    {
        int fitting = (int)Math.Clamp(BandBytes / rowBytes, 1, info.Shape[rowAxis]);
        return step == 1 ? fitting : Math.Min(fitting, info.ChunkShape[rowAxis]);
    }

    private static void Keep(VoxelBuffer voxels, Axis axis, int first, int columns, Plane plane)
    {
        (int rowStep, int columnStep) = plane.Step;
        int rows = voxels.Shape[AxesOf(axis).Row];
        float[] row = new float[columns];
        for (int y = 0; y < rows; y += rowStep)
        {
            VoxelConversion.ToSingle(RowOf(voxels, axis, y), voxels.Type, row);
            Span<float> kept = plane.Values.AsSpan((first + y) / rowStep * plane.Width, plane.Width);
            for (int x = 0; x < kept.Length; x++)
            {
                kept[x] = row[x * columnStep];
            }
        }
    }

    /// <summary>A box one voxel thick along x holds a row of the picture, which runs along y, in one piece.</summary>
    private static ReadOnlySpan<byte> RowOf(VoxelBuffer voxels, Axis axis, int row) => axis switch
    {
        Axis.Z => voxels.Row(0, row),
        Axis.Y => voxels.Row(row, 0),
        _ => voxels.Plane(row),
    };

    private static int CeilingDivide(int value, int by) => (int)(((long)value + by - 1) / by);
}
