using ScrollSeg.Volumes;

namespace ScrollSeg.Segmentation;

/// <summary>A box of voxels that was read, and which parts of it the store does not have.</summary>
/// <param name="Box">Where it lies in the volume.</param>
/// <param name="Voxels">Its voxels; owned.</param>
/// <param name="Absent">Boxes, in voxels of the volume, that hold the fill value for want of a chunk.</param>
internal sealed record VolumeBlock(Box3 Box, VoxelBuffer Voxels, IReadOnlyList<Box3> Absent) : IDisposable
{
    /// <summary>Reads a box into a buffer of its own.</summary>
    /// <param name="volume">Where to read.</param>
    /// <param name="box">What to read.</param>
    /// <param name="cancellationToken">Stops between chunks.</param>
    /// <param name="allocator">Where the buffer gets its memory. Default the system.</param>
    public static async Task<VolumeBlock> ReadAsync(
        VolumeReader volume, Box3 box, CancellationToken cancellationToken, VoxelAllocator? allocator = null)
    {
        VoxelBuffer voxels = VoxelBuffer.Rent(box.Shape, volume.Info.Type, allocator);
        try
        {
            return new VolumeBlock(box, voxels, await volume.ReadAsync(box, voxels, cancellationToken));
        }
        catch
        {
            voxels.Dispose();
            throw;
        }
    }

    /// <summary>The columns of a row that hold measured voxels, as half-open ranges within the box.</summary>
    public IEnumerable<(int Start, int End)> PresentRuns(int z, int y)
    {
        int from = 0;
        foreach ((int start, int end) in Gaps(Box.Start.Z + z, Box.Start.Y + y))
        {
            if (start > from)
            {
                yield return (from, start);
            }

            from = Math.Max(from, end);
        }

        if (from < Box.Shape.X)
        {
            yield return (from, Box.Shape.X);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => Voxels.Dispose();

    private List<(int Start, int End)> Gaps(int z, int y)
    {
        List<(int Start, int End)> gaps = [];
        foreach (Box3 absent in Absent)
        {
            if (z >= absent.Start.Z && z < absent.End.Z && y >= absent.Start.Y && y < absent.End.Y)
            {
                gaps.Add((absent.Start.X - Box.Start.X, absent.End.X - Box.Start.X));
            }
        }

        gaps.Sort();
        return gaps;
    }
}
