using System.Security.Cryptography;
using ScrollSeg.Segmentation.Runs;
using ScrollSeg.Volumes.Storage;

namespace ScrollSeg.Cli.Downloads;

/// <summary>Fetches a file, verifies it, and only then gives it its name. What is not complete ends in <see cref="PartSuffix"/>.</summary>
/// <param name="download">How it is fetched.</param>
/// <param name="progress">Is told of it.</param>
/// <param name="roomier">What a user can do about a full disk, a sentence.</param>
internal sealed class FileDownload(ResumableDownload download, IRunProgress progress, string roomier)
{
    /// <summary>What the name of a file ends in until it is complete.</summary>
    public const string PartSuffix = ".part";

    /// <summary>Fetches a file into its folder, going on with what is there of it.</summary>
    /// <returns>Its length and hash.</returns>
    /// <exception cref="WrongFileException">It is another file.</exception>
    /// <exception cref="DownloadException">The download did not come to its end.</exception>
    /// <exception cref="IOException">The disk refused, or another process is fetching the same file.</exception>
    public async Task<(long Bytes, string Sha256)> PullAsync(string name, RemoteFile file, string path, CancellationToken cancellationToken)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        string partPath = path + PartSuffix;
        (long Bytes, string Sha256) pulled;
        await using (FileStream part = new(partPath, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None))
        {
            pulled = await FillAsync(name, file, part, cancellationToken);
            part.Flush(flushToDisk: true);
        }

        FileOperations.System.Rename(partPath, path);
        FileOperations.System.Delete(ResumableDownload.VersionPath(partPath));
        FileOperations.System.SyncFolder(Path.GetDirectoryName(path)!);
        return pulled;
    }

    public static async Task<string> HashAsync(string path, CancellationToken cancellationToken)
    {
        await using FileStream file = File.OpenRead(path);
        return await HashAsync(file, cancellationToken);
    }

    /// <summary>What an earlier try left may be of another version of the file: then once from the beginning.</summary>
    private async Task<(long Bytes, string Sha256)> FillAsync(string name, RemoteFile file, FileStream part, CancellationToken cancellationToken)
    {
        if (part.Length > file.Bytes)
        {
            progress.Note($"{part.Name} has {part.Length} bytes, more than the {file.Bytes} of its manifest: it is discarded.");
            part.SetLength(0);
        }

        bool resumed = part.Length > 0;
        if (resumed)
        {
            progress.Note($"{name}: going on after {part.Length}{(file.Bytes is long whole ? $" of {whole}" : "")} bytes.");
        }

        CheckSpace(Path.GetDirectoryName(part.Name)!, (file.Bytes ?? 0) - part.Length);
        progress.Begin(name, file.Bytes ?? 0, "bytes");
        await download.FillAsync(file, part, progress.Advance, cancellationToken);
        part.Position = 0;
        string hash = await HashAsync(part, cancellationToken);
        if (hash == (file.Sha256 ?? hash))
        {
            return (part.Length, hash);
        }

        part.SetLength(0);
        if (!resumed)
        {
            throw new WrongFileException(
                part.Name, $"what {file.Url} sent has the SHA-256 {hash}, its manifest says {file.Sha256}: it is another file, and was discarded.");
        }

        progress.Note($"{part.Name} did not have the hash of its manifest once complete: it is fetched from the beginning.");
        return await FillAsync(name, file, part, cancellationToken);
    }

    private void CheckSpace(string folder, long needed)
    {
        long free = new DriveInfo(Path.GetFullPath(folder)).AvailableFreeSpace;
        if (free < needed)
        {
            throw new DownloadException($"{folder}: {needed} bytes are still to come, {free} are free. {roomier}");
        }
    }

    private static async Task<string> HashAsync(FileStream file, CancellationToken cancellationToken) =>
        Convert.ToHexStringLower(await SHA256.HashDataAsync(file, cancellationToken));
}
