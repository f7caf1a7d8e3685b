using ScrollSeg.Volumes.Storage;

namespace ScrollSeg.Segmentation.Runs;

/// <summary>Where a run writes: the output under its final and its temporary name, and its state.</summary>
/// <param name="Output">Final name of the store.</param>
/// <param name="Partial">Its name until it is complete.</param>
/// <param name="Run">Folder of the run's state.</param>
internal sealed record OutputPaths(string Output, string Partial, string Run)
{
    private static readonly string[] StoreMarks = [".zgroup", ".zarray", "zarr.json"];

    /// <summary>Resolves the paths of a request.</summary>
    /// <param name="request">What is asked for.</param>
    /// <param name="input">The volume that is read: it must survive whatever is discarded.</param>
    /// <exception cref="InvalidRequestException">Two of them lie in one another.</exception>
    public static OutputPaths Of(SegmentRequest request, string input) => Of(request.Output, request.RunPath, input);

    /// <summary>Resolves paths.</summary>
    /// <param name="output">Final name of the store.</param>
    /// <param name="run">Folder of the run's state, in full.</param>
    /// <param name="input">The volume that is read: it must survive whatever is discarded.</param>
    /// <exception cref="InvalidRequestException">Two of them lie in one another.</exception>
    public static OutputPaths Of(string output, string run, string input)
    {
        output = Normal(output);
        OutputPaths paths = new(output, output + OutputStore.PartialSuffix, run);
        string volume = Normal(input);
        foreach (string written in new[] { paths.Output, paths.Partial, paths.Run })
        {
            if (IsWithin(volume, written) || IsWithin(written, volume))
            {
                throw new InvalidRequestException($"The volume {volume} and what is written, {written}, lie in one another: the volume would be changed or lost.");
            }
        }

        foreach (string store in new[] { paths.Output, paths.Partial })
        {
            if (IsWithin(run, store) || IsWithin(store, run))
            {
                throw new InvalidRequestException($"The run's state {run} and the output {store} lie in one another: give another --run.");
            }
        }

        return paths;
    }

    /// <summary>Refuses what is there, unless it may be discarded and is of the kind that this program writes.</summary>
    /// <exception cref="RunConflictException">Something is in the way.</exception>
    public void CheckFree(bool overwrite)
    {
        foreach (string path in new[] { Output, Partial, Run })
        {
            if (!Path.Exists(path) || (path == Run && IsYoungRun(path)))
            {
                continue;
            }

            if (!overwrite)
            {
                throw new RunConflictException(
                    $"{path}: exists already and is no run of this output. Give another output, or --overwrite to discard it.");
            }

            if (!IsOurs(path))
            {
                throw new RunConflictException($"{path}: is neither a Zarr store nor a run's folder, and is not overwritten.");
            }
        }
    }

    /// <summary>Deletes what an earlier run left, but for a complete output: that stays until the new one is complete.</summary>
    public void Discard()
    {
        foreach (string path in new[] { Partial, Run })
        {
            if (Directory.Exists(path))
            {
                Directory.Delete(path, recursive: true);
            }
        }
    }

    /// <summary>Whether a folder is a run's whose process died before it had written down what the run is.</summary>
    private static bool IsYoungRun(string path) => Directory.Exists(path) &&
        Directory.EnumerateFileSystemEntries(path).All(entry =>
            (RunFolder.Parts.Contains(Path.GetFileName(entry)) && Path.GetFileName(entry) != RunFolder.ManifestName) || Path.GetExtension(entry) is AtomicFile.TemporarySuffix);

    /// <summary>Whether a path may be discarded: a Zarr store, a run's folder however young, or nothing.</summary>
    private bool IsOurs(string path) => Directory.Exists(path) &&
        (path == Partial
            || (path == Run ? HoldsOnlyARun(path) : StoreMarks.Any(name => Path.Exists(Path.Combine(path, name))))
            || !Directory.EnumerateFileSystemEntries(path).Any());

    private static bool HoldsOnlyARun(string path) => Directory.EnumerateFileSystemEntries(path).Select(Path.GetFileName).All(
        name => RunFolder.Parts.Contains(name) || Path.GetExtension(name) is AtomicFile.TemporarySuffix or ShardLock.Extension);

    private static string Normal(string path) => Path.TrimEndingDirectorySeparator(Path.GetFullPath(path));

    private static bool IsWithin(string path, string folder) =>
        path == folder || path.StartsWith(folder + Path.DirectorySeparatorChar, StringComparison.Ordinal);
}
