namespace ScrollSeg.Sam.Training;

/// <summary>Exact squared Euclidean distances to the nearest pixel outside a region (P. F. Felzenszwalb and
/// D. P. Huttenlocher, Theory of Computing 8, 2012): parabolas along columns, then along rows.</summary>
internal static class DistanceTransform
{
    /// <summary>Measures a square image. What lies beyond its border is outside.</summary>
    /// <param name="region">Not 0 in the region, <c>[V, V]</c>.</param>
    /// <param name="side">V.</param>
    /// <returns>Squared distance per pixel, in pixels; 0 outside, 1 at the edge.</returns>
    public static int[] Squared(ReadOnlySpan<byte> region, int side)
    {
        int wide = side + 2; // a frame of background
        int far = 4 * wide * wide;
        int[] distance = new int[wide * wide];
        for (int y = 0; y < side; y++)
        {
            for (int x = 0; x < side; x++)
            {
                distance[((y + 1) * wide) + x + 1] = region[(y * side) + x] != 0 ? far : 0;
            }
        }

        Lines lines = new(wide);
        for (int i = 0; i < wide; i++)
        {
            lines.Lower(distance.AsSpan(), i, wide);
        }

        for (int i = 0; i < wide; i++)
        {
            lines.Lower(distance.AsSpan(), i * wide, 1);
        }

        int[] inner = new int[side * side];
        for (int y = 0; y < side; y++)
        {
            distance.AsSpan(((y + 1) * wide) + 1, side).CopyTo(inner.AsSpan(y * side));
        }

        return inner;
    }

    /// <summary>The lower envelope of a line's parabolas.</summary>
    private sealed class Lines(int length)
    {
        private readonly int[] _values = new int[length];
        private readonly int[] _apex = new int[length];
        private readonly double[] _from = new double[length + 1];

        public void Lower(Span<int> image, int start, int stride)
        {
            for (int i = 0; i < length; i++)
            {
                _values[i] = image[start + (i * stride)];
            }

            int last = 0;
            (_apex[0], _from[0], _from[1]) = (0, double.NegativeInfinity, double.PositiveInfinity);
            for (int i = 1; i < length; i++)
            {
                double meet = Meet(i, _apex[last]);
                while (meet <= _from[last])
                {
                    last--;
                    meet = Meet(i, _apex[last]);
                }

                last++;
                (_apex[last], _from[last], _from[last + 1]) = (i, meet, double.PositiveInfinity);
            }

            for (int i = 0, at = 0; i < length; i++)
            {
                while (_from[at + 1] < i)
                {
                    at++;
                }

                int off = i - _apex[at];
                image[start + (i * stride)] = (off * off) + _values[_apex[at]];
            }
        }

        /// <summary>Where the parabola of a later pixel comes to lie below that of an earlier one.</summary>
        private double Meet(int later, int earlier) =>
            (_values[later] + ((double)later * later) - _values[earlier] - ((double)earlier * earlier)) / (2.0 * (later - earlier));
    }
}
