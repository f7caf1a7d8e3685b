using ScrollSeg.Volumes.Hdf5.Format;
using ScrollSeg.Volumes.Hdf5.Format.Groups;

namespace ScrollSeg.Volumes.Hdf5;

/// <summary>A group, dataset or named type.</summary>
/// <param name="Path">A path that leads to it, without slashes at its ends.</param>
/// <param name="Header">What the file says about it.</param>
internal sealed record Hdf5Object(string Path, ObjectHeader Header)
{
    public bool IsDataset => Header.Has(MessageType.Layout) || (Header.Has(MessageType.Dataspace) && Header.Has(MessageType.Datatype));

    public bool IsGroup => !IsDataset && Group.Is(Header);
}
