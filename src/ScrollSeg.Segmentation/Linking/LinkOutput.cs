using ScrollSeg.Volumes.Storage;
using ScrollSeg.Volumes.Zarr;

namespace ScrollSeg.Segmentation.Linking;

/// <summary>An array that a link stage fills.</summary>
/// <param name="Writer">Writes its chunks.</param>
/// <param name="Prefix">What comes before the keys in records, such as <c>labels/mask/0/</c>.</param>
public sealed record LinkOutput(ZarrArrayWriter Writer, string Prefix)
{
    /// <summary>A written chunk, its key below the store's root.</summary>
    internal StoredObject InStore((int Z, int Y, int X) index, StoredObject? written)
    {
        StoredObject inArray = written ?? StoredObject.Absent(Writer.KeyOf(index));
        return inArray with { Key = Prefix + inArray.Key };
    }
}
