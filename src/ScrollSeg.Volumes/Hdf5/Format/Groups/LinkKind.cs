namespace ScrollSeg.Volumes.Hdf5.Format.Groups;

/// <summary>Kinds of links (specification, IV.A.2.g); the numbers are the file's.</summary>
internal enum LinkKind
{
    /// <summary>To an object of the file.</summary>
    Hard = 0,

    /// <summary>To a path in the file.</summary>
    Soft = 1,

    /// <summary>To an object of another file; or of a kind that a program has made up.</summary>
    External = 64,
}
