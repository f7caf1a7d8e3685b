namespace ScrollSeg.Volumes.Hdf5.Format.ChunkIndexes;

/// <summary>No chunk was ever written.</summary>
internal sealed class EmptyIndex(HeaderFile file, ChunkGeometry chunks) : ChunkIndex(file, chunks)
{
    protected override Hdf5Place? FindCore(ReadOnlySpan<long> position) => null;
}
