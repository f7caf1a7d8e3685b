using ScrollSeg.Segmentation.Metrics;
using ScrollSeg.Volumes;
using ScrollSeg.Volumes.Images;

namespace ScrollSeg.Segmentation.Pictures;

/// <summary>A place in three orthogonal planes, one per row: the scan, the mask's outline in it, the truth's, and the errors: blue what is
/// missing, vermilion what is too much.</summary>
public static class ErrorPanel
{
    private const int Gap = 6;
    private const int Side = 96;  // voxels shown along each axis
    private const int Scale = 2;  // pixels per voxel

    /// <summary>Makes the picture.</summary>
    /// <param name="scan">The grey volume.</param>
    /// <param name="range">The grey values that become black and white.</param>
    /// <param name="offset">Where the mask's first voxel lies in the scan. For a flat mask the slice of it that is shown.</param>
    /// <param name="prediction">A mask, or values with a threshold.</param>
    /// <param name="truth">Labels of the same shape.</param>
    /// <param name="settings">Label of what is not known, threshold.</param>
    /// <param name="place">The voxel of the mask that all planes go through.</param>
    /// <param name="cancellationToken">Stops between planes.</param>
    public static async Task<PixelImage> DrawAsync(
        VolumeReader scan,
        IntensityRange range,
        (int Z, int Y, int X) offset,
        VolumeReader prediction,
        VolumeReader truth,
        MetricSettings settings,
        (int Z, int Y, int X) place,
        CancellationToken cancellationToken = default)
    {
        LabelPair pair = new(prediction, truth, settings with { Region = null });
        Box3 cube = Around(place, prediction.Info.Shape);
        Axis[] normals = cube.Shape.Z == 1 ? [Axis.Z] : [Axis.Z, Axis.Y, Axis.X];
        int[] heights = [.. normals.Select(normal => SizeOf(cube.Shape, normal).Height * Scale)];
        int widest = normals.Max(normal => SizeOf(cube.Shape, normal).Width) * Scale;
        Canvas canvas = new(heights.Sum() + (Gap * (normals.Length + 1)), (4 * (widest + Gap)) + Gap, Colour.White);
        int top = Gap;
        for (int i = 0; i < normals.Length; i++)
        {
            int at = normals[i] switch { Axis.Z => place.Z, Axis.Y => place.Y, _ => place.X };
            Box3 plane = cube.With(normals[i], at, 1);
            using LabelBlock labels = await pair.ReadAsync(plane, cancellationToken);
            labels.Neutralise();
            Box3 inScan = new((plane.Start.Z + offset.Z, plane.Start.Y + offset.Y, plane.Start.X + offset.X), plane.Shape);
            using VolumeBlock grey = await VolumeBlock.ReadAsync(scan, inScan, cancellationToken);
            DrawRow(canvas, top, widest, SizeOf(plane.Shape, normals[i]), GreyOf(grey.Voxels, range), labels);
            top += heights[i] + Gap;
        }

        return canvas.ToImage();
    }

    private static void DrawRow(Canvas canvas, int top, int widest, (int Height, int Width) size, byte[] grey, LabelBlock labels)
    {
        for (int column = 0; column < 4; column++)
        {
            int left = Gap + (column * (widest + Gap));
            for (int y = 0; y < size.Height * Scale; y++)
            {
                for (int x = 0; x < size.Width * Scale; x++)
                {
                    int i = (y / Scale * size.Width) + (x / Scale);
                    canvas.Set(top + y, left + x, column < 3 ? Colour.Grey(grey[i]) : ErrorColour(grey[i], labels.Prediction.Bytes[i], labels.Truth.Bytes[i]));
                }
            }

            if (column is 1 or 2)
            {
                ReadOnlySpan<byte> mask = column == 1 ? labels.Prediction.Bytes : labels.Truth.Bytes;
                MaskOutline.Draw(canvas, mask, size.Height, size.Width, (top, left), Scale, column == 1 ? Colour.Orange : Colour.SkyBlue);
            }
        }
    }

    private static Colour ErrorColour(byte grey, byte prediction, byte truth) =>
        prediction == truth ? Colour.Grey((byte)(grey / 2)) : prediction != 0 ? Colour.Vermilion : Colour.SkyBlue;

    private static byte[] GreyOf(VoxelBuffer voxels, IntensityRange range)
    {
        double[] values = new double[voxels.Shape.X];
        byte[] grey = new byte[voxels.Shape.VoxelCount];
        for (int row = 0; row < voxels.Shape.Z * voxels.Shape.Y; row++)
        {
            VoxelConversion.ToDouble(voxels.Row(row / voxels.Shape.Y, row % voxels.Shape.Y), voxels.Type, values);
            for (int x = 0; x < values.Length; x++)
            {
                grey[(row * values.Length) + x] = (byte)Math.Round(range.Apply(double.IsNaN(values[x]) ? range.Low : values[x]));
            }
        }

        return grey;
    }

    private static (int Height, int Width) SizeOf(Shape3 shape, Axis normal) => normal switch
    {
        Axis.Z => (shape.Y, shape.X),
        Axis.Y => (shape.Z, shape.X),
        _ => (shape.Z, shape.Y),
    };

    private static Box3 Around((int Z, int Y, int X) place, Shape3 shape) => new(
        (StartOf(place.Z, shape.Z), StartOf(place.Y, shape.Y), StartOf(place.X, shape.X)),
        new Shape3(Math.Min(Side, shape.Z), Math.Min(Side, shape.Y), Math.Min(Side, shape.X)));

    private static int StartOf(int place, int extent) => Math.Clamp(place - (Side / 2), 0, Math.Max(0, extent - Side));
}
