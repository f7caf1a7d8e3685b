namespace ScrollSeg.Volumes;

/// <summary>A volume cut into chunks of one shape from its origin; the last chunk along each axis may overhang.</summary>
/// <param name="Volume">Extent of the volume in voxels.</param>
/// <param name="Chunk">Extent of a chunk in voxels.</param>
public readonly record struct ChunkGrid(Shape3 Volume, Shape3 Chunk)
{
    /// <summary>Chunks along each axis.</summary>
    public Shape3 Count => Volume.CeilingDivide(Chunk);

    /// <summary>The part of a chunk that lies inside the volume.</summary>
    /// <param name="index">Position of the chunk in the grid.</param>
    public Box3 BoxOf((int Z, int Y, int X) index) =>
        new Box3((index.Z * Chunk.Z, index.Y * Chunk.Y, index.X * Chunk.X), Chunk).Intersect(new((0, 0, 0), Volume));

    /// <summary>Lists the chunks that share a voxel with a region, in storage order.</summary>
    public IEnumerable<(int Z, int Y, int X)> Touching(Box3 region)
    {
        if (region.IsEmpty)
        {
            yield break;
        }

        for (int z = region.Start.Z / Chunk.Z; z <= (region.End.Z - 1) / Chunk.Z; z++)
        {
            for (int y = region.Start.Y / Chunk.Y; y <= (region.End.Y - 1) / Chunk.Y; y++)
            {
                for (int x = region.Start.X / Chunk.X; x <= (region.End.X - 1) / Chunk.X; x++)
                {
                    yield return (z, y, x);
                }
            }
        }
    }
}
