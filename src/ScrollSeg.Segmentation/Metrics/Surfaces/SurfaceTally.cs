namespace ScrollSeg.Segmentation.Metrics.Surfaces;

/// <summary>How far the surface of one mask lies from that of the other: area by distance.</summary>
public sealed class SurfaceTally
{
    private readonly Dictionary<float, double> _areas = []; // by squared distance

    /// <summary>Area of the whole surface.</summary>
    public double Area { get; private set; }

    /// <summary>Area that lies farther away than was looked for.</summary>
    public double FarArea { get; private set; }

    /// <summary>Area that lies within a distance.</summary>
    /// <param name="distance">At most what was looked for. A millionth more counts as equal, so that rounding does not decide.</param>
    public double AreaWithin(double distance) =>
        _areas.Where(entry => entry.Key <= distance * distance * (1 + 1e-6)).Sum(entry => entry.Value);

    /// <summary>The least distance that a share of the area lies within; <see langword="null"/> if there is no surface, or if the
    /// share lies farther away than was looked for.</summary>
    public double? DistanceOf(double share)
    {
        if (Area == 0)
        {
            return null;
        }

        double sum = 0;
        foreach ((float squared, double area) in _areas.OrderBy(entry => entry.Key))
        {
            sum += area;
            if (sum >= share * Area * (1 - 1e-12))
            {
                return Math.Sqrt(squared);
            }
        }

        return null;
    }

    internal void Add(float squaredDistance, double area)
    {
        Area += area;
        if (float.IsPositiveInfinity(squaredDistance))
        {
            FarArea += area;
        }
        else
        {
            System.Runtime.InteropServices.CollectionsMarshal.GetValueRefOrAddDefault(_areas, squaredDistance, out _) += area;
        }
    }
}
