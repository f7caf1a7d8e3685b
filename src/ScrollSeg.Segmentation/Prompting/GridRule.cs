using System.Globalization;

namespace ScrollSeg.Segmentation.Prompting;

/// <summary>Automatic masks in each tile, by clicks on a grid, and which of them are foreground: a rule about a tile's content alone.</summary>
public sealed record GridRule
{
    /// <summary>What <see cref="Parse"/> takes, for help texts.</summary>
    public const string Form = "grid[:N][,keep=bright|dark|all][,level=GREY][,iou=LEAST][,stability=LEAST][,min-area=VOXELS][,max-area=SHARE]";

    private static readonly string[] Keys = ["keep", "level", "iou", "stability", "min-area", "max-area"];

    /// <summary>Clicks along each side of a tile. Default 16: scans have smaller tiles than photographs, for which SAM has 32.</summary>
    public int PointsPerSide { get; init; } = 16;

    /// <summary>On which side of the level a mask's mean grey has to lie. Default bright.</summary>
    public GridSide Keep { get; init; }

    /// <summary>The level, of the 0 to 255 that the network sees. Default Otsu's threshold of the whole volume: a tile's own would call
    /// half of an empty tile bright.</summary>
    public double? Level { get; init; }

    /// <summary>Masks of which the network itself expects this IoU or less are dropped; 0 drops none. Default as in SAM.</summary>
    public double LeastIoU { get; init; } = 0.88;

    /// <summary>Masks that change more with the threshold are dropped; 0 drops none. Default as in SAM.</summary>
    public double LeastStability { get; init; } = 0.95;

    /// <summary>Masks of fewer voxels are dropped. Default 16.</summary>
    public int LeastArea { get; init; } = 16;

    /// <summary>Masks of a larger share of the tile are dropped: they are what everything lies in. Default 0.9.</summary>
    public double MostArea { get; init; } = 0.9;

    /// <summary>Reads what a rule printed, or a shorter form of it.</summary>
    /// <exception cref="InvalidRequestException">It is no <see cref="Form"/>.</exception>
    public static GridRule Parse(string text)
    {
        string[] parts = text.Split(',');
        RuleSettings settings = new(text, parts[1..], Keys);
        GridRule defaults = new();
        int points = parts[0] == "grid" ? defaults.PointsPerSide
            : int.TryParse(parts[0].AsSpan("grid:".Length), NumberStyles.None, CultureInfo.InvariantCulture, out int n) && n is >= 1 and <= 128 ? n
            : throw new InvalidRequestException($"--prompts {text}: expected 1 to 128 clicks along each side of a tile, as in grid:16.");
        GridSide keep = Enum.Parse<GridSide>(settings.Word("keep", "bright", "bright", "dark", "all"), ignoreCase: true);
        if (keep == GridSide.All && settings.Has("level"))
        {
            throw new InvalidRequestException($"--prompts {text}: keep=all goes by no level; leave out one of the two.");
        }

        return new GridRule
        {
            PointsPerSide = points,
            Keep = keep,
            Level = settings.Has("level") ? settings.Number("level", 0, 0, 255) : null,
            LeastIoU = settings.Number("iou", defaults.LeastIoU, 0, 1),
            LeastStability = settings.Number("stability", defaults.LeastStability, 0, 1),
            LeastArea = settings.Whole("min-area", defaults.LeastArea, 0, int.MaxValue),
            MostArea = settings.Number("max-area", defaults.MostArea, 0, 1),
        };
    }

    /// <summary>Whether a mask is foreground.</summary>
    /// <param name="area">Its voxels.</param>
    /// <param name="tileArea">The tile's.</param>
    /// <param name="meanGrey">Mean of what the network sees in it, 0 to 255.</param>
    /// <param name="level">The level that holds, on the same scale.</param>
    public bool Keeps(long area, long tileArea, double meanGrey, double level) =>
        area >= LeastArea && area <= MostArea * tileArea && Keep switch
        {
            GridSide.Bright => meanGrey >= level,
            GridSide.Dark => meanGrey < level,
            _ => true,
        };

    /// <inheritdoc/>
    public override string ToString()
    {
        string level = Level is double grey ? string.Create(CultureInfo.InvariantCulture, $",level={grey}") : "";
        return string.Create(
            CultureInfo.InvariantCulture,
            $"grid:{PointsPerSide},keep={Keep.ToString().ToLowerInvariant()}{level},iou={LeastIoU},stability={LeastStability},min-area={LeastArea},max-area={MostArea}");
    }
}
