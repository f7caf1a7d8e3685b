namespace ScrollSeg.Volumes.Phantoms;

/// <summary>A letter-like sign of two to four pen strokes, straight or bent, in a unit square.</summary>
/// <param name="bits">Which sign; 64 random bits.</param>
internal sealed class StrokeGlyph(ulong bits)
{
    private readonly Stroke[] _strokes = Make(bits);

    /// <summary>Distance from a point of the unit square to the nearest stroke's middle line.</summary>
    public float DistanceTo(float y, float x)
    {
        float nearest = float.MaxValue;
        foreach (Stroke stroke in _strokes)
        {
            nearest = MathF.Min(nearest, stroke.SquareTo(y, x));
        }

        return MathF.Sqrt(nearest);
    }

    private static Stroke[] Make(ulong bits)
    {
        int count = 2 + (int)(bits % 3);
        List<Stroke> strokes = [];
        for (int i = 0; i < count; i++)
        {
            ulong h = CoordinateHash.At(bits, i, 1, 2);
            bool bent = i == 0 ? (bits & 64) != 0 : (h & 3) == 0;
            if (bent)
            {
                AddArc(strokes, h);
            }
            else
            {
                strokes.Add(Line(h, i));
            }
        }

        return [.. strokes];
    }

    /// <summary>Upright, level or slanting, from one side of the square to the other: what letters are made of.</summary>
    private static Stroke Line(ulong h, int order)
    {
        float a = Grid(h, 0);
        float b = Grid(h, 1);
        int kind = ((int)(h >> 40) + order) % 3;
        return kind switch
        {
            0 => new Stroke(0.08f, a, 0.92f, a),
            1 => new Stroke(a, 0.10f, a, 0.90f),
            _ => new Stroke(0.08f, a, 0.92f, b == a ? 1f - b : b),
        };
    }

    /// <summary>A bow as a chain of short lines.</summary>
    private static void AddArc(List<Stroke> strokes, ulong h)
    {
        const int Pieces = 7;
        double radius = 0.25 + (0.17 * CoordinateHash.Unit(h, 0));
        double start = Math.Tau * CoordinateHash.Unit(h, 1);
        double extent = Math.Tau * (0.45 + (0.55 * CoordinateHash.Unit(h, 2)));
        (double y, double x) = (0, 0);
        for (int i = 0; i <= Pieces; i++)
        {
            (double sin, double cos) = Math.SinCos(start + (extent * i / Pieces));
            (double nextY, double nextX) = (0.5 + (radius * sin), 0.5 + (radius * cos));
            if (i > 0)
            {
                strokes.Add(new Stroke((float)y, (float)x, (float)nextY, (float)nextX));
            }

            (y, x) = (nextY, nextX);
        }
    }

    private static float Grid(ulong h, int part) => 0.12f + (0.38f * (int)(2.999f * CoordinateHash.Unit(h, part)));

    private readonly record struct Stroke(float Y0, float X0, float Y1, float X1)
    {
        public float SquareTo(float y, float x)
        {
            float dy = Y1 - Y0;
            float dx = X1 - X0;
            float t = Math.Clamp((((y - Y0) * dy) + ((x - X0) * dx)) / ((dy * dy) + (dx * dx)), 0f, 1f);
            float ry = y - Y0 - (t * dy);
            float rx = x - X0 - (t * dx);
            return (ry * ry) + (rx * rx);
        }
    }
}
