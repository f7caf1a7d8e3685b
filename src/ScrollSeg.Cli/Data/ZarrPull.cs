using System.Globalization;
using ScrollSeg.Cli.Parsing;
using ScrollSeg.Segmentation.Runs;
using ScrollSeg.Volumes;
using ScrollSeg.Volumes.Storage;
using ScrollSeg.Volumes.Zarr;

namespace ScrollSeg.Cli.Data;

/// <summary>Pulls the chunks of a box, as they are stored.</summary>
internal static class ZarrPull
{
    /// <summary>Brings the chunks that are not there yet.</summary>
    /// <returns>The folder.</returns>
    /// <exception cref="MismatchException">Something else is there, or the array was replaced since.</exception>
    public static async Task<string> RunAsync(
        DatasetManifest manifest, ZarrContent content, PullRequest request, ReaderOptions options, IRunProgress progress, CancellationToken ct)
    {
        ZarrExcerpt source = await OpenAsync(content.Address, request.Level, options, ct);
        Box3 region = request.Region?.In(source.Info) ?? source.Info.Bounds;
        PullPart part = PullPart.Of(source.Level, source.Fingerprint, region);
        AtomicFile files = new(FileOperations.System);
        using PullFolder folder = PullFolder.Open(request.Output, new PullRecord(manifest.Name, content.Address, null, []), files);
        if (folder.Record.Parts.FirstOrDefault(earlier => earlier.Level == part.Level && earlier.Fingerprint != part.Fingerprint) is not null)
        {
            throw new MismatchException($"{request.Output}: {source.Info.Path} has another header than when a part of it was pulled: choose another --output.");
        }

        if (folder.Has(part) && source.KeysOf(region).All(folder.IsDone))
        {
            progress.Note($"{request.Output} has all of {region} already.");
            return request.Output;
        }

        folder.Begin(part);
        await FetchAsync(source, region, folder, files, progress, ct);
        string[] levels = [.. folder.Record.Parts.Select(one => one.Level).Distinct()];
        await source.WriteMetadataAsync(folder.WorkPath, levels, files, ct);
        folder.Complete();
        progress.Note(
            $"{request.Output} keeps the extent {source.Info.Shape} of its source, and so its coordinates: what was not pulled has no chunks and reads as the fill value.");
        return request.Output;
    }

    private static async Task<ZarrExcerpt> OpenAsync(string address, int? level, ReaderOptions options, CancellationToken ct)
    {
        try
        {
            return await ZarrExcerpt.OpenAsync(address, level, options, ct);
        }
        catch (ArgumentOutOfRangeException e) when (e.ParamName == "level")
        {
            throw new UsageException($"--level: {e.Message.Split(" (Parameter")[0]}");
        }
    }

    private static async Task FetchAsync(
        ZarrExcerpt source, Box3 region, PullFolder folder, AtomicFile files, IRunProgress progress, CancellationToken ct)
    {
        Shape3 piece = source.Objects.Chunk;
        long total = source.Objects.Touching(region).LongCount();
        long bytes = piece.VoxelCount * source.Info.Type.ByteSize();
        progress.Note(string.Create(
            CultureInfo.InvariantCulture, $"{region} is in {total} objects of {piece} voxels, {total * (double)bytes / 1e6:0.0} MB decoded ({source.Info.Codec})."));
        progress.Begin("pull", total, "chunks");
        long done = 0;
        IEnumerable<string> missing = source.KeysOf(region).Where(key =>
        {
            bool isThere = folder.IsDone(key);
            if (isThere)
            {
                progress.Advance(Interlocked.Increment(ref done));
            }

            return !isThere;
        });
        await source.CopyAsync(
            missing,
            folder.WorkPath,
            files,
            one =>
            {
                folder.Add(one);
                progress.Advance(Interlocked.Increment(ref done));
            },
            ct);
    }
}

/// <summary>What of a dataset goes where.</summary>
/// <param name="Output">The folder.</param>
/// <param name="Region">The box; default all.</param>
/// <param name="Level">Number of the resolution; default the finest.</param>
internal sealed record PullRequest(string Output, Region? Region, int? Level);
