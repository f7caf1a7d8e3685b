using ScrollSeg.Segmentation.Linking;
using ScrollSeg.Segmentation.Pipeline;
using ScrollSeg.Segmentation.Slicing;
using ScrollSeg.Segmentation.Statistics;
using ScrollSeg.Segmentation.Stitching;
using ScrollSeg.Volumes;

namespace ScrollSeg.Segmentation.Planning;

/// <summary>What a user asked a segmentation for; resolved against a volume by <see cref="SegmentPlanner"/>.</summary>
public sealed record SegmentOptions
{
    /// <summary>Which slices are segmented. Default every one.</summary>
    public SliceStrategy Strategy { get; init; } = new EverySlice();

    /// <summary>How several groups that speak for one target become one answer. Default the mean.</summary>
    public GroupFusion Fusion { get; init; }

    /// <summary>Along which axes the volume is cut into slices; of several, the answers are fused. Default along z.</summary>
    /// <exception cref="ArgumentException">There is none, or one twice.</exception>
    public IReadOnlyList<Axis> Axes
    {
        get;
        init => field = value.Count > 0 && value.Distinct().Count() == value.Count
            ? value
            : throw new ArgumentException("A volume is cut along one axis or several different ones.", nameof(Axes));
    } = [Axis.Z];

    /// <summary>Time that segmenting and writing may take, turned into a number of targets before the run begins. Default
    /// none.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is not positive.</exception>
    public TimeSpan? TimeLimit
    {
        get;
        init => field = value is null || value > TimeSpan.Zero
            ? value
            : throw new ArgumentOutOfRangeException(nameof(TimeLimit), value, "A time limit lies above zero.");
    }

    /// <summary>Voxels along a tile's side. Default the network's own view, 1:1, or 256 for models without one. A smaller
    /// tile is magnified: finer masks for more tiles.</summary>
    public int? Tile
    {
        get;
        init => field = value is null or >= 8
            ? value
            : throw new ArgumentOutOfRangeException(nameof(Tile), value, "A tile has at least 8 voxels along its side.");
    }

    /// <summary>Share of a tile that the next one covers again. More costs tiles and hides their borders. Default 0.25.</summary>
    public double Overlap
    {
        get;
        init => field = value is >= 0 and <= 0.9
            ? value
            : throw new ArgumentOutOfRangeException(nameof(Overlap), value, "The overlap lies between 0 and 0.9.");
    } = 0.25;

    /// <summary>In which poses the network is asked about each tile; its answers are averaged. Four or eight times the work, for masks
    /// that depend less on how the scan lies. Default as it is, once.</summary>
    public TilePoses Poses { get; init; }

    /// <summary>Tiles that go through the network at once. Default 1 for models without a network, else as many as a
    /// quarter of the memory budget holds, at most 8.</summary>
    public int? Batch
    {
        get;
        init => field = value is null or >= 1
            ? value
            : throw new ArgumentOutOfRangeException(nameof(Batch), value, "A batch has at least one tile.");
    }

    /// <summary>Probability from which on a voxel belongs to the mask. Default 0.5.</summary>
    public double Threshold
    {
        get;
        init => field = value is > 0 and <= 1
            ? value
            : throw new ArgumentOutOfRangeException(nameof(Threshold), value, "The threshold lies above 0 and at most at 1.");
    } = 0.5;

    /// <summary>Which grey values become black and white. Default the volume's 0.5 and 99.5 percentiles.</summary>
    public IntensityRule Intensity { get; init; } = new PercentileIntensity();

    /// <summary>Where output is background whatever the model says: auto, none, equals:V. Default auto.</summary>
    public SupportRule Support { get; init; } = SupportRule.Automatic;

    /// <summary>How the volume's statistics are gathered.</summary>
    public StatisticsOptions Statistics { get; init; } = new();

    /// <summary>What is made of the mask once all of it is there: holes filled, objects numbered. It is made of the probability as
    /// stored, which has to be kept. Default nothing.</summary>
    public LinkOptions? Post { get; init; }

    /// <summary>Bytes kept per voxel: one for the probability, one for the mask, one for the uncertainty, four for the numbers of objects.</summary>
    public int Outputs => (SaveProbability ? 1 : 0) + (SaveMask ? 1 : 0) + (SaveUncertainty ? 1 : 0) + (Post?.Instances == true ? sizeof(uint) : 0);

    /// <summary>The part of the volume to segment. Default all of it.</summary>
    public Box3? Region { get; init; }

    /// <summary>Bytes that the process may occupy, as the system counts them.</summary>
    public required long MemoryBudget { get; init; }

    /// <summary>Threads for work that is not the network's. Default the number of cores.</summary>
    public int Threads { get; init; } = Environment.ProcessorCount;

    /// <summary>Whether the probability is kept beside the mask. Default true.</summary>
    public bool SaveProbability { get; init; } = true;

    /// <summary>Whether the mask is kept beside the probability. Default true.</summary>
    public bool SaveMask { get; init; } = true;

    /// <summary>Whether the spread of the groups and of the directions is kept, one byte per voxel. Default false.</summary>
    public bool SaveUncertainty { get; init; }

    /// <summary>Version of Zarr that the output is written in: 2 with OME-NGFF 0.4, which more programs read, or 3 with 0.5. Default 2.</summary>
    public int ZarrFormat
    {
        get;
        init => field = value is 2 or 3
            ? value
            : throw new ArgumentOutOfRangeException(nameof(ZarrFormat), value, "Zarr is written in version 2 or 3.");
    } = 2;

    /// <summary>Slices that no group spoke for are filled between their neighbours where at most so many follow each other; else they
    /// stay empty. Default 0, none.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value lies outside 0 to 256.</exception>
    public int MaxGap
    {
        get;
        init => field = value is >= 0 and <= 256
            ? value
            : throw new ArgumentOutOfRangeException(nameof(MaxGap), value, "A gap that is filled has 0 to 256 slices.");
    }

    /// <summary>Refuses options that contradict each other.</summary>
    /// <exception cref="InvalidRequestException">They do.</exception>
    internal void Check()
    {
        CheckPost();
        if (SaveUncertainty && Axes.Count == 1 && Strategy.Count == 1)
        {
            throw new InvalidRequestException(
                $"--save uncertainty is the spread of several answers, and '{Strategy}' gives one: take --axis all, or several groups per target (--count, --strategy window).");
        }

        if (Axes.Count > 1 && (Strategy.NeedsFigures || Intensity.SlicePercentiles is not null || Strategy is LayerWindows))
        {
            throw new InvalidRequestException(
                $"--axis all cuts the volume in {Axes.Count} ways, and '{Strategy}' with --intensity {Intensity} goes by single slices of one: give one axis, or another strategy or intensity.");
        }
    }

    /// <summary>Refuses what cannot be made of the mask.</summary>
    private void CheckPost()
    {
        if (Post is not null && !SaveProbability)
        {
            throw new InvalidRequestException($"--post {Post} is made of the probability: keep it (--save probability,mask).");
        }

        if (Post is not null && !SaveMask && !Post.Instances)
        {
            throw new InvalidRequestException($"--post {Post} changes the mask, which --save does not keep.");
        }

        if (Post?.SliceGap is not null)
        {
            throw new InvalidRequestException($"--post {Post} is for numbered slices, and a run makes a mask: see 'link'.");
        }

        if (Post?.Hysteresis > Threshold)
        {
            throw new InvalidRequestException(FormattableString.Invariant(
                $"--post hysteresis:{Post.Hysteresis} lies above --threshold {Threshold}: it is the lower one of the two."));
        }
    }
}
