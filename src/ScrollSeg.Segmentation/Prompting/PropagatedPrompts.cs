using ScrollSeg.Volumes;

namespace ScrollSeg.Segmentation.Prompting;

/// <summary>Prompts that are carried from slice to slice: seeds are asked for as their source says, and every other slice for the objects
/// that its neighbour has. Somebody has to walk the slices in their order first, and then says where the masks are
/// (<see cref="Take"/>).</summary>
public sealed class PropagatedPrompts : ITilePrompts
{
    private readonly FilePrompts? _file;
    private readonly CoarseMaskPrompts? _masks;
    private IReadOnlyList<int>? _seeds;
    private HashSet<int> _isSeed = [];
    private Func<TilePlace, int, IEnumerable<uint[]>>? _neighbours;

    private PropagatedPrompts(PropagationRule rule, FilePrompts? file, CoarseMaskPrompts? masks) =>
        (Rule, _file, _masks) = (rule, file, masks);

    /// <summary>How objects are carried on.</summary>
    public PropagationRule Rule { get; }

    /// <inheritdoc/>
    public string Identity => $"propagate:{Rule}:{Source.Identity}";

    /// <inheritdoc/>
    public IReadOnlyList<string> Kinds => [.. Source.Kinds.Union(MaskPrompt.KindsOf(Rule.By))];

    /// <inheritdoc/>
    public double LeastIoU => Rule.LeastIoU;

    /// <summary>Slices of the volume that the source says something about, ascending. For a mask volume it has to be read for that, once.</summary>
    internal IReadOnlyList<int> Seeds
    {
        get
        {
            if (_seeds is null)
            {
                _seeds = _file?.Slices ?? _masks!.SlicesWithObjects();
                _isSeed = [.. _seeds];
            }

            return _seeds;
        }
    }

    /// <summary>Whether seeds are masks themselves, rather than prompts that a network has to answer first.</summary>
    internal bool SeedsAreMasks => _masks is not null;

    private ITilePrompts Source => (ITilePrompts?)_file ?? _masks!;

    /// <summary>Opens the seeds.</summary>
    /// <exception cref="InvalidRequestException">They do not fit the volume.</exception>
    /// <exception cref="VolumeFormatException">They are damaged.</exception>
    internal static PropagatedPrompts Open(PromptRule rule, VolumeInfo volume)
    {
        bool isFile = Path.GetExtension(rule.Path).ToLowerInvariant() is ".json" or ".csv";
        PropagationRule how = rule.Propagation!;
        return isFile
            ? new PropagatedPrompts(how, FilePrompts.Read(rule.Path, volume), null)
            : new PropagatedPrompts(how, null, CoarseMaskPrompts.Open(rule, volume, how.By));
    }

    /// <summary>The objects of a seed, where seeds are masks.</summary>
    internal uint[] SeedLabels(TilePlace place, int height, int width) => _masks!.LabelsIn(place, height, width);

    /// <summary>Says what slices that are no seeds are asked for.</summary>
    /// <param name="neighbours">Gives the numbers of the neighbours' objects in a tile, <c>[V, V]</c>, one map for each neighbour; the
    /// number that it is given is V.</param>
    internal void Take(Func<TilePlace, int, IEnumerable<uint[]>> neighbours) => _neighbours = neighbours;

    /// <inheritdoc/>
    /// <remarks>As long as nobody walked the slices, a box in the middle: somebody measures how long an answer takes.</remarks>
    public IReadOnlyList<PromptSet> ListFor(TilePlace place, int side, int maskSide) =>
        _neighbours is null ? [new PromptSet { Box = new BoxPrompt(side / 4, side / 4, 3 * side / 4, 3 * side / 4) }]
        : Seeds.Count > 0 && _isSeed.Contains(place.Slice) ? Source.ListFor(place, side, maskSide)
        : [.. _neighbours(place, side).SelectMany(labels => MaskPrompt.ListFor(Rule.By, labels, side, maskSide))];

    /// <inheritdoc/>
    public void Dispose() => Source.Dispose();
}
