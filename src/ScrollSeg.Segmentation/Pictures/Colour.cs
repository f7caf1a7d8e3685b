namespace ScrollSeg.Segmentation.Pictures;

/// <summary>An RGB colour.</summary>
public readonly record struct Colour(byte Red, byte Green, byte Blue)
{
    /// <summary>Of masks and predictions. This and the next two are told apart by people who confuse red and green
    /// (M. Okabe and K. Ito, "Color Universal Design", 2008).</summary>
    public static Colour Orange { get; } = new(230, 159, 0);

    /// <summary>Of ground truth.</summary>
    public static Colour SkyBlue { get; } = new(86, 180, 233);

    /// <summary>Of errors.</summary>
    public static Colour Vermilion { get; } = new(213, 94, 0);

    /// <summary>Of margins.</summary>
    public static Colour White { get; } = new(255, 255, 255);

    /// <summary>A grey level.</summary>
    public static Colour Grey(byte level) => new(level, level, level);
}
