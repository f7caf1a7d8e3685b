using ScrollSeg.Volumes;

namespace ScrollSeg.Segmentation.Runs;

/// <summary>Neighbouring slices, and single ones beyond them, of the same rows and columns.</summary>
/// <param name="Box">The neighbouring ones.</param>
/// <param name="Slices">Their voxels; owned.</param>
/// <param name="Beyond">The single ones, by their numbers; owned.</param>
internal sealed record SliceBlock(Box3 Box, VoxelBuffer Slices, IReadOnlyDictionary<int, VoxelBuffer> Beyond) : IDisposable
{
    /// <summary>Reads slices.</summary>
    /// <param name="volume">Where from.</param>
    /// <param name="box">The neighbouring ones.</param>
    /// <param name="beyond">The single ones.</param>
    /// <param name="cancellationToken">Stops between chunks.</param>
    public static async Task<SliceBlock> ReadAsync(VolumeReader volume, Box3 box, IEnumerable<int> beyond, CancellationToken cancellationToken)
    {
        Dictionary<int, VoxelBuffer> single = [];
        SliceBlock block = new(box, VoxelBuffer.Rent(box.Shape, volume.Info.Type), single);
        try
        {
            await volume.ReadAsync(box, block.Slices, cancellationToken);
            foreach (int slice in beyond)
            {
                Box3 plane = box.With(Axis.Z, slice, 1);
                single.Add(slice, VoxelBuffer.Rent(plane.Shape, volume.Info.Type));
                await volume.ReadAsync(plane, single[slice], cancellationToken);
            }

            return block;
        }
        catch
        {
            block.Dispose();
            throw;
        }
    }

    /// <summary>The voxels of a slice, row-major.</summary>
    public ReadOnlySpan<byte> PlaneOf(int slice) =>
        Beyond.TryGetValue(slice, out VoxelBuffer? single) ? single.Plane(0) : Slices.Plane(slice - Box.Start.Z);

    /// <summary>Copies a part of the neighbouring slices.</summary>
    public void CopyTo(Box3 part, VoxelBuffer target)
    {
        Box3 within = part.RelativeTo(Box.Start);
        for (int z = 0; z < part.Shape.Z; z++)
        {
            for (int y = 0; y < part.Shape.Y; y++)
            {
                Slices.Row(within.Start.Z + z, within.Start.Y + y).Slice(within.Start.X, part.Shape.X).CopyTo(target.Row(z, y));
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Slices.Dispose();
        foreach (VoxelBuffer single in Beyond.Values)
        {
            single.Dispose();
        }
    }
}
