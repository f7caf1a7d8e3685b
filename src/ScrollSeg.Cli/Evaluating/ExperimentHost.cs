using System.CommandLine;
using ScrollSeg.Cli.Cluster;
using ScrollSeg.Cli.Parsing;
using ScrollSeg.Cli.Training;
using ScrollSeg.Evaluation.Experiments;
using ScrollSeg.Segmentation;
using ScrollSeg.Segmentation.Runs;
using ScrollSeg.Volumes;
using ScrollSeg.Volumes.Storage;

namespace ScrollSeg.Cli.Evaluating;

/// <summary>This program, as experiments see it.</summary>
internal sealed class ExperimentHost(HostEnvironment machine, IRunProgress progress) : IExperimentHost
{
    public IReadOnlyList<IModelSource> Models => SegmentCommand.Models;

    public Task<VolumeReader> OpenAsync(string path, CancellationToken cancellationToken) => TrainingFiles.OpenAsync(path, cancellationToken);

    public SegmentRequest RequestOf(IReadOnlyList<string> words, VolumeInfo volume)
    {
        try
        {
            ParseResult parsed = SegmentCommand.ParseAgain([.. words], machine);
            return SegmentCommand.RequestOf(parsed, volume);
        }
        catch (UsageException e)
        {
            throw new InvalidRequestException(e.Message);
        }
    }

    public Box3 RegionOf(string text, VolumeInfo volume)
    {
        try
        {
            return Region.Parse(text).In(volume);
        }
        catch (Exception e) when (e is FormatException or UsageException)
        {
            throw new InvalidRequestException(e.Message);
        }
    }

    public async Task<string> TrainAsync(string file, int seed, string folder, CancellationToken cancellationToken)
    {
        string weights = Path.Combine(folder, "weights.safetensors");
        string settings = $"{folder}.yaml";
        string text = TrainFile.Derive(file, seed, folder);
        if (File.Exists(weights) && File.Exists(settings) && File.ReadAllText(settings) == text)
        {
            return weights;
        }

        AtomicFile files = new(FileOperations.System);
        files.CreateFolder(Path.GetDirectoryName(folder)!);
        files.Write(settings, System.Text.Encoding.UTF8.GetBytes(text));
        return await TrainCommand.TrainAsync(TrainFile.Read(settings), progress, cancellationToken);
    }
}
