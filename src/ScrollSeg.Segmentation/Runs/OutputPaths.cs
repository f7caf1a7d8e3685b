using ScrollSeg.Volumes.Storage;

namespace ScrollSeg.Segmentation.Runs;

/// <summary>Where a run writes: the output under its final and its temporary name, and its state.</summary>
/// <param name="Output">Final name of the store.</param>
/// <param name="Partial">Its name until it is complete.</param>
/// <param name="Run">Folder of the run's state.</param>
internal sealed record OutputPaths(string Output, string Partial, string Run)
{
    private static readonly string[] Marks = [".zgroup", ".zarray", "zarr.json", "run.json", "units"];

    public static OutputPaths Of(SegmentRequest request)
    {
        string output = Path.GetFullPath(request.Output).TrimEnd(Path.DirectorySeparatorChar);
        string run = request.RunFolder is string given ? Path.GetFullPath(given) : Path.ChangeExtension(output, ".run");
        return run == output
            ? throw new InvalidRequestException($"The run's state cannot lie in the output itself: {output}.")
            : new OutputPaths(output, output + OutputStore.PartialSuffix, run);
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

    /// <summary>Deletes what an earlier run left.</summary>
    public void Discard()
    {
        foreach (string path in new[] { Output, Partial, Run })
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
            Path.GetFileName(entry) is "statistics.json" or "units" || entry.EndsWith(AtomicFile.TemporarySuffix, StringComparison.Ordinal));

    /// <summary>Whether a path may be discarded: a Zarr store, a run's folder however young, or nothing.</summary>
    private bool IsOurs(string path) => Directory.Exists(path) &&
        (path == Partial || Marks.Any(name => Path.Exists(Path.Combine(path, name))) || !Directory.EnumerateFileSystemEntries(path).Any());
}
