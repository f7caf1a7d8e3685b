using System.Globalization;
using System.Text.Json.Nodes;
using ScrollSeg.Cli.Parsing;
using ScrollSeg.Sam.Training;
using ScrollSeg.Segmentation;
using ScrollSeg.Segmentation.Planning;
using ScrollSeg.Segmentation.Runs;
using ScrollSeg.Segmentation.Slicing;
using ScrollSeg.Volumes;

namespace ScrollSeg.Cli.Training;

/// <summary>Labels that a network makes for its own next round of training: predict, keep what is sure, let a person correct it.</summary>
/// <param name="file">The configuration.</param>
/// <param name="request">What was asked for.</param>
/// <param name="progress">Is told how far it has come.</param>
internal sealed class AutoLabelling(TrainFile file, AutoLabelRequest request, IRunProgress progress)
{
    /// <summary>The labels, beside the weights that come of them.</summary>
    public string Labels { get; } = Path.Combine(file.Output, "auto-labels.zarr");

    /// <summary>What they label.</summary>
    public string Volume { get; } = Path.GetFullPath(request.Volume ?? file.Image);

    /// <summary>Whether they label the image that the configuration has labels of.</summary>
    public bool IsOfTheImage => file.ImageIfAny is string image && Path.GetFullPath(image) == Volume;

    /// <summary>Makes the labels, unless they are there: a person may have corrected them.</summary>
    /// <returns>What was kept; <see langword="null"/> if they were there.</returns>
    /// <exception cref="UsageException">There are no weights to predict with.</exception>
    /// <exception cref="InvalidRequestException">Nothing is sure, or one class only.</exception>
    public async Task<ConfidentCounts?> LabelAsync(CancellationToken cancellationToken)
    {
        if (Directory.Exists(Labels))
        {
            progress.Note($"{Labels} is there already and stays as it is, with whatever was corrected in it. Delete it to have it made anew.");
            return null;
        }

        await using VolumeReader volume = await VolumeFormats.OpenAsync(Volume, new ReaderOptions(), cancellationToken);
        string prediction = Path.Combine(file.Output, "auto-probability.zarr");
        SegmentReport report = await new SegmentRun(RequestOf(prediction), volume, SegmentCommand.Models, progress).RunAsync(cancellationToken);
        await using VolumeReader probability = await VolumeFormats.OpenAsync(prediction, new ReaderOptions(), cancellationToken);
        await using VolumeReader? spread = request.Groups > 1
            ? await VolumeFormats.OpenAsync(Path.Combine(prediction, "uncertainty"), new ReaderOptions(), cancellationToken)
            : null;
        JsonObject origin = new() { ["volume"] = Volume, ["model"] = report.Model, ["confidence"] = request.Settings.Confidence };
        ConfidentCounts counts = await ConfidentLabels.WriteAsync(probability, spread, request.Settings, Labels, origin, cancellationToken);
        if (counts.Foreground == 0 || counts.Background == 0)
        {
            Directory.Delete(Labels, recursive: true); // of no use, and the next attempt is not to find it
            throw new InvalidRequestException(Refusal(counts));
        }

        foreach ((string name, string value) in Lines(counts))
        {
            progress.Note($"auto labels, {name}: {value}");
        }

        return counts;
    }

    /// <summary>Opens the labels to learn from, or to be scored by.</summary>
    /// <param name="volume">The volume.</param>
    /// <param name="labels">The labels.</param>
    /// <param name="options">Which part.</param>
    /// <param name="cancellationToken">Stops between reads.</param>
    public Task<LabelledSource> OpenAsync(VolumeReader volume, VolumeReader labels, LabelledOptions options, CancellationToken cancellationToken) =>
        LabelledSource.OpenAsync(
            volume,
            labels,
            null,
            options with
            {
                Foreground = 1,
                Ignore = TrainingExample.Ignored,
                Layers = null,
                KnownShare = 0.1,
                LabelsName = string.Create(CultureInfo.InvariantCulture, $"auto labels at {request.Settings.Confidence}"),
            },
            cancellationToken);

    private SegmentRequest RequestOf(string prediction)
    {
        if (file.Model is not string model)
        {
            throw new UsageException("--auto-label predicts with the weights that the configuration begins with, and it begins with none (model: new). Give it a model.");
        }

        if (request.Groups > 1 && file.Channels == 1)
        {
            throw new UsageException($"--groups {request.Groups}: several tuples can only differ if they have several slices. Give the configuration channels: 2 or more.");
        }

        return new SegmentRequest
        {
            Output = prediction,
            Model = model,
            ModelSettings = new ModelSettings { Device = file.Device, Adapter = file.Adapter, Channels = file.Channels },
            Options = new SegmentOptions
            {
                MemoryBudget = MemoryOption.Default(),
                Strategy = StrategyOf(),
                Tile = file.Tile,
                SaveMask = false,
                SaveUncertainty = request.Groups > 1,
            },
        };
    }

    private SliceStrategy StrategyOf() => file.Channels == 1 ? new EverySlice()
        : request.Groups == 1 ? new TupleSlices { Width = file.Channels }
        : new TupleSlices { Width = file.Channels, Draws = request.Groups, Spacing = new UniformSpacing(file.Channels) };

    private string Refusal(ConfidentCounts counts)
    {
        string unstable = counts.UnstableTiles == 0 ? "" : $" {counts.UnstableTiles} of {counts.AllTiles} tiles were unstable and left out.";
        string found = counts.Foreground + counts.Background == 0 ? "nothing" : counts.Foreground == 0 ? "background only" : "foreground only";
        return string.Create(
            CultureInfo.InvariantCulture,
            $"--auto-label {Volume}: {file.Model} is sure of {found} at --confidence {request.Settings.Confidence}.{unstable} Lower it, or begin with weights that know such scans.");
    }

    /// <summary>For people.</summary>
    public static IEnumerable<(string Name, string Value)> Lines(ConfidentCounts counts)
    {
        yield return ("kept", $"{Share(counts.Foreground + counts.Background, counts.Voxels)} of the voxels ({Share(counts.Foreground, counts.Voxels)} foreground, {Share(counts.Background, counts.Voxels)} background)");
        yield return ("slices with foreground", $"{counts.Slices} of {counts.AllSlices}");
        yield return ("left out as unstable", $"{counts.UnstableTiles} of {counts.AllTiles} tiles");
    }

    private static string Share(long part, long whole) => string.Create(CultureInfo.InvariantCulture, $"{100.0 * part / whole:0.0} %");
}
