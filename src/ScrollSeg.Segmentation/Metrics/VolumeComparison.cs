using System.Globalization;
using ScrollSeg.Segmentation.Metrics.Objects;
using ScrollSeg.Segmentation.Metrics.Surfaces;
using ScrollSeg.Segmentation.Metrics.Topology;
using ScrollSeg.Segmentation.Runs;
using ScrollSeg.Volumes;

namespace ScrollSeg.Segmentation.Metrics;

/// <summary>Compares a prediction with the truth. Volumes are streamed: slabs for what is counted, blocks for distances, octants for
/// topology.</summary>
public sealed class VolumeComparison
{
    private const string NoForeground = "neither prediction nor truth has foreground";
    private const string OneEmpty = "the prediction or the truth has no foreground";
    private const double FirstReach = 16; // voxels; the distances of good masks are below

    private readonly MetricSettings _settings;
    private readonly LabelPair _pair;
    private readonly (string Prediction, string Truth) _paths;
    private readonly IRunProgress? _progress;
    private readonly List<MetricScore> _scores = [];
    private readonly List<string> _notes = [];
    private SurfaceAgreement? _elements;       // of the tolerance's and the distances' spacing
    private BettiMatchingCounts[]? _octants;
    private string? _octantsTooLarge;

    /// <param name="prediction">A mask, or values with a threshold.</param>
    /// <param name="truth">Labels of the same shape.</param>
    /// <param name="settings">What to measure.</param>
    /// <param name="progress">Is told how far it has come, and before it starts what will not be measured.</param>
    /// <exception cref="InvalidRequestException">The volumes cannot be compared.</exception>
    public VolumeComparison(VolumeReader prediction, VolumeReader truth, MetricSettings settings, IRunProgress? progress = null)
    {
        (_settings, _progress) = (settings, progress);
        _pair = new LabelPair(prediction, truth, settings);
        _paths = (prediction.Info.Path, truth.Info.Path);
    }

    /// <summary>Measures all that was asked for.</summary>
    /// <exception cref="VolumeFormatException">A volume is damaged, or has a value that was not declared.</exception>
    public async Task<MetricReport> RunAsync(CancellationToken cancellationToken)
    {
        SayWhatIsTooLarge();
        using SlabPass slabs = new(_pair, _settings);
        await slabs.RunAsync(_settings.MemoryBudget, _progress, cancellationToken);
        if (slabs.Overlap.TruePositives + slabs.Overlap.FalseNegatives == 0)
        {
            _notes.Add($"{_paths.Truth}: nothing is foreground in what was compared; most scores have no value.");
        }

        foreach (string name in _settings.Metrics)
        {
            await MeasureAsync(name, slabs, cancellationToken);
        }

        return new MetricReport(_paths.Prediction, _paths.Truth, _pair.Region, _settings, slabs.Overlap, _scores, _notes) { Curve = slabs.Curve };
    }

    private void SayWhatIsTooLarge()
    {
        if (_settings.Metrics.Any(name => name is "topo" or "surface-score"))
        {
            _octantsTooLarge = OctantMatching.TooLarge(OctantMatching.Octants(_pair.Region)[0].Shape, _settings.MemoryBudget);
            _progress?.NoteIfAny(_octantsTooLarge is null ? null : $"topo and surface-score will have no value: {_octantsTooLarge}.");
        }

        if (_settings.Metrics.Contains("betti-matching"))
        {
            string? problem = OctantMatching.TooLarge(_pair.Region.Shape, _settings.MemoryBudget);
            _progress?.NoteIfAny(problem is null ? null : $"betti-matching will have no value: {problem}.");
        }
    }

    private async Task MeasureAsync(string name, SlabPass slabs, CancellationToken cancellationToken)
    {
        switch (name)
        {
            case "boundary-f1":
                await AddBoundaryAsync(cancellationToken);
                break;
            case "surface-dice":
                Add(name, (await ElementsAsync(cancellationToken)).SurfaceDice(_settings.Tolerance), NoForeground);
                break;
            case "hausdorff95":
                await AddHausdorffAsync(cancellationToken);
                break;
            case "voi" or "rand" or "sa":
                AddObjects(name, slabs.Objects!.Finish());
                break;
            case "betti":
                AddNumbers(slabs);
                break;
            case "betti-matching":
                await AddMatchingAsync(cancellationToken);
                break;
            case "topo":
                Add(name, await TopologyAsync(cancellationToken), _octantsTooLarge ?? "");
                break;
            case "surface-score":
                await AddSurfaceScoreAsync(slabs, cancellationToken);
                break;
            case "average-precision":
                Add(name, slabs.Curve!.AveragePrecision, "the truth has no foreground");
                break;
            default:
                AddOverlap(name, slabs.Overlap);
                break;
        }
    }

    private void Add(string name, double? value, string reason) => _scores.Add(MetricScore.Of(name, value, reason));

    private void AddOverlap(string name, OverlapCounts counts)
    {
        string none = counts.Counted == 0 ? "no voxel was counted" : NoForeground;
        (double? value, string reason) = name switch
        {
            "dice" => (counts.Dice, none),
            "iou" => (counts.IntersectionOverUnion, none),
            "precision" => (counts.Precision, counts.Counted == 0 ? none : "the prediction has no foreground"),
            "recall" => (counts.Recall, counts.Counted == 0 ? none : "the truth has no foreground"),
            _ => (counts.FBeta(MetricNames.BetaOf(name)!.Value), none),
        };
        Add(name, value, reason);
    }

    private void AddObjects(string name, ObjectTable table)
    {
        switch (name)
        {
            case "voi":
                VariationOfInformation? information = VariationOfInformation.Of(table);
                Add("voi", information?.Sum, NoForeground);
                Add("voi-split", information?.Split, NoForeground);
                Add("voi-merge", information?.Merge, NoForeground);
                break;
            case "rand":
                AdaptedRand? rand = AdaptedRand.Of(table);
                const string NoPairs = "no object of prediction or truth has two voxels";
                Add("rand-error", rand?.Error, NoPairs);
                Add("rand-precision", rand?.Precision, NoPairs);
                Add("rand-recall", rand?.Recall, NoPairs);
                break;
            default:
                Add("msa", SegmentationAccuracy.Mean(table), NoForeground);
                Add("sa50", SegmentationAccuracy.At(table, 0.5), NoForeground);
                Add("sa75", SegmentationAccuracy.At(table, 0.75), NoForeground);
                break;
        }
    }

    private void AddNumbers(SlabPass slabs)
    {
        (long components, long componentsOfTruth) = slabs.Components!.Components;
        BettiNumbers prediction = slabs.PredictionNumbers!.Finish(components);
        BettiNumbers truth = slabs.TruthNumbers!.Finish(componentsOfTruth);
        foreach ((string what, BettiNumbers numbers) in new[] { ("prediction", prediction), ("truth", truth) })
        {
            Add($"betti0-{what}", numbers.Components, "");
            Add($"betti1-{what}", numbers.Tunnels, "");
            Add($"betti2-{what}", numbers.Cavities, "");
        }
    }

    private async Task<SurfaceAgreement> ElementsAsync(CancellationToken cancellationToken) =>
        _elements ??= await SurfacesAsync(SurfaceKind.Elements, _settings.Spacing, _settings.Tolerance, cancellationToken);

    private async Task<SurfaceAgreement> SurfacesAsync(SurfaceKind kind, VoxelSize spacing, double reach, CancellationToken cancellationToken)
    {
        _progress?.Begin("surfaces", 0, "");
        return await new SurfaceComparison(_pair, kind, spacing, _settings.MemoryBudget / 2).MeasureAsync(reach, cancellationToken);
    }

    private async Task AddBoundaryAsync(CancellationToken cancellationToken)
    {
        SurfaceAgreement boundary = await SurfacesAsync(SurfaceKind.BoundaryVoxels, _settings.Spacing, _settings.Tolerance, cancellationToken);
        Add("boundary-f1", boundary.F1(_settings.Tolerance), OneEmpty);
    }

    /// <summary>Looks twice as far until the share is found: most masks need the first look only.</summary>
    private async Task AddHausdorffAsync(CancellationToken cancellationToken)
    {
        SurfaceComparison comparison = new(_pair, SurfaceKind.Elements, _settings.Spacing, _settings.MemoryBudget / 2);
        double edge = Math.Max(_settings.Spacing.Z, Math.Max(_settings.Spacing.Y, _settings.Spacing.X));
        for (double reach = Math.Max(_settings.Tolerance, FirstReach * edge); ; reach *= 2)
        {
            if (!comparison.CanReach(reach))
            {
                Add("hausdorff95", null, string.Create(
                    CultureInfo.InvariantCulture, $"more than 5 % of a surface lies farther than {reach / 2} from the other; to look farther needs more memory"));
                return;
            }

            _progress?.Begin("surface distances", 0, "");
            SurfaceAgreement agreement = await comparison.MeasureAsync(reach, cancellationToken);
            _elements ??= agreement;
            if (agreement.IsOneEmpty || agreement.Hausdorff(0.95) is not null || comparison.CoversAll(reach))
            {
                Add("hausdorff95", agreement.Hausdorff(0.95), OneEmpty);
                return;
            }
        }
    }

    private async Task AddMatchingAsync(CancellationToken cancellationToken)
    {
        string? problem = OctantMatching.TooLarge(_pair.Region.Shape, _settings.MemoryBudget);
        BettiMatchingCounts[]? counts = null;
        if (problem is null)
        {
            _progress?.Begin("Betti matching", 1, "volumes");
            counts = await OctantMatching.MatchAsync(_pair, [_pair.Region], done => _progress?.Advance(done), cancellationToken);
        }

        for (int dimension = 0; dimension < 3; dimension++)
        {
            Add($"betti{dimension}-matched", counts?[dimension].Matched, problem ?? "");
            Add($"betti{dimension}-unmatched", counts?[dimension].Errors, problem ?? "");
        }
    }

    private async Task<double?> TopologyAsync(CancellationToken cancellationToken)
    {
        if (_octantsTooLarge is not null)
        {
            return null;
        }

        if (_octants is null)
        {
            IReadOnlyList<Box3> octants = OctantMatching.Octants(_pair.Region);
            _progress?.Begin("topology", octants.Count, "octants");
            _octants = await OctantMatching.MatchAsync(_pair, octants, done => _progress?.Advance(done), cancellationToken);
        }

        return TopologyScore.Of(_octants);
    }

    private async Task AddSurfaceScoreAsync(SlabPass slabs, CancellationToken cancellationToken)
    {
        VoxelSize unit = new(1, 1, 1);
        SurfaceAgreement surfaces = _elements is not null && _settings.Spacing == unit && _elements.Reach >= SurfaceScore.Tolerance
            ? _elements
            : await SurfacesAsync(SurfaceKind.Elements, unit, SurfaceScore.Tolerance, cancellationToken);
        double dice = SurfaceScore.SurfaceDice(surfaces);
        double objects = SurfaceScore.Objects(VariationOfInformation.Of(slabs.Components!.Finish()));
        double? topology = await TopologyAsync(cancellationToken);
        Add("surface-score", topology is double term ? SurfaceScore.Of(term, dice, objects) : null, _octantsTooLarge ?? "");
        Add("surface-score-topo", topology, _octantsTooLarge ?? "");
        Add("surface-score-surface-dice", dice, "");
        Add("surface-score-voi", objects, "");
    }
}
