namespace ScrollSeg.Cli.Downloads;

/// <summary>What came has another hash than what was to come: trying again gives the same.</summary>
internal sealed class WrongFileException(string path, string problem) : DownloadException($"{path}: {problem}")
{
    public string Path => path;

    public string Problem => problem;
}
