using ScrollSeg.Volumes;

namespace ScrollSeg.Segmentation.Linking;

/// <summary>What a round decides.</summary>
internal enum LinkRoundKind
{
    /// <summary>Which components of what reaches the lower threshold stay.</summary>
    Hysteresis,

    /// <summary>Which components of the background become foreground.</summary>
    Holes,

    /// <summary>Which components stay, and their numbers.</summary>
    Components,
}

/// <summary>One labelling of the whole volume and what is decided for each object.</summary>
/// <param name="Kind">What is decided.</param>
/// <param name="Connectivity">Which voxels are neighbours.</param>
/// <param name="Limit">Voxels of the largest hole, or of the smallest component.</param>
internal sealed record LinkRound(LinkRoundKind Kind, Connectivity Connectivity, long Limit)
{
    /// <summary>Folder of the state of the round that numbers objects.</summary>
    public const string ComponentsName = "components";

    /// <summary>Folder of the round's state.</summary>
    public string Name => Kind == LinkRoundKind.Components ? ComponentsName : Kind.ToString().ToLowerInvariant();

    /// <summary>Whether the objects are of the background.</summary>
    public bool IsOfBackground => Kind == LinkRoundKind.Holes;

    /// <summary>The rounds that options ask for, in order. The last one may be of components, whose objects are what is written.</summary>
    public static IReadOnlyList<LinkRound> ListFor(LinkOptions options)
    {
        List<LinkRound> rounds = [];
        if (options.Hysteresis is not null)
        {
            rounds.Add(new LinkRound(LinkRoundKind.Hysteresis, options.Connectivity, 0));
        }

        if (options.FillsHoles)
        {
            rounds.Add(new LinkRound(LinkRoundKind.Holes, options.Connectivity.Dual(), options.LargestHole));
        }

        if (options.Instances || options.MinSize > 1)
        {
            rounds.Add(new LinkRound(LinkRoundKind.Components, options.Connectivity, options.MinSize));
        }

        return rounds;
    }

    /// <summary>Whether an object stays, or a hole is filled.</summary>
    public bool Takes(in ObjectFacts whole) => Kind switch
    {
        LinkRoundKind.Hysteresis => whole.IsMarked != 0,
        LinkRoundKind.Holes => whole.IsMarked == 0 && whole.Voxels <= Limit,
        _ => whole.Voxels >= Limit,
    };

    /// <summary>Whether a box reaches the border of the volume; an axis of one voxel has none, or a flat image would have no
    /// holes.</summary>
    public static bool TouchesBorder(in ObjectFacts part, Shape3 volume) =>
        (volume.Z > 1 && (part.FirstZ == 0 || part.LastZ == volume.Z - 1)) ||
        (volume.Y > 1 && (part.FirstY == 0 || part.LastY == volume.Y - 1)) ||
        (volume.X > 1 && (part.FirstX == 0 || part.LastX == volume.X - 1));
}
