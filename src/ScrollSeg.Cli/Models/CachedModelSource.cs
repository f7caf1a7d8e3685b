using ScrollSeg.Sam;
using ScrollSeg.Segmentation;

namespace ScrollSeg.Cli.Models;

/// <summary>Opens checkpoints by the names of their manifests, from the user's cache. Fetches nothing: a run never waits
/// for a network unasked.</summary>
/// <param name="names">The models' names.</param>
/// <param name="read">Reads a manifest.</param>
/// <param name="cache">Where files lie; asked at each call.</param>
internal sealed class CachedModelSource(IReadOnlyList<string> names, Func<string, ModelManifest> read, Func<ModelCache> cache) : IModelSource
{
    private readonly SamModelSource _files = new();

    /// <summary>The program's own manifests and the user's cache.</summary>
    public static CachedModelSource Default { get; } = new(ModelCatalog.Names, ModelCatalog.Read, ModelCache.OfUser);

    public IReadOnlyList<string> Accepts => names;

    /// <exception cref="InvalidRequestException">The model is known but not here.</exception>
    /// <exception cref="CheckpointException">Its file was altered.</exception>
    public ISliceSegmenter? OpenSliceSegmenter(string model, ModelSettings settings) =>
        Open(model, path => _files.OpenSliceSegmenter(path, settings), segmenter => segmenter.Identity);

    /// <summary>Opens a SAM for prompts and automatic masks.</summary>
    /// <exception cref="InvalidRequestException">The model is known but not here.</exception>
    /// <exception cref="CheckpointException">Its file was altered.</exception>
    public SamPredictor? OpenPredictor(string model, ModelSettings settings) =>
        Open(model, path => SamModelSource.OpenPredictor(path, settings), segmenter => segmenter.Identity);

    /// <summary>A checkpoint is hashed while it is opened: that hash is held against the manifest's.</summary>
    private T? Open<T>(string model, Func<string, T?> open, Func<T, string> identity)
        where T : class, IDisposable
    {
        if (!names.Contains(model))
        {
            return null;
        }

        ModelManifest manifest = read(model);
        ModelCache files = cache();
        string path = files.PathOf(manifest);
        switch (files.Look(manifest))
        {
            case (CachedState.Absent, _):
                throw new InvalidRequestException(
                    $"'{model}' is not on this machine: `scrollseg models pull {model}` fetches its {manifest.Bytes} bytes from {manifest.Url.Host}.");
            case (CachedState.Partial, long part):
                throw new InvalidRequestException(
                    $"'{model}' is on this machine only in part, {part} of {manifest.Bytes} bytes: `scrollseg models pull {model}` fetches the rest.");
            case (CachedState.Altered, long length):
                throw new CheckpointException(path, $"has {length} bytes, its manifest says {manifest.Bytes}: {Cure(model)}");
        }

        T segmenter = open(path) ?? throw new InvalidRequestException($"{path} is no checkpoint that this program opens.");
        if (identity(segmenter).EndsWith(manifest.Sha256, StringComparison.Ordinal))
        {
            return segmenter;
        }

        string actual = identity(segmenter);
        segmenter.Dispose();
        throw new CheckpointException(path, $"is {actual}, its manifest says sha256:{manifest.Sha256}: {Cure(model)}");
    }

    private static string Cure(string model) => $"it was altered. `scrollseg models pull {model}` fetches it again.";
}
