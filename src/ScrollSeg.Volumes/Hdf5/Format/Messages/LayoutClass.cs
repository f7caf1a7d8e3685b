namespace ScrollSeg.Volumes.Hdf5.Format.Messages;

/// <summary>Where a dataset's elements lie (specification, IV.A.2.i).</summary>
internal enum LayoutClass
{
    /// <summary>In the header.</summary>
    Compact,

    /// <summary>In one piece.</summary>
    Contiguous,

    /// <summary>In chunks, each encoded by the filters.</summary>
    Chunked,

    /// <summary>In other datasets.</summary>
    Virtual,
}
