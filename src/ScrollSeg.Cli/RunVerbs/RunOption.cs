using System.CommandLine;
using ScrollSeg.Segmentation.Runs;
using ScrollSeg.Volumes.Storage;

namespace ScrollSeg.Cli.RunVerbs;

/// <summary><c>--run DIR</c>: which run a verb looks after.</summary>
internal static class RunOption
{
    public static Option<string> Create() => new("--run") { Description = "Folder of the run's state, OUT.run.", Required = true };

    /// <summary>Opens the run.</summary>
    /// <exception cref="FileNotFoundException">The folder holds none.</exception>
    public static RunFolder Open(string path) =>
        RunFolder.TryOpen(path, new AtomicFile(FileOperations.System))
            ?? throw new FileNotFoundException($"{path}: holds no run: there is no {RunFolder.ManifestName} in it.");

    /// <summary>What asks about the run, without a display.</summary>
    public static RunCompletion Ask(string path) => new(Open(path), new AtomicFile(FileOperations.System), new SilentProgress());
}
