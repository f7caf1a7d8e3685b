using System.Runtime.CompilerServices;
using ScrollSeg.Volumes;

namespace ScrollSeg.Segmentation.Statistics;

/// <summary>Reads blocks for statistics, and passes over chunks that are damaged: figures of a scan can do without them, and the units that need them
/// say what is wrong with them later. What is absent where all has to be there is no damage, and ends the stage.</summary>
/// <param name="volume">The volume; stays the caller's.</param>
internal sealed class ReadableBlocks(VolumeReader volume)
{
    /// <summary>What was wrong with the first chunk that was passed over.</summary>
    public VolumeFormatException? FirstDamage { get; private set; }

    /// <summary>Voxels in chunks that were passed over.</summary>
    public long DamagedVoxels { get; private set; }

    /// <summary>Reads a box; if a part of it is damaged, what is not, chunk by chunk.</summary>
    /// <returns>Blocks; the caller disposes them.</returns>
    public async IAsyncEnumerable<VolumeBlock> ReadAsync(Box3 box, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        if (await TryReadAsync(box, cancellationToken) is VolumeBlock whole)
        {
            yield return whole;
            yield break;
        }

        ChunkGrid grid = volume.Info.Chunks;
        Box3[] chunks = [.. grid.Touching(box).Select(index => grid.BoxOf(index).Intersect(box))];
        foreach (Box3 chunk in chunks)
        {
            if (chunks.Length > 1 && await TryReadAsync(chunk, cancellationToken) is VolumeBlock block)
            {
                yield return block;
            }
            else
            {
                DamagedVoxels += chunk.Shape.VoxelCount;
            }
        }
    }

    private async Task<VolumeBlock?> TryReadAsync(Box3 box, CancellationToken cancellationToken)
    {
        try
        {
            return await VolumeBlock.ReadAsync(volume, box, cancellationToken);
        }
        catch (VolumeFormatException e) when (!e.IsAbsence)
        {
            FirstDamage ??= e;
            return null;
        }
    }
}
