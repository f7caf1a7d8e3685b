using ScrollSeg.Cli.Downloads;
using ScrollSeg.Segmentation.Runs;
using ScrollSeg.Volumes.Storage;

namespace ScrollSeg.Cli.Data;

/// <summary>Pulls whole files; of numbered ones, those of the slices that are wanted.</summary>
internal static class FilesPull
{
    private const int FilesAtOnce = 4;

    /// <summary>Brings the files that are not there yet.</summary>
    /// <returns>The folder.</returns>
    public static async Task<string> RunAsync(
        DatasetManifest manifest, FilesContent content, PullRequest request, ResumableDownload download, IRunProgress progress, CancellationToken ct)
    {
        (int Start, int End)? slices = SlicesOf(content, request);
        PullPart part = new("", "", [slices?.Start ?? 0, 0, 0], [slices?.End ?? int.MaxValue, 0, 0]);
        using PullFolder folder = PullFolder.Open(request.Output, new PullRecord(manifest.Name, null, content.Files, []), new AtomicFile(FileOperations.System));
        DatasetFile[] wanted = [.. content.Files.SelectMany(file => file.Expand(slices))];
        if (folder.Has(part) && wanted.All(file => folder.IsDone(file.Path)))
        {
            progress.Note($"{request.Output} has all of it already.");
            return request.Output;
        }

        folder.Begin(part);
        DatasetFile[] missing = [.. wanted.Where(file => !folder.IsDone(file.Path))];
        if (wanted.Length == 1)
        {
            await PullAsync(wanted[0], folder, download, progress, ct);
        }
        else
        {
            await PullManyAsync(wanted.Length, missing, folder, download, progress, ct);
        }

        folder.Complete();
        return request.Output;
    }

    /// <summary>The wanted range of the numbered files, from 0.</summary>
    private static (int Start, int End)? SlicesOf(FilesContent content, PullRequest request)
    {
        if (request.Level is not null)
        {
            throw new UsageException("--level is a matter of Zarr; this dataset consists of files.");
        }

        if (request.Region is not { } region)
        {
            return null;
        }

        int count = content.Files.Select(file => file.Numbers?.Count ?? 0).Max();
        (int start, int end) = (region.Z.Start ?? 0, region.Z.End ?? count);
        bool isWhole = region.Y == (null, null) && region.X == (null, null);
        return count > 0 && isWhole && start < end && end <= count
            ? (start, end)
            : throw new UsageException(count == 0
                ? "--region: this dataset has no numbered slices to choose from."
                : $"--region: expected z0:z1,:,: within 0:{count}, since slices are whole files.");
    }

    private static async Task PullManyAsync(
        int total, DatasetFile[] missing, PullFolder folder, ResumableDownload download, IRunProgress progress, CancellationToken ct)
    {
        progress.Begin("pull", total, "files");
        long done = total - missing.Length;
        progress.Advance(done);
        ParallelOptions parallel = new() { MaxDegreeOfParallelism = FilesAtOnce, CancellationToken = ct };
        await Parallel.ForEachAsync(missing, parallel, async (file, token) =>
        {
            await PullAsync(file, folder, download, new NotesOnly(progress), token);
            progress.Advance(Interlocked.Increment(ref done));
        });
    }

    private static async Task PullAsync(DatasetFile file, PullFolder folder, ResumableDownload download, IRunProgress progress, CancellationToken ct)
    {
        FileDownload one = new(download, progress, "Choose an --output on a larger disk.");
        RemoteFile remote = new(new Uri(file.Address), file.Bytes, file.Sha256);
        (long bytes, string hash) = await one.PullAsync(file.Path, remote, Path.Combine(folder.WorkPath, file.Path), ct);
        folder.Add(new StoredObject(file.Path, bytes, hash));
    }

    /// <summary>Many files at once are counted together, not byte by byte.</summary>
    private sealed class NotesOnly(IRunProgress progress) : IRunProgress
    {
        public void Begin(string name, long total, string unit)
        {
        }

        public void Advance(long done)
        {
        }

        public void Note(string text) => progress.Note(text);
    }
}
