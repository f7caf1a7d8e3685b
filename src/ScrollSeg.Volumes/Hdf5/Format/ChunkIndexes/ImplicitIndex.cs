namespace ScrollSeg.Volumes.Hdf5.Format.ChunkIndexes;

/// <summary>All chunks lie one behind the other, unfiltered (specification, VII.B).</summary>
internal sealed class ImplicitIndex : ChunkIndex
{
    private readonly long _offset;

    public ImplicitIndex(HeaderFile file, long offset, ChunkGeometry chunks)
        : base(file, chunks)
    {
        _offset = offset;
        if (chunks.IsFiltered)
        {
            throw file.Damaged("the chunks without an index", offset, "the dataset has filters; expected none.");
        }
    }

    protected override Hdf5Place? FindCore(ReadOnlySpan<long> position)
    {
        Int128 offset = _offset + ((Int128)Chunks.NumberOf(position) * Chunks.ChunkBytes);
        return offset <= File.Content.Length
            ? new Hdf5Place((long)offset, Chunks.ChunkBytes, 0)
            : throw File.Damaged(
                "the chunks without an index", _offset,
                $"one is expected at byte {offset}, but the file has {File.Content.Length}; is it truncated?");
    }
}
