using ScrollSeg.Segmentation;
using ScrollSeg.Segmentation.Runs;
using ScrollSeg.Volumes;

namespace ScrollSeg.Evaluation.Experiments;

/// <summary>What an experiment needs of the program around it, which knows the command line, all models and training.</summary>
public interface IExperimentHost
{
    /// <summary>Where models come from.</summary>
    IReadOnlyList<IModelSource> Models { get; }

    /// <summary>Opens a volume or a single image.</summary>
    Task<VolumeReader> OpenAsync(string path, CancellationToken cancellationToken);

    /// <summary>What the words behind <c>segment</c> ask for.</summary>
    /// <exception cref="InvalidRequestException">They contradict each other or the volume.</exception>
    SegmentRequest RequestOf(IReadOnlyList<string> words, VolumeInfo volume);

    /// <summary>A part of a volume, as <c>--region</c> takes it.</summary>
    Box3 RegionOf(string text, VolumeInfo volume);

    /// <summary>Trains with a file's settings, or goes on, unless it is done.</summary>
    /// <param name="file">The training file.</param>
    /// <param name="seed">Replaces the file's.</param>
    /// <param name="folder">Replaces the file's output.</param>
    /// <param name="cancellationToken">Stops it; the next call goes on.</param>
    /// <returns>The weights.</returns>
    Task<string> TrainAsync(string file, int seed, string folder, CancellationToken cancellationToken);
}
