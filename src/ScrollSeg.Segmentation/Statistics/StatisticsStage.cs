using ScrollSeg.Volumes;

namespace ScrollSeg.Segmentation.Statistics;

/// <summary>Streams a volume once, in blocks of whole chunks, and counts its grey values.</summary>
public static class StatisticsStage
{
    /// <summary>Gathers the statistics of a region.</summary>
    /// <param name="volume">The volume.</param>
    /// <param name="region">The part that the run will segment.</param>
    /// <param name="options">How much is read, and how much memory may be held.</param>
    /// <param name="progress">Receives the voxels counted so far.</param>
    /// <param name="cancellationToken">Stops between blocks.</param>
    /// <exception cref="VolumeFormatException">A chunk cannot be read or decoded.</exception>
    public static async Task<VolumeStatistics> RunAsync(
        VolumeReader volume,
        Box3 region,
        StatisticsOptions options,
        IProgress<long>? progress = null,
        CancellationToken cancellationToken = default)
    {
        (List<Box3> chosen, double share) = Choose(volume.Info, region, options);

        (double Low, double High) extremes = (0, 1);
        if (HistogramBuilder.NeedsExtremes(volume.Info.Type))
        {
            ExtremesCounter counter = new(volume.Info.Type);
            await ForEachBlockAsync(volume, chosen, counter.Add, null, cancellationToken);
            extremes = counter.Extremes;
        }

        BlockCounter total = new(volume.Info, extremes);
        await ForEachBlockAsync(volume, chosen, total.Add, progress, cancellationToken);
        return total.ToStatistics(share, await BorderProbe.EmptyShareAsync(volume, cancellationToken));
    }

    /// <summary>What is read, in blocks of the size that may be held. A sample is drawn in pieces of their own size.</summary>
    private static (List<Box3> Blocks, double Share) Choose(VolumeInfo info, Box3 region, StatisticsOptions options)
    {
        if (IsAffordable(info, region, options))
        {
            return ([.. Blocks(info, region, options.BlockBytes)], 1);
        }

        List<Box3> pieces = [.. Blocks(info, region, options.SampleBlockBytes)];
        List<Box3> sample = Sample(pieces, info.Type, options);
        return ([.. sample.SelectMany(piece => Blocks(info, piece, options.BlockBytes))], (double)sample.Count / pieces.Count);
    }

    private static bool IsAffordable(VolumeInfo info, Box3 region, StatisticsOptions options) => options.Mode switch
    {
        StatisticsMode.Exact => true,
        StatisticsMode.Sample => false,
        _ => region.Shape.VoxelCount * info.Type.ByteSize() <= options.AffordableBytes,
    };

    /// <summary>Cuts a region into boxes of whole chunks of about the given size; a single chunk may be larger.</summary>
    private static IEnumerable<Box3> Blocks(VolumeInfo info, Box3 region, long blockBytes)
    {
        Shape3 block = info.ChunkShape;
        long target = Math.Max(blockBytes / info.Type.ByteSize(), 1);
        while (block.VoxelCount * 2 <= target && (block.X < info.Shape.X || block.Y < info.Shape.Y || block.Z < info.Shape.Z))
        {
            block = block.X < info.Shape.X ? block with { X = checked(block.X * 2) }
                : block.Y < info.Shape.Y ? block with { Y = checked(block.Y * 2) }
                : block with { Z = checked(block.Z * 2) };
        }

        ChunkGrid grid = new(info.Shape, block);
        return grid.Touching(region).Select(index => grid.BoxOf(index).Intersect(region));
    }

    private static List<Box3> Sample(List<Box3> blocks, VoxelType type, StatisticsOptions options)
    {
        int[] order = [.. Enumerable.Range(0, blocks.Count)];
        new Random(options.Seed).Shuffle(order);
        List<int> chosen = [];
        long bytes = 0;
        foreach (int block in order)
        {
            if (bytes >= options.AffordableBytes)
            {
                break;
            }

            chosen.Add(block);
            bytes += blocks[block].Shape.VoxelCount * type.ByteSize();
        }

        chosen.Sort();
        return [.. chosen.Select(i => blocks[i])];
    }

    /// <summary>One block is counted while the next one is read: two are held.</summary>
    private static async Task ForEachBlockAsync(
        VolumeReader volume,
        List<Box3> blocks,
        Action<VolumeBlock> count,
        IProgress<long>? progress,
        CancellationToken cancellationToken)
    {
        long voxels = 0;
        VolumeBlock ahead = await VolumeBlock.ReadAsync(volume, blocks[0], cancellationToken);
        for (int i = 0; i < blocks.Count; i++)
        {
            using VolumeBlock block = ahead;
            Task counting = Task.Run(() => count(block), cancellationToken);
            try
            {
                ahead = i + 1 < blocks.Count ? await VolumeBlock.ReadAsync(volume, blocks[i + 1], cancellationToken) : block;
            }
            finally
            {
                await counting; // never leave the block to its counter
            }

            voxels += block.Box.Shape.VoxelCount;
            progress?.Report(voxels);
        }
    }
}
