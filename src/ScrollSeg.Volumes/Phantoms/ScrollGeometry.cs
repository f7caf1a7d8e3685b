namespace ScrollSeg.Volumes.Phantoms;

/// <summary>
/// Where the wound sheet runs: an Archimedean spiral around a wandering, turning ellipse, dented by a smooth field.
/// Radii are in voxels along the mean semi-axis.
/// </summary>
internal sealed class ScrollGeometry
{
    private const double LongestRatio = 0.78;

    private readonly ScrollPhantom _phantom;
    private readonly ulong _dentSeed;
    private readonly ulong _rippleSeed;
    private readonly ulong _slowSeed;
    private readonly double _semiY;
    private readonly double _semiX;

    public ScrollGeometry(ScrollPhantom phantom)
    {
        _phantom = phantom;
        ulong seed = CoordinateHash.Derive((ulong)phantom.Seed, 1);
        _dentSeed = CoordinateHash.Derive(seed, 2);
        _rippleSeed = CoordinateHash.Derive(seed, 3);
        _slowSeed = CoordinateHash.Derive(seed, 4);
        double y = phantom.Shape.Y * 0.485;
        double x = phantom.Shape.X * 0.485;
        _semiY = Math.Min(y, x / LongestRatio);
        _semiX = Math.Min(x, y / LongestRatio);
        double mean = Math.Sqrt(_semiY * _semiX);
        DentHeight = phantom.Deformation * mean;
        DentLength = Math.Max(24, 0.8 * mean);
        RippleHeight = Math.Min(2.2, 0.03 * mean);

        // centre drift and dents must not carry the scroll out of the volume
        SupportRadius = (float)((0.97 * mean) - (0.75 * DentHeight) - RippleHeight);
        Pitch = (float)Math.Clamp(mean / 4, 5, phantom.Pitch);
        SheetEnd = (SupportRadius - 3f) / Pitch;
    }

    /// <summary>Mean distance of windings; less than asked for where only a few would fit.</summary>
    public float Pitch { get; }

    /// <summary>Radius behind which there is nothing, before its irregular edge.</summary>
    public float SupportRadius { get; }

    /// <summary>Where the outermost winding ends, in turns.</summary>
    public float SheetEnd { get; }

    private double DentHeight { get; }

    private double DentLength { get; }

    private double RippleHeight { get; }

    /// <summary>The ellipse in one slice.</summary>
    public EllipseFrame FrameAt(double z)
    {
        double length = Math.Max(60, 1.2 * Math.Sqrt(_semiY * _semiX));
        double centreY = ((_phantom.Shape.Y - 1) / 2.0) + (0.03 * _semiY * ValueNoise.Line(_slowSeed, z / length));
        double centreX = ((_phantom.Shape.X - 1) / 2.0) + (0.03 * _semiX * ValueNoise.Line(_slowSeed + 1, z / length));
        double ratio = 0.92 + (0.06 * ValueNoise.Line(_slowSeed + 2, z / (2 * length)));
        double angle = Math.PI * (ValueNoise.Line(_slowSeed + 3, 0.5) + (0.3 * ValueNoise.Line(_slowSeed + 4, z / (2 * length))));
        double mean = Math.Sqrt(_semiY * _semiX);
        (double sin, double cos) = Math.SinCos(angle);
        double along = Math.Sqrt(ratio);
        return new EllipseFrame(
            centreY,
            centreX,
            cos * mean / _semiY / along,
            sin * mean / _semiX / along,
            -sin * mean / _semiY * along,
            cos * mean / _semiX * along);
    }

    /// <summary>How far a voxel's radius is shifted by dents and ripples, in voxels.</summary>
    public float DentAt(int z, int y, int x)
    {
        double dent = ValueNoise.Space(_dentSeed, z / (1.6 * DentLength), y / DentLength, x / DentLength);
        double ripple = ValueNoise.Space(_rippleSeed, z / 60.0, y / 34.0, x / 34.0);
        return (float)((DentHeight * dent) + (RippleHeight * ripple));
    }

    /// <summary>Steepness of the shifted radius, voxels per voxel: above 1 the windings lie closer than the pitch.</summary>
    public float SteepnessAt(int z, int y, int x)
    {
        const int Reach = 4;
        double dz = RadiusAt(z + Reach, y, x) - RadiusAt(z - Reach, y, x);
        double dy = RadiusAt(z, y + Reach, x) - RadiusAt(z, y - Reach, x);
        double dx = RadiusAt(z, y, x + Reach) - RadiusAt(z, y, x - Reach);
        return (float)(Math.Sqrt((dz * dz) + (dy * dy) + (dx * dx)) / (2 * Reach));
    }

    private double RadiusAt(int z, int y, int x)
    {
        (double v, double w) = FrameAt(z).Map(y, x);
        return Math.Sqrt((v * v) + (w * w)) + DentAt(z, y, x);
    }
}
