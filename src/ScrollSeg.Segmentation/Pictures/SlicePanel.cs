using ScrollSeg.Volumes;
using ScrollSeg.Volumes.Images;

namespace ScrollSeg.Segmentation.Pictures;

/// <summary>Slices of a volume side by side: as they are above, with the outlines of mask and truth below.</summary>
public static class SlicePanel
{
    private const int Gap = 6;
    private const int LargestSide = 480; // wider slices are shown as a window around their centre

    /// <summary>Makes the picture.</summary>
    /// <param name="volume">The grey volume.</param>
    /// <param name="mask">A mask of the same shape.</param>
    /// <param name="truth">Ground truth of the same shape, if there is any.</param>
    /// <param name="range">The grey values that become black and white.</param>
    /// <param name="slices">Which slices.</param>
    /// <param name="cancellationToken">Stops between slices.</param>
    public static async Task<PixelImage> DrawAsync(
        VolumeReader volume,
        VolumeReader mask,
        VolumeReader? truth,
        IntensityRange range,
        IReadOnlyList<int> slices,
        CancellationToken cancellationToken = default)
    {
        Box3 window = WindowOf(volume.Info.Shape);
        (int height, int width) = (window.Shape.Y, window.Shape.X);
        int scale = Math.Max(1, LargestSide / 2 / Math.Max(height, width));
        int rows = (2 * height * scale) + (3 * Gap);
        int columns = (slices.Count * ((width * scale) + Gap)) + Gap;
        Canvas canvas = new(rows, columns, Colour.White);
        for (int i = 0; i < slices.Count; i++)
        {
            Box3 box = window.With(Axis.Z, slices[i], 1);
            int left = Gap + (i * ((width * scale) + Gap));
            using VolumeBlock grey = await VolumeBlock.ReadAsync(volume, box, cancellationToken);
            using VolumeBlock inside = await VolumeBlock.ReadAsync(mask, box, cancellationToken);
            DrawGrey(canvas, grey.Voxels, range, (Gap, left), scale);
            (int Row, int Column) below = ((2 * Gap) + (height * scale), left);
            DrawGrey(canvas, grey.Voxels, range, below, scale);
            if (truth is not null)
            {
                using VolumeBlock right = await VolumeBlock.ReadAsync(truth, box, cancellationToken);
                MaskOutline.Draw(canvas, right.Voxels.Bytes, height, width, below, scale, Colour.SkyBlue);
            }

            MaskOutline.Draw(canvas, inside.Voxels.Bytes, height, width, below, scale, Colour.Orange);
        }

        return canvas.ToImage();
    }

    private static Box3 WindowOf(Shape3 shape)
    {
        (int height, int width) = (Math.Min(shape.Y, LargestSide), Math.Min(shape.X, LargestSide));
        return new Box3((0, (shape.Y - height) / 2, (shape.X - width) / 2), new Shape3(1, height, width));
    }

    private static void DrawGrey(Canvas canvas, VoxelBuffer slice, IntensityRange range, (int Row, int Column) at, int scale)
    {
        double[] row = new double[slice.Shape.X];
        for (int y = 0; y < slice.Shape.Y; y++)
        {
            VoxelConversion.ToDouble(slice.Row(0, y), slice.Type, row);
            for (int x = 0; x < row.Length * scale; x++)
            {
                Colour grey = Colour.Grey((byte)Math.Round(range.Apply(double.IsNaN(row[x / scale]) ? range.Low : row[x / scale])));
                for (int line = 0; line < scale; line++)
                {
                    canvas.Set(at.Row + (y * scale) + line, at.Column + x, grey);
                }
            }
        }
    }
}
