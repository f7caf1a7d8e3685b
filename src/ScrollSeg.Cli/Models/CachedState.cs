namespace ScrollSeg.Cli.Models;

/// <summary>What is there of a model.</summary>
internal enum CachedState
{
    /// <summary>Nothing.</summary>
    Absent,

    /// <summary>A download that has not come to its end.</summary>
    Partial,

    /// <summary>A file of another length or hash than the manifest's.</summary>
    Altered,

    /// <summary>The file.</summary>
    Here,
}
