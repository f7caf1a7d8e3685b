using ScrollSeg.Volumes;

namespace ScrollSeg.Segmentation.Statistics;

/// <summary>
/// Looks whether a scan was masked: whether the outermost voxels of its slices are empty. Always at the same places of the
/// whole volume, so that a part of it, or a sample, is judged as the whole is.
/// </summary>
internal static class BorderProbe
{
    private const int Slices = 5; // evenly spaced, away from the ends, which a scan often leaves empty
    private const int Stretches = 4; // along each side of a slice, the corners included

    /// <summary>Share of the probed voxels that are zero or absent.</summary>
    public static async Task<double> EmptyShareAsync(VolumeReader volume, CancellationToken cancellationToken)
    {
        long probed = 0;
        long empty = 0;
        ReadableBlocks blocks = new(volume);
        foreach (Box3 stretch in Places(volume.Info).Distinct())
        {
            await foreach (VolumeBlock read in blocks.ReadAsync(stretch, cancellationToken))
            {
                using VolumeBlock block = read;
                probed += block.Box.Shape.VoxelCount;
                empty += CountEmpty(block);
            }
        }

        return probed == 0 ? 0 : (double)empty / probed;
    }

    private static long CountEmpty(VolumeBlock block)
    {
        int bytes = block.Voxels.Type.ByteSize();
        long empty = block.Absent.Sum(box => box.Shape.VoxelCount);
        for (int y = 0; y < block.Box.Shape.Y; y++)
        {
            foreach ((int start, int end) in block.PresentRuns(0, y))
            {
                for (int x = start; x < end; x++)
                {
                    empty += block.Voxels.Row(0, y).Slice(x * bytes, bytes).IndexOfAnyExcept((byte)0) < 0 ? 1 : 0;
                }
            }
        }

        return empty;
    }

    /// <summary>Pieces of the four sides, each within one chunk and one voxel thick.</summary>
    private static IEnumerable<Box3> Places(VolumeInfo info)
    {
        Shape3 last = new(info.Shape.Z - 1, info.Shape.Y - 1, info.Shape.X - 1);
        for (int i = 0; i < Slices; i++)
        {
            int z = (int)((long)last.Z * ((2 * i) + 1) / (2 * Slices));
            for (int k = 0; k < Stretches; k++)
            {
                int y = (int)((long)last.Y * k / (Stretches - 1));
                int x = (int)((long)last.X * k / (Stretches - 1));
                yield return ChunkAt(info, z, 0, x).With(Axis.Y, 0, 1);
                yield return ChunkAt(info, z, last.Y, x).With(Axis.Y, last.Y, 1);
                yield return ChunkAt(info, z, y, 0).With(Axis.X, 0, 1);
                yield return ChunkAt(info, z, y, last.X).With(Axis.X, last.X, 1);
            }
        }
    }

    private static Box3 ChunkAt(VolumeInfo info, int z, int y, int x)
    {
        Shape3 chunk = info.ChunkShape;
        return info.Chunks.BoxOf((z / chunk.Z, y / chunk.Y, x / chunk.X)).With(Axis.Z, z, 1);
    }
}
