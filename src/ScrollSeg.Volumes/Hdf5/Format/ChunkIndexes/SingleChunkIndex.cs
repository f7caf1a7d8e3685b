using ScrollSeg.Volumes.Hdf5.Format.Messages;

namespace ScrollSeg.Volumes.Hdf5.Format.ChunkIndexes;

/// <summary>The dataset is one chunk, and the layout message tells where it lies (specification, VII.A).</summary>
internal sealed class SingleChunkIndex : ChunkIndex
{
    private const string Name = "the only chunk";

    private readonly Hdf5Place _place;

    public SingleChunkIndex(HeaderFile file, DataLayout layout, ChunkGeometry chunks)
        : base(file, chunks)
    {
        if (chunks.IsFiltered != layout.SingleLength.HasValue && !layout.EdgesAreUnfiltered)
        {
            throw file.Damaged(
                Name, layout.Address, $"the dataset has {(chunks.IsFiltered ? "" : "no ")}filters, but the layout message says otherwise.");
        }

        _place = new Hdf5Place(layout.Address, layout.SingleLength ?? chunks.ChunkBytes, layout.SingleMask);
    }

    protected override Hdf5Place? FindCore(ReadOnlySpan<long> position) => position.ContainsAnyExcept(0)
        ? throw File.Damaged(Name, _place.Offset, $"one more is expected at [{string.Join(", ", position.ToArray())}].")
        : _place;
}
