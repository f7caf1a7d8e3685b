using ScrollSeg.Segmentation.Prompting;

namespace ScrollSeg.Sam.Training;

/// <summary>A connected region of an example's foreground that the network is asked for.</summary>
/// <param name="Mask">1 in the object, 0 elsewhere, <c>[V, V]</c>.</param>
/// <param name="Side">V.</param>
internal sealed record TargetObject(byte[] Mask, int Side)
{
    /// <summary>Draws the object that holds a random pixel of the foreground, so large ones more often.</summary>
    /// <returns><see langword="null"/> if there is no foreground.</returns>
    public static TargetObject? Draw(TrainingExample example, Random random)
    {
        int count = example.Labels.Count(label => label == 1);
        return count == 0
            ? null
            : Of(MaskObjects.Around(Foreground(example), example.Side, Nth(example.Labels, 1, random.Next(count))), example.Side);
    }

    /// <summary>All objects, in the order of their first pixels.</summary>
    /// <param name="example">Where they lie.</param>
    /// <param name="minArea">Smaller ones are left out.</param>
    public static IEnumerable<TargetObject> All(TrainingExample example, int minArea) =>
        MaskObjects.In(Foreground(example), example.Side, minArea).Select(pixels => Of(pixels, example.Side));

    /// <summary>The pixel of the n-th occurrence of a value.</summary>
    public static int Nth(ReadOnlySpan<byte> values, byte wanted, int n)
    {
        for (int i = 0; i < values.Length; i++)
        {
            if (values[i] == wanted && n-- == 0)
            {
                return i;
            }
        }

        throw new ArgumentOutOfRangeException(nameof(n));
    }

    /// <summary>The smallest box around the object: first and last column and row.</summary>
    public (int X0, int Y0, int X1, int Y1) Box()
    {
        (int x0, int y0, int x1, int y1) = (Side, Side, -1, -1);
        for (int i = 0; i < Mask.Length; i++)
        {
            if (Mask[i] != 0)
            {
                (int y, int x) = Math.DivRem(i, Side);
                (x0, y0, x1, y1) = (Math.Min(x0, x), Math.Min(y0, y), Math.Max(x1, x), Math.Max(y1, y));
            }
        }

        return (x0, y0, x1, y1);
    }

    /// <summary>1 in the foreground; other labels, which may say that nobody knows, are none.</summary>
    private static byte[] Foreground(TrainingExample example) => [.. example.Labels.Select(label => label == 1 ? (byte)1 : (byte)0)];

    private static TargetObject Of(int[] pixels, int side)
    {
        byte[] mask = new byte[side * side];
        foreach (int pixel in pixels)
        {
            mask[pixel] = 1;
        }

        return new TargetObject(mask, side);
    }
}
