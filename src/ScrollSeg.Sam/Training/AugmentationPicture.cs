using System.Globalization;
using ScrollSeg.Segmentation.Pictures;
using ScrollSeg.Volumes.Images;

namespace ScrollSeg.Sam.Training;

/// <summary>Draws an example as it is and after each augmentation alone, at its strongest: a mistake in one is seen before it costs a
/// training. Labels are outlined, so that it shows whether they went along.</summary>
internal static class AugmentationPicture
{
    private const int Columns = 4;
    private const int Gap = 4;

    /// <summary>Draws it.</summary>
    /// <param name="example">The slice in the middle is shown, or the one that goes missing.</param>
    /// <param name="augmentation">What may happen to examples.</param>
    /// <param name="random">Draws the noise.</param>
    public static PixelImage Draw(TrainingExample example, Augmentation augmentation, Random random)
    {
        (string Caption, TrainingExample Example, int Slice)[] tiles =
        [
            .. ChangesOf(example, augmentation).Select(change => (change.Caption, change.Change.Apply(example, random), change.Slice)),
        ];
        int caption = PixelText.HeightOf() + (2 * Gap);
        (int width, int height) = (example.Side + Gap, example.Side + caption);
        int columns = Math.Min(Columns, tiles.Length);
        Canvas canvas = new((tiles.Length + Columns - 1) / Columns * height, columns * width, Colour.White);
        for (int i = 0; i < tiles.Length; i++)
        {
            (int top, int left) = (i / Columns * height, i % Columns * width);
            PixelText.Draw(canvas, tiles[i].Caption, top + Gap, left + Gap, Colour.Grey(0));
            DrawTile(canvas, tiles[i].Example, tiles[i].Slice, top + caption, left);
        }

        return canvas.ToImage();
    }

    /// <summary>Each augmentation that is on, alone.</summary>
    internal static IEnumerable<(string Caption, AugmentationChange Change, int Slice)> ChangesOf(TrainingExample example, Augmentation augmentation)
    {
        int middle = example.Labelled;
        AugmentationChange none = AugmentationChange.None;
        yield return ("as it is", none, middle);
        if (augmentation.Turns)
        {
            yield return ("quarter turn", none with { Quarters = 1 }, middle);
            yield return ("mirrored", none with { Flip = true }, middle);
        }

        if (augmentation.Contrast > 1)
        {
            yield return (Text($"contrast x {augmentation.Contrast:0.##}"), none with { Contrast = augmentation.Contrast }, middle);
            yield return (Text($"contrast / {augmentation.Contrast:0.##}"), none with { Contrast = 1 / augmentation.Contrast }, middle);
        }

        if (augmentation.Brightness > 0)
        {
            yield return (Text($"brightness +{augmentation.Brightness:0.#}"), none with { Brightness = augmentation.Brightness }, middle);
            yield return (Text($"brightness -{augmentation.Brightness:0.#}"), none with { Brightness = -augmentation.Brightness }, middle);
        }

        if (augmentation.Noise > 0)
        {
            yield return (Text($"noise {augmentation.Noise:0.#}"), none with { Noise = augmentation.Noise }, middle);
        }

        if (augmentation.SliceDropout > 0 && example.Channels > 1)
        {
            yield return (Text($"slice 1 of {example.Channels}"), none, 0);
            yield return ("slice 1 missing", none with { Missing = 0 }, 0);
        }
    }

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);

    private static void DrawTile(Canvas canvas, TrainingExample example, int slice, int top, int left)
    {
        int side = example.Side;
        for (int i = 0; i < side * side; i++)
        {
            byte grey = (byte)Math.Clamp(example.Grey[(slice * side * side) + i], 0, 255);
            canvas.Set(top + (i / side), left + (i % side), IsEdge(example, i) ? Colour.SkyBlue : Colour.Grey(grey));
        }
    }

    /// <summary>Whether a pixel is foreground and one beside it is not.</summary>
    private static bool IsEdge(TrainingExample example, int pixel)
    {
        (int y, int x) = Math.DivRem(pixel, example.Side);
        return example.Labels[pixel] == 1
            && ((x > 0 && example.Labels[pixel - 1] == 0) || (x < example.Side - 1 && example.Labels[pixel + 1] == 0)
                || (y > 0 && example.Labels[pixel - example.Side] == 0)
                || (y < example.Side - 1 && example.Labels[pixel + example.Side] == 0));
    }
}
