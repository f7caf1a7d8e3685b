using System.Security.Cryptography;
using ScrollSeg.Sam;
using ScrollSeg.Segmentation.Runs;
using ScrollSeg.Volumes.Storage;

namespace ScrollSeg.Cli.Models;

/// <summary>Checkpoints that were fetched, each user's own. Under a file's final name lies only what has the manifest's
/// hash at the time of its download; what is not complete ends in <c>.part</c>.</summary>
/// <param name="folder">Where they lie.</param>
internal sealed class ModelCache(string folder)
{
    private const string PartSuffix = ".part";

    /// <summary>The folder that the platform keeps for a user's caches: XDG Base Directory Specification 0.8 on Linux,
    /// ~/Library/Caches on macOS, the local application data on Windows.</summary>
    public static ModelCache OfUser()
    {
        string home = Environment.GetFolderPath(Environment.SpecialFolder.UserProfile);
        string? wished = Environment.GetEnvironmentVariable("XDG_CACHE_HOME");
        string caches = Path.IsPathFullyQualified(wished ?? "") ? wished! // a relative one is to be ignored, says the specification
            : OperatingSystem.IsWindows() ? Environment.GetFolderPath(Environment.SpecialFolder.LocalApplicationData)
            : OperatingSystem.IsMacOS() ? Path.Combine(home, "Library", "Caches")
            : Path.Combine(home, ".cache");
        return new ModelCache(Path.Combine(caches, "scrollseg", "models"));
    }

    /// <summary>Where a model lies, or would.</summary>
    public string PathOf(ModelManifest manifest) => Path.Combine(folder, manifest.FileName);

    /// <summary>What is there of a model, by names and lengths alone.</summary>
    public (CachedState State, long Bytes) Look(ModelManifest manifest)
    {
        FileInfo file = new(PathOf(manifest));
        FileInfo part = new(PathOf(manifest) + PartSuffix);
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

        await using FileStream file = File.OpenRead(PathOf(manifest));
        return (await HashAsync(file, cancellationToken) == manifest.Sha256 ? CachedState.Here : CachedState.Altered, bytes);
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

        Directory.CreateDirectory(folder);
        string partPath = path + PartSuffix;
        await using (FileStream part = new(partPath, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None))
        {
            await FillAsync(manifest, download, part, progress, cancellationToken);
            part.Flush(flushToDisk: true);
        }

        FileOperations.System.Rename(partPath, path);
        FileOperations.System.SyncFolder(folder);
        return path;
    }

    /// <summary>What an earlier try left may be of another version of the file: then once from the beginning.</summary>
    private async Task FillAsync(
        ModelManifest manifest, ResumableDownload download, FileStream part, IRunProgress progress, CancellationToken cancellationToken)
    {
        if (part.Length > manifest.Bytes)
        {
            progress.Note($"{part.Name} has {part.Length} bytes, more than the {manifest.Bytes} of its manifest: it is discarded.");
            part.SetLength(0);
        }

        bool resumed = part.Length > 0;
        if (resumed)
        {
            progress.Note($"{manifest.Name}: going on after {part.Length} of {manifest.Bytes} bytes.");
        }

        CheckSpace(manifest.Bytes - part.Length);
        progress.Begin(manifest.Name, manifest.Bytes, "bytes");
        await download.FillAsync(manifest.Url, manifest.Bytes, part, progress.Advance, cancellationToken);
        part.Position = 0;
        string hash = await HashAsync(part, cancellationToken);
        if (hash == manifest.Sha256)
        {
            return;
        }

        part.SetLength(0);
        if (!resumed)
        {
            throw new CheckpointException(
                part.Name, $"what {manifest.Url} sent has the SHA-256 {hash}, its manifest says {manifest.Sha256}: it is another file, and was discarded.");
        }

        progress.Note($"{part.Name} did not have the hash of its manifest once complete: it is fetched from the beginning.");
        await FillAsync(manifest, download, part, progress, cancellationToken);
    }

    private void CheckSpace(long needed)
    {
        long free = new DriveInfo(Path.GetFullPath(folder)).AvailableFreeSpace;
        if (free < needed)
        {
            throw new DownloadException($"{folder}: {needed} bytes are still to come, {free} are free. Set XDG_CACHE_HOME to a folder on a larger disk.");
        }
    }

    private static async Task<string> HashAsync(FileStream file, CancellationToken cancellationToken) =>
        Convert.ToHexStringLower(await SHA256.HashDataAsync(file, cancellationToken));
}
