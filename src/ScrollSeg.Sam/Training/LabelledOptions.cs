using ScrollSeg.Segmentation;
using ScrollSeg.Segmentation.Slicing;
using ScrollSeg.Volumes;

namespace ScrollSeg.Sam.Training;

/// <summary>Which part of a labelled volume is shown, and how.</summary>
public sealed record LabelledOptions
{
    /// <summary>As many as a montage shows.</summary>
    private const int MostChannels = 768;

    /// <summary>Seed of the places. Default 0.</summary>
    public int Seed { get; init; }

    /// <summary>Where patches lie, wholly. Default the whole volume.</summary>
    public Box3? Within { get; init; }

    /// <summary>What no patch touches: what is kept for validation. Default nothing.</summary>
    public Box3? Except { get; init; }

    /// <summary>The label that is foreground. Default any but 0.</summary>
    public int? Foreground { get; init; }

    /// <summary>The label of voxels that count neither way. Default none.</summary>
    public int? Ignore { get; init; }

    /// <summary>Voxels along a patch's side; fewer than the network's view magnify. Default the view, 1:1.</summary>
    public int? Tile { get; init; }

    /// <summary>Largest factor by which a patch is magnified or shrunk beside that, drawn for each one. Default 1, none.</summary>
    public double Zoom
    {
        get;
        init => field = value is >= 1 and <= 4
            ? value
            : throw new ArgumentOutOfRangeException(nameof(Zoom), value, "Patches are magnified or shrunk by a factor of 1 to 4.");
    } = 1;

    /// <summary>Slices shown together; how many, the adapter says. Default 1.</summary>
    public int Channels
    {
        get;
        init => field = value is >= 1 and <= MostChannels
            ? value
            : throw new ArgumentOutOfRangeException(nameof(Channels), value, $"1 to {MostChannels} slices are shown.");
    } = 1;

    /// <summary>How those slices lie to each other and to the labelled one, as in <c>segment</c>; what is drawn is drawn anew for each
    /// example. Default neighbours.</summary>
    public TupleSpacing Spacing { get; init; } = TupleSpacing.Adjacent;

    /// <summary>First and last of the slices shown, where flat labels stand for the whole stack. Default all.</summary>
    public (int First, int Last)? Layers { get; init; }

    /// <summary>Share of the patches that must hold foreground. Default 0.5.</summary>
    public double ForegroundShare { get; init; } = 0.5;

    /// <summary>Share of a patch whose truth must be known. Default 0.5.</summary>
    public double KnownShare { get; init; } = 0.5;

    /// <summary>What stands for the labels in a run's recipe, for labels that are corrected while they are learned from. Default
    /// their fingerprint.</summary>
    public string? LabelsName { get; init; }

    /// <summary>Whether patches follow each other in a grid, as for a validation, rather than lie anywhere. Default no.</summary>
    public bool InOrder { get; init; }

    /// <summary>What is black and what is white. Default the percentiles that <c>segment</c> takes, of what is not masked.</summary>
    public IntensityRange? Range { get; init; }
}
