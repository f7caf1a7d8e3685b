using ScrollSeg.Volumes;

namespace ScrollSeg.Segmentation.Metrics;

/// <summary>Finds where a mask is worst: blocks with the most wrong voxels, streamed.</summary>
public static class WorstPlaces
{
    private static readonly Shape3 Block = new(16, 64, 64);

    /// <summary>Finds them.</summary>
    /// <param name="prediction">A mask, or values with a threshold.</param>
    /// <param name="truth">Labels of the same shape.</param>
    /// <param name="settings">Region, label of what is not known, threshold.</param>
    /// <param name="count">How many at most.</param>
    /// <param name="cancellationToken">Stops between slabs.</param>
    /// <returns>The worst first; blocks without an error are not among them.</returns>
    public static async Task<IReadOnlyList<ErrorPlace>> FindAsync(
        VolumeReader prediction, VolumeReader truth, MetricSettings settings, int count, CancellationToken cancellationToken)
    {
        LabelPair pair = new(prediction, truth, settings);
        List<ErrorPlace> worst = [];
        for (int z = 0; z < pair.Region.Shape.Z; z += Block.Z)
        {
            Box3 slab = pair.Region.With(Axis.Z, pair.Region.Start.Z + z, Math.Min(Block.Z, pair.Region.Shape.Z - z));
            using LabelBlock voxels = await pair.ReadAsync(slab, cancellationToken);
            voxels.Neutralise();
            foreach ((int Z, int Y, int X) index in new ChunkGrid(slab.Shape, Block).Touching(new Box3((0, 0, 0), slab.Shape)))
            {
                ErrorPlace place = PlaceOf(voxels, new ChunkGrid(slab.Shape, Block).BoxOf(index));
                if (place.Errors > 0)
                {
                    worst.Add(place);
                }
            }

            worst = [.. worst.OrderByDescending(place => place.Errors).Take(count)];
        }

        return worst;
    }

    private static ErrorPlace PlaceOf(LabelBlock voxels, Box3 block)
    {
        (long surplus, long missing, long sumZ, long sumY, long sumX) = (0, 0, 0, 0, 0);
        for (int z = block.Start.Z; z < block.End.Z; z++)
        {
            for (int y = block.Start.Y; y < block.End.Y; y++)
            {
                ReadOnlySpan<byte> mask = voxels.Prediction.Row(z, y);
                ReadOnlySpan<byte> truth = voxels.Truth.Row(z, y);
                for (int x = block.Start.X; x < block.End.X; x++)
                {
                    if (mask[x] != truth[x])
                    {
                        (surplus, missing) = mask[x] != 0 ? (surplus + 1, missing) : (surplus, missing + 1);
                        (sumZ, sumY, sumX) = (sumZ + z, sumY + y, sumX + x);
                    }
                }
            }
        }

        long errors = Math.Max(1, surplus + missing);
        (int startZ, int startY, int startX) = voxels.Box.Start;
        Box3 box = new((startZ + block.Start.Z, startY + block.Start.Y, startX + block.Start.X), block.Shape);
        return new ErrorPlace(box, (startZ + (int)(sumZ / errors), startY + (int)(sumY / errors), startX + (int)(sumX / errors)), surplus, missing);
    }
}
