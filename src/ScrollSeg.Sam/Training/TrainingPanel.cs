using ScrollSeg.Segmentation.Pictures;
using ScrollSeg.Volumes.Images;

namespace ScrollSeg.Sam.Training;

/// <summary>Draws what the network was shown, the truth, what it made of it, and where it errs: a row per example.</summary>
internal static class TrainingPanel
{
    private const int Gap = 4;

    /// <param name="examples">The examples.</param>
    /// <param name="masks">Their masks, not 0 where the network sees foreground, <c>[V, V]</c> each.</param>
    public static PixelImage Draw(IReadOnlyList<TrainingExample> examples, IReadOnlyList<byte[]> masks)
    {
        int side = examples[0].Side;
        Canvas canvas = new((examples.Count * (side + Gap)) - Gap, (4 * (side + Gap)) - Gap, Colour.White);
        for (int row = 0; row < examples.Count; row++)
        {
            (TrainingExample example, byte[] mask) = (examples[row], masks[row]);
            int middle = example.Channels / 2 * side * side;
            for (int i = 0; i < side * side; i++)
            {
                Colour grey = Colour.Grey((byte)Math.Clamp(example.Grey[middle + i], 0, 255));
                (bool truth, bool seen) = (example.Labels[i] == 1, mask[i] != 0);
                Put(canvas, row, 0, side, i, grey);
                Put(canvas, row, 1, side, i, truth ? Colour.SkyBlue : grey);
                Put(canvas, row, 2, side, i, seen ? Colour.Orange : grey);
                bool isWrong = truth != seen && example.Labels[i] != TrainingExample.Ignored;
                Put(canvas, row, 3, side, i, !isWrong ? grey : seen ? Colour.Vermilion : Colour.SkyBlue);
            }
        }

        return canvas.ToImage();
    }

    private static void Put(Canvas canvas, int row, int column, int side, int pixel, Colour colour) =>
        canvas.Set((row * (side + Gap)) + (pixel / side), (column * (side + Gap)) + (pixel % side), colour);
}
