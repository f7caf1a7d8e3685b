using ScrollSeg.Cli.Downloads;
using ScrollSeg.Sam;
using ScrollSeg.Segmentation.Runs;

namespace ScrollSeg.Cli.Models;

/// <summary>Checkpoints that were fetched, each user's own. Under a file's final name lies only what has the manifest's
/// hash at the time of its download; what is not complete ends in <c>.part</c>.</summary>
/// <param name="folder">Where they lie.</param>
internal sealed class ModelCache(string folder)
{
    /// <summary>The user's own, for all programs of this kind.</summary>
    public static ModelCache OfUser() => new(Path.Combine(UserFolders.Caches, "models"));

    /// <summary>Where a model lies, or would.</summary>
    public string PathOf(ModelManifest manifest) => Path.Combine(folder, manifest.FileName);

    /// <summary>What is there of a model, by names and lengths alone.</summary>
    public (CachedState State, long Bytes) Look(ModelManifest manifest)
    {
        FileInfo file = new(PathOf(manifest));
        FileInfo part = new(PathOf(manifest) + FileDownload.PartSuffix);
        return file.Exists ? (file.Length == manifest.Bytes ? CachedState.Here : CachedState.Altered, file.Length)
            : part.Exists ? (CachedState.Partial, part.Length)
            : (CachedState.Absent, 0);
    }

    /// <summary>The same, with the hash of a file of the right length.</summary>
    public async Task<(CachedState State, long Bytes)> VerifyAsync(ModelManifest manifest, CancellationToken cancellationToken)
    {
        (CachedState state, long bytes) = Look(manifest);
        if (state != CachedState.Here)
        {
            return (state, bytes);
        }

        return (await FileDownload.HashAsync(PathOf(manifest), cancellationToken) == manifest.Sha256 ? CachedState.Here : CachedState.Altered, bytes);
    }

    /// <summary>Fetches a model unless it is there, verifies it, and gives it its name.</summary>
    /// <returns>Its path.</returns>
    /// <exception cref="DownloadException">The download did not come to its end.</exception>
    /// <exception cref="CheckpointException">What came is another file than the manifest's.</exception>
    /// <exception cref="IOException">The disk refused, or another process is fetching the same file.</exception>
    public async Task<string> PullAsync(
        ModelManifest manifest, ResumableDownload download, IRunProgress progress, CancellationToken cancellationToken)
    {
        string path = PathOf(manifest);
        (CachedState state, long bytes) = await VerifyAsync(manifest, cancellationToken);
        if (state == CachedState.Here)
        {
            progress.Note($"{manifest.Name} is here already, with the hash of its manifest.");
            return path;
        }

        if (state == CachedState.Altered)
        {
            progress.Note($"{path} was altered ({bytes} bytes, another hash than its manifest's): it is fetched again.");
        }

        FileDownload file = new(download, progress, "Set XDG_CACHE_HOME to a folder on a larger disk.");
        try
        {
            await file.PullAsync(manifest.Name, new RemoteFile(manifest.Url, manifest.Bytes, manifest.Sha256), path, cancellationToken);
        }
        catch (WrongFileException e)
        {
            throw new CheckpointException(e.Path, e.Problem);
        }

        return path;
    }
}
