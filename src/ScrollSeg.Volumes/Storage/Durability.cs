namespace ScrollSeg.Volumes.Storage;

/// <summary>What a finished write survives.</summary>
public enum Durability
{
    /// <summary>The file and its folder are synced: the write survives a power failure under its final name.</summary>
    Full,

    /// <summary>The file is synced, its folder is not: after a power failure the file may be missing, never torn.</summary>
    File,

    /// <summary>Nothing is synced: the write survives the death of the process, not of the machine.</summary>
    None,
}
