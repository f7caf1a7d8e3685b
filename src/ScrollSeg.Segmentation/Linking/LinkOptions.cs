using System.Globalization;

namespace ScrollSeg.Segmentation.Linking;

/// <summary>
/// What is made of a thresholded mask; the steps are taken in this order, whatever the order they are named in: hysteresis
/// or closing, holes, components, removal of small ones. Written as <c>hysteresis:0.3,holes,components:26,min-size:100</c>.
/// </summary>
public sealed record LinkOptions
{
    private const int MostSliceGap = 64;
    private const int MostClosing = 8;
    private const int DefaultSliceGap = 3;

    /// <summary>What is taken when nothing is said: <c>components:26</c>.</summary>
    public static LinkOptions Default { get; } = new() { Instances = true };

    /// <summary>The lower threshold, a probability: components of what reaches it stay if a voxel of them reaches the threshold of
    /// the mask. Default none.</summary>
    public double? Hysteresis
    {
        get;
        init => field = value is null or (> 0 and <= 1)
            ? value
            : throw new ArgumentOutOfRangeException(nameof(Hysteresis), value, "hysteresis lies above 0 and at most at 1.");
    }

    /// <summary>Radius in voxels of the ball that the mask is closed with: gaps and cracks narrower than it are filled. Default 0, not at
    /// all. Does not go with hysteresis, which needs two masks.</summary>
    public int Closing
    {
        get;
        init => field = value is >= 0 and <= MostClosing
            ? value
            : throw new ArgumentOutOfRangeException(nameof(Closing), value, $"closing takes a radius of 1 to {MostClosing} voxels.");
    }

    /// <summary>Whether background that the border of the volume cannot be reached from becomes foreground. Default false.</summary>
    public bool FillsHoles { get; init; }

    /// <summary>Voxels of the largest hole that is filled. Default any.</summary>
    public long LargestHole
    {
        get;
        init => field = value > 0
            ? value
            : throw new ArgumentOutOfRangeException(nameof(LargestHole), value, "holes have at least one voxel.");
    } = long.MaxValue;

    /// <summary>Which voxels of an object are neighbours; background goes by the other one. Default 26.</summary>
    public Connectivity Connectivity { get; init; } = Connectivity.TwentySix;

    /// <summary>Whether each component gets a number, in <c>labels/instances</c>. Default false.</summary>
    public bool Instances { get; init; }

    /// <summary>For a volume of numbers that mean the same only within their slice: how many slices may lie between two of one object.
    /// Stands alone. Default <see langword="null"/>: the volume is a mask.</summary>
    public int? SliceGap
    {
        get;
        init => field = value is null or (>= 0 and <= MostSliceGap)
            ? value
            : throw new ArgumentOutOfRangeException(nameof(SliceGap), value, $"slices lie between 0 and {MostSliceGap} apart.");
    }

    /// <summary>Voxels of the smallest component that stays. Default 1, all.</summary>
    public long MinSize
    {
        get;
        init => field = value > 0
            ? value
            : throw new ArgumentOutOfRangeException(nameof(MinSize), value, "min-size is at least 1.");
    } = 1;

    /// <summary>Reads the written form.</summary>
    /// <exception cref="FormatException">It is none; the message says what is wrong and what is known.</exception>
    public static LinkOptions Parse(string text)
    {
        LinkOptions options = new();
        HashSet<string> seen = [];
        foreach (string step in text.Split(','))
        {
            string[] parts = step.Split(':');
            if (!seen.Add(parts[0]))
            {
                throw new FormatException($"'{parts[0]}' is named twice.");
            }

            try
            {
                options = parts switch
                {
                    ["hysteresis", string low] => options with { Hysteresis = Real(low, step) },
                    ["closing", string radius] when Whole(radius, step) > 0 => options with { Closing = (int)Math.Min(Whole(radius, step), int.MaxValue) },
                    ["holes"] => options with { FillsHoles = true },
                    ["holes", string most] => options with { FillsHoles = true, LargestHole = Whole(most, step) },
                    ["components"] => options with { Instances = true },
                    ["components", "6"] => options with { Instances = true, Connectivity = Connectivity.Six },
                    ["components", "26"] => options with { Instances = true, Connectivity = Connectivity.TwentySix },
                    ["slices"] => options with { Instances = true, SliceGap = DefaultSliceGap },
                    ["slices", string gap] => options with { Instances = true, SliceGap = (int)Math.Min(Whole(gap, step), int.MaxValue) },
                    ["min-size", string least] => options with { MinSize = Whole(least, step) },
                    _ => throw NotUnderstood(step),
                };
            }
            catch (ArgumentOutOfRangeException e)
            {
                throw new FormatException($"'{step}': {e.Message.Split(" (Parameter")[0]}", e);
            }
        }

        if (options.Closing > 0 && options.Hysteresis is not null)
        {
            throw new FormatException("'closing' closes one mask and does not go with 'hysteresis', which has two.");
        }

        return options.SliceGap is null || seen.Count == 1
            ? options
            : throw new FormatException("'slices' links numbered slices and goes with no other step.");
    }

    /// <summary>The written form; what it gives when it is read is this.</summary>
    public override string ToString()
    {
        if (SliceGap is int gap)
        {
            return string.Create(CultureInfo.InvariantCulture, $"slices:{gap}");
        }

        List<string> steps = [];
        if (Hysteresis is double low)
        {
            steps.Add(string.Create(CultureInfo.InvariantCulture, $"hysteresis:{low:R}"));
        }

        if (Closing > 0)
        {
            steps.Add(string.Create(CultureInfo.InvariantCulture, $"closing:{Closing}"));
        }

        if (FillsHoles)
        {
            steps.Add(LargestHole == long.MaxValue ? "holes" : string.Create(CultureInfo.InvariantCulture, $"holes:{LargestHole}"));
        }

        if (Instances)
        {
            steps.Add($"components:{(int)Connectivity}");
        }

        if (MinSize > 1)
        {
            steps.Add(string.Create(CultureInfo.InvariantCulture, $"min-size:{MinSize}"));
        }

        return string.Join(',', steps);
    }

    private static double Real(string text, string step) =>
        double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double value) ? value : throw NotUnderstood(step);

    private static long Whole(string text, string step) =>
        long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out long value) ? value : throw NotUnderstood(step);

    private static FormatException NotUnderstood(string step) => new(
        $"'{step}' is no step: known are hysteresis:LOW, closing:RADIUS, holes, holes:MOST_VOXELS, components:6|26, min-size:VOXELS, separated by commas; or slices:MAX_GAP alone.");
}
