using ScrollSeg.Segmentation;
using ScrollSeg.Segmentation.Prompting;
using ScrollSeg.Volumes;

namespace ScrollSeg.Sam.Training;

/// <summary>A connected region of a picture's foreground in a view around it: a fair question for a click, since nothing cuts it.</summary>
/// <param name="Example">The view.</param>
/// <param name="Mask">1 in the region, 0 elsewhere, <c>[V, V]</c>.</param>
public sealed record RegionView(TrainingExample Example, byte[] Mask)
{
    /// <summary>Regions of fewer pixels are specks that nobody clicks on.</summary>
    public const int MinArea = 100;

    private const double Surroundings = 1.25; // of a region that is larger than the view

    /// <summary>Shows each region of a part of a picture, those of its first rows first.</summary>
    /// <param name="grey">Grey values, row-major.</param>
    /// <param name="labels">1 foreground, 0 background, <see cref="TrainingExample.Ignored"/> where nobody knows, row-major.</param>
    /// <param name="width">Columns of the picture.</param>
    /// <param name="within">The part; rows and columns count. Views lie in it, and regions end at its border.</param>
    /// <param name="range">What is black and what is white.</param>
    /// <param name="side">V: pixels along a view's side. Larger regions are shown smaller.</param>
    /// <exception cref="ArgumentException">The part is smaller than a view.</exception>
    public static IEnumerable<RegionView> Of(byte[] grey, byte[] labels, int width, Box3 within, IntensityRange range, int side)
    {
        (int top, int left, int rows, int columns) = (within.Start.Y, within.Start.X, within.Shape.Y, within.Shape.X);
        if (Math.Min(rows, columns) < side)
        {
            throw new ArgumentException($"{rows} x {columns} pixels are smaller than a view of {side}.", nameof(within));
        }

        byte[] foreground = new byte[rows * columns];
        for (int i = 0; i < foreground.Length; i++)
        {
            foreground[i] = labels[((top + (i / columns)) * width) + left + (i % columns)] == 1 ? (byte)1 : (byte)0;
        }

        foreach (int[] region in MaskObjects.In(foreground, columns, MinArea))
        {
            BoxPrompt box = MaskObjects.BoxOf(region, columns);
            int longest = (int)Math.Max(box.Y1 - box.Y0, box.X1 - box.X0) + 1;
            int tile = Math.Min(Math.Min(rows, columns), Math.Max(side, (int)Math.Ceiling(longest * Surroundings)));
            int y0 = Math.Clamp((int)((box.Y0 + box.Y1 - tile) / 2), 0, rows - tile);
            int x0 = Math.Clamp((int)((box.X0 + box.X1 - tile) / 2), 0, columns - tile);
            byte[] mask = new byte[tile * tile];
            foreach (int pixel in region)
            {
                (int y, int x) = ((pixel / columns) - y0, (pixel % columns) - x0);
                if (y >= 0 && y < tile && x >= 0 && x < tile)
                {
                    mask[(y * tile) + x] = 1;
                }
            }

            float[] shown = new float[tile * tile];
            byte[] truth = new byte[tile * tile];
            for (int i = 0; i < shown.Length; i++)
            {
                int at = ((top + y0 + (i / tile)) * width) + left + x0 + (i % tile);
                (shown[i], truth[i]) = ((float)range.Apply(grey[at]), labels[at]);
            }

            TrainingExample example = new(
                side, Resample.Bilinear(shown, tile, side), Resample.Nearest(truth, tile, side), $"rows {top + y0}.., columns {left + x0}.. of the picture");
            yield return new RegionView(example, Resample.Nearest(mask, tile, side));
        }
    }
}
