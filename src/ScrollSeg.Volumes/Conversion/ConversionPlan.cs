using ScrollSeg.Volumes.Zarr;

namespace ScrollSeg.Volumes.Conversion;

/// <summary>What a conversion will read, hold and write.</summary>
/// <param name="Region">The part of the source.</param>
/// <param name="Spec">The finest level.</param>
/// <param name="Block">What is read in one piece: whole chunks of the result.</param>
/// <param name="Threads">Chunks that are encoded at the same time.</param>
/// <param name="LevelShapes">Extents of the levels, finest first.</param>
public sealed record ConversionPlan(
    Box3 Region, ZarrArraySpec Spec, Shape3 Block, int Threads, IReadOnlyList<Shape3> LevelShapes)
{
    /// <summary>Blocks in memory: one is encoded while the next is read.</summary>
    private const int BlocksAtOnce = 2;

    /// <summary>Forms of a chunk while it is encoded: its voxels, Blosc's filtered copy, its encoded bytes.</summary>
    private const int FormsOfAChunk = 3;

    /// <summary>Chunks per thread while a coarser level is made: eight finer ones, the coarser one, and what is decoded and
    /// encoded.</summary>
    private const int ChunksOfAPyramidThread = 12;

    /// <summary>The blocks of the finest level.</summary>
    public ChunkGrid Blocks => new(Spec.Shape, Block);

    /// <summary>How often the source's chunks are read, on average; 1 if each is read once.</summary>
    public double ReadAmplification { get; private init; }

    /// <summary>Chunks of a coarser level that are made at the same time.</summary>
    public int PyramidThreads { get; private init; }

    /// <summary>Bytes for voxels at the most.</summary>
    public long PeakBytes { get; private init; }

    /// <summary>Objects of all levels: chunks, or shards.</summary>
    public long Objects => LevelShapes.Sum(shape => Spec.ForShape(shape).Objects.Count.VoxelCount);

    /// <summary>Plans a conversion: the largest block that fits is a row of chunks along x, then several, then all of a slab,
    /// then several slabs.</summary>
    /// <exception cref="ArgumentException">The region lies outside, the types do not convert, or not even one chunk fits
    /// into the memory.</exception>
    public static ConversionPlan Of(VolumeInfo source, ConversionOptions options)
    {
        Box3 region = options.Region ?? source.Bounds;
        if (region.IsEmpty || !source.Bounds.Contains(region))
        {
            throw new ArgumentException($"The region {region} does not lie in the volume, which is {source.Shape} voxels (z, y, x).");
        }

        VoxelType type = options.Type ?? source.Type;
        _ = new VoxelMapping(source.Type, type, options.Window);
        Shape3 chunk = options.ChunkShape ?? DefaultChunk(region.Shape);
        ZarrArraySpec spec = SpecOf(region.Shape, chunk, type, options);
        string pieces = $"{(spec.ShardShape is null ? "Chunks" : "Shards")} of {spec.ObjectShape} {type.NumpyName()}";
        Int128 exactBytes = (Int128)spec.ObjectShape.Z * spec.ObjectShape.Y * spec.ObjectShape.X * type.ByteSize();
        if (exactBytes > Array.MaxLength)
        {
            throw new ArgumentException($"{pieces} have {exactBytes} bytes: they exceed 2 GiB.");
        }

        long chunkBytes = (long)exactBytes;
        List<Shape3> levels = LevelsOf(region.Shape, chunk, options.Levels);
        long smallest = Math.Max(
            BytesOf(spec.ObjectShape, source.Type, chunkBytes, 1), levels.Count > 1 ? ChunksOfAPyramidThread * chunkBytes : 0);
        long memory = options.Memory - options.OwnBytes;
        if (smallest > memory)
        {
            string own = options.OwnBytes == 0 ? "" : $" besides the {options.OwnBytes} that the program takes";
            throw new ArgumentException(
                $"{pieces} need {smallest} bytes of memory{own}, more than the {options.Memory} allowed (at least {options.OwnBytes + smallest}).");
        }

        int threads = options.Threads;
        while (threads > 1 && BytesOf(spec.ObjectShape, source.Type, chunkBytes, threads) > memory / 2)
        {
            threads--;
        }

        Shape3 block = LargestBlock(spec, source, threads, memory);
        return new ConversionPlan(region, spec, block, threads, levels)
        {
            ReadAmplification = AmplificationOf(source, region, block),
            PeakBytes = Math.Max(smallest, BytesOf(block, source.Type, chunkBytes, threads)),
            PyramidThreads = (int)Math.Clamp(memory / (ChunksOfAPyramidThread * chunkBytes), 1, threads),
        };
    }

    private static ZarrArraySpec SpecOf(Shape3 shape, Shape3 chunk, VoxelType type, ConversionOptions options)
    {
        if (options.ShardShape is Shape3 shard)
        {
            if (options.ZarrFormat != 3)
            {
                throw new ArgumentException("Shards are a matter of Zarr version 3: give --zarr-format 3 too.");
            }

            if (shard.Z % chunk.Z != 0 || shard.Y % chunk.Y != 0 || shard.X % chunk.X != 0)
            {
                throw new ArgumentException($"Shards of {shard} do not consist of whole chunks of {chunk}.");
            }
        }

        ZarrArraySpec spec = new(shape, chunk, type)
        {
            Codec = options.Codec(type.ByteSize()),
            ZarrFormat = options.ZarrFormat,
            ShardShape = options.ShardShape,
        };
        return spec.ForShape(shape);
    }

    private static Shape3 DefaultChunk(Shape3 region) => new(
        Math.Min(ConversionOptions.DefaultChunkEdge, region.Z),
        Math.Min(ConversionOptions.DefaultChunkEdge, region.Y),
        Math.Min(ConversionOptions.DefaultChunkEdge, region.X));

    private static long BytesOf(Shape3 block, VoxelType source, long chunkBytes, int threads) =>
        (BlocksAtOnce * block.VoxelCount * source.ByteSize()) + (threads * chunkBytes * FormsOfAChunk);

    private static Shape3 LargestBlock(ZarrArraySpec spec, VolumeInfo source, int threads, long memory)
    {
        Shape3 chunk = spec.ObjectShape;
        Shape3 count = spec.Objects.Count;
        long chunkBytes = chunk.VoxelCount * spec.Type.ByteSize();
        bool Fits(Shape3 chunks) => BytesOf(ShapeOf(spec, chunks), source.Type, chunkBytes, threads) <= memory;

        Shape3 block = new(1, 1, 1);
        block = block with { X = MostThatFit(count.X, n => Fits(new Shape3(1, 1, n))) };
        if (block.X == count.X)
        {
            block = block with { Y = MostThatFit(count.Y, n => Fits(new Shape3(1, n, count.X))) };
        }

        // a source stored in thicker pieces than a chunk is read once only by blocks as thick
        int wantedSlabs = Math.Min(count.Z, ((source.ChunkShape.Z - 1) / chunk.Z) + 1);
        if (block.Y == count.Y && block.X == count.X)
        {
            block = block with { Z = MostThatFit(wantedSlabs, n => Fits(new Shape3(n, count.Y, count.X))) };
        }

        return ShapeOf(spec, block);
    }

    private static int MostThatFit(int most, Func<int, bool> fits)
    {
        (int low, int high) = (1, most);
        while (low < high)
        {
            int middle = low + ((high - low + 1) / 2);
            (low, high) = fits(middle) ? (middle, high) : (low, middle - 1);
        }

        return low;
    }

    /// <summary>Extent of so many chunks, cut to the array's.</summary>
    private static Shape3 ShapeOf(ZarrArraySpec spec, Shape3 chunks) => new(
        Extent(chunks.Z, spec.ObjectShape.Z, spec.Shape.Z),
        Extent(chunks.Y, spec.ObjectShape.Y, spec.Shape.Y),
        Extent(chunks.X, spec.ObjectShape.X, spec.Shape.X));

    /// <summary>Blocks are whole chunks; one that covers the axis may be longer than it.</summary>
    private static int Extent(int chunks, int chunk, int axis) =>
        (int)Math.Min((long)chunks * chunk, Math.Max(axis, chunk));

    private static List<Shape3> LevelsOf(Shape3 finest, Shape3 chunk, int? wanted)
    {
        List<Shape3> levels = [finest];
        int most = wanted ?? ConversionOptions.DefaultMaxLevels;
        while (levels.Count < most && (wanted is not null || !FitsInto(levels[^1], chunk)) && levels[^1].VoxelCount > 1)
        {
            levels.Add(PyramidBuilder.CoarserShape(levels[^1]));
        }

        return levels;
    }

    private static bool FitsInto(Shape3 shape, Shape3 chunk) => shape.Z <= chunk.Z && shape.Y <= chunk.Y && shape.X <= chunk.X;

    private static double AmplificationOf(VolumeInfo source, Box3 region, Shape3 block)
    {
        double amplification = 1;
        foreach (Axis axis in new[] { Axis.Z, Axis.Y, Axis.X })
        {
            long touched = 0;
            for (long start = 0; start < region.Shape[axis]; start += block[axis])
            {
                long first = region.StartOf(axis) + start;
                long last = Math.Min(first + block[axis], region.StartOf(axis) + (long)region.Shape[axis]) - 1;
                touched += (last / source.ChunkShape[axis]) - (first / source.ChunkShape[axis]) + 1;
            }

            long end = region.StartOf(axis) + (long)region.Shape[axis] - 1;
            amplification *= touched / (double)((end / source.ChunkShape[axis]) - (region.StartOf(axis) / source.ChunkShape[axis]) + 1);
        }

        return amplification;
    }
}
