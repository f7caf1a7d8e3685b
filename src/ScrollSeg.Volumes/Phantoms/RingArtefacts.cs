namespace ScrollSeg.Volumes.Phantoms;

/// <summary>Rings around the rotation axis, as badly calibrated detector columns leave them: one offset per radius that
/// changes slowly along z, a few much stronger than the others.</summary>
/// <param name="seed">Which rings.</param>
/// <param name="shape">The volume; the rotation axis runs through its middle.</param>
internal sealed class RingArtefacts(ulong seed, Shape3 shape)
{
    private const double SlicesPerChange = 90;

    private float[] _rings = [];
    private int _first;

    /// <summary>Computes the rings of one slice that pass a box.</summary>
    public void BeginSlice(int z, Box3 box)
    {
        (float near, float far) = Reach(box);
        _first = (int)near;
        int count = (int)far - _first + 3;
        _rings = _rings.Length < count ? new float[count] : _rings;
        double at = z / SlicesPerChange;
        int below = (int)at;
        float t = (float)(at - below);
        for (int i = 0; i < count; i++)
        {
            float a = Strength(below, _first + i);
            _rings[i] = a + ((Strength(below + 1, _first + i) - a) * t);
        }
    }

    /// <summary>Adds the rings to a row of the slice begun.</summary>
    public void AddTo(int y, int startX, float gain, Span<float> row)
    {
        float dy = y - ((shape.Y - 1) / 2f);
        float centreX = (shape.X - 1) / 2f;
        float square = dy * dy;
        for (int i = 0; i < row.Length; i++)
        {
            float dx = startX + i - centreX;
            float radius = MathF.Sqrt(square + (dx * dx)) - _first;
            int k = (int)radius;
            row[i] += gain * (_rings[k] + ((_rings[k + 1] - _rings[k]) * (radius - k)));
        }
    }

    private float Strength(int block, int radius)
    {
        ulong steady = CoordinateHash.At(seed, radius, 0, 0);
        float strong = CoordinateHash.Unit(steady, 2) > 0.96f ? 3.5f : 0.6f;
        float changing = CoordinateHash.Signed(CoordinateHash.At(seed, radius, block, 1), 0);
        return strong * (CoordinateHash.Signed(steady, 0) + (0.5f * changing));
    }

    /// <summary>Smallest and largest distance of a box from the axis.</summary>
    private (float Near, float Far) Reach(Box3 box)
    {
        float centreY = (shape.Y - 1) / 2f;
        float centreX = (shape.X - 1) / 2f;
        float nearY = MathF.Max(0, MathF.Max(box.Start.Y - centreY, centreY - (box.End.Y - 1)));
        float nearX = MathF.Max(0, MathF.Max(box.Start.X - centreX, centreX - (box.End.X - 1)));
        float farY = MathF.Max(MathF.Abs(box.Start.Y - centreY), MathF.Abs(box.End.Y - 1 - centreY));
        float farX = MathF.Max(MathF.Abs(box.Start.X - centreX), MathF.Abs(box.End.X - 1 - centreX));
        float near = MathF.Sqrt((nearY * nearY) + (nearX * nearX));
        return (MathF.Max(0, MathF.Floor(near) - 1), MathF.Sqrt((farY * farY) + (farX * farX)));
    }
}
