namespace ScrollSeg.Sam.Training;

/// <summary>Brings square patches to another size; pixels are areas, their values stand at their centres.</summary>
internal static class Resample
{
    /// <summary>Joins grey values linearly.</summary>
    /// <param name="values"><c>[from, from]</c>.</param>
    /// <param name="from">Pixels along a side.</param>
    /// <param name="to">Pixels wanted along a side.</param>
    public static float[] Bilinear(float[] values, int from, int to)
    {
        if (from == to)
        {
            return values;
        }

        float[] result = new float[to * to];
        for (int y = 0; y < to; y++)
        {
            (int top, int bottom, float down) = Between(y, from, to);
            for (int x = 0; x < to; x++)
            {
                (int left, int right, float across) = Between(x, from, to);
                float above = Mix(values[(top * from) + left], values[(top * from) + right], across);
                float below = Mix(values[(bottom * from) + left], values[(bottom * from) + right], across);
                result[(y * to) + x] = Mix(above, below, down);
            }
        }

        return result;
    }

    /// <summary>Takes the label at each place.</summary>
    /// <param name="labels"><c>[from, from]</c>.</param>
    /// <param name="from">Pixels along a side.</param>
    /// <param name="to">Pixels wanted along a side.</param>
    public static byte[] Nearest(byte[] labels, int from, int to)
    {
        if (from == to)
        {
            return labels;
        }

        byte[] result = new byte[to * to];
        for (int i = 0; i < result.Length; i++)
        {
            (int y, int x) = Math.DivRem(i, to);
            result[i] = labels[(((2 * y) + 1) * from / (2 * to) * from) + (((2 * x) + 1) * from / (2 * to))];
        }

        return result;
    }

    private static (int Low, int High, float Share) Between(int at, int from, int to)
    {
        double place = Math.Clamp(((at + 0.5) * from / to) - 0.5, 0, from - 1);
        int low = (int)place;
        return (low, Math.Min(low + 1, from - 1), (float)(place - low));
    }

    private static float Mix(float a, float b, float share) => a + ((b - a) * share);
}
