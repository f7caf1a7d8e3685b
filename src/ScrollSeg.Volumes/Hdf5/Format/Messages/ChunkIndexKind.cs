namespace ScrollSeg.Volumes.Hdf5.Format.Messages;

/// <summary>How chunks are found (specification, IV.A.2.i, layout version 4, and VII); the numbers are the file's.</summary>
internal enum ChunkIndexKind
{
    BTree1 = 0,
    Single = 1,
    Implicit = 2,
    FixedArray = 3,
    ExtensibleArray = 4,
    BTree2 = 5,
}
