using ScrollSeg.Volumes;

namespace ScrollSeg.Testing;

/// <summary>A volume in memory that counts how often each chunk is fetched, and can be told to fail.</summary>
public sealed class MemoryVolume : VolumeReader
{
    private readonly VoxelBuffer _voxels;
    private readonly HashSet<(int, int, int)> _absent;
    private readonly Dictionary<(int Z, int Y, int X), int> _fetches = [];
    private readonly Lock _lock = new();

    /// <summary>Wraps voxels; ownership goes along.</summary>
    public MemoryVolume(VoxelBuffer voxels, Shape3 chunk, IEnumerable<(int Z, int Y, int X)>? absent = null)
        : base(new VolumeInfo("memory", "memory", voxels.Shape, voxels.Type, chunk))
    {
        _voxels = voxels;
        _absent = [.. (absent ?? []).Select(index => (index.Z, index.Y, index.X))];
    }

    /// <summary>Index of a chunk that cannot be read.</summary>
    public (int Z, int Y, int X)? Damaged { get; init; }

    /// <summary>What the fetch of a chunk fails with, if it does; called for one chunk at a time.</summary>
    public Func<(int Z, int Y, int X), Exception?>? Failure { get; set; }

    /// <summary>How often each chunk was fetched.</summary>
    public IReadOnlyDictionary<(int Z, int Y, int X), int> Fetches => _fetches;

    /// <summary>Fills a new volume with a function of the position.</summary>
    public static MemoryVolume Of(Shape3 shape, Shape3 chunk, Func<int, int, int, ushort> value)
    {
        VoxelBuffer voxels = VoxelBuffer.Rent(shape, VoxelType.UInt16);
        Span<ushort> all = voxels.Voxels<ushort>();
        int i = 0;
        for (int z = 0; z < shape.Z; z++)
        {
            for (int y = 0; y < shape.Y; y++)
            {
                for (int x = 0; x < shape.X; x++)
                {
                    all[i++] = value(z, y, x);
                }
            }
        }

        return new MemoryVolume(voxels, chunk);
    }

    /// <inheritdoc/>
    public override ValueTask<string> FingerprintAsync(bool withTimes, CancellationToken cancellationToken = default) => new("memory");

    /// <inheritdoc/>
    public override ValueTask DisposeAsync()
    {
        _voxels.Dispose();
        return ValueTask.CompletedTask;
    }

    /// <inheritdoc/>
    protected override ValueTask<IReadOnlyList<Box3>> ReadCoreAsync(
        Box3 region, VoxelBuffer destination, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        List<Box3> absent = [];
        foreach ((int Z, int Y, int X) index in Info.Chunks.Touching(region))
        {
            if (index == Damaged)
            {
                throw new VolumeFormatException(Info.Path, $"chunk {index} is damaged.");
            }

            lock (_lock)
            {
                if (Failure?.Invoke(index) is Exception failure)
                {
                    throw failure;
                }
            }

            if (_absent.Contains(index))
            {
                absent.Add(Info.Chunks.BoxOf(index).Intersect(region));
                Counters.AddAbsent();
                continue;
            }

            Counters.AddChunk(0, 0);
            lock (_lock)
            {
                _fetches[index] = _fetches.GetValueOrDefault(index) + 1;
            }
        }

        int bytes = Info.Type.ByteSize();
        for (int z = 0; z < region.Shape.Z; z++)
        {
            for (int y = 0; y < region.Shape.Y; y++)
            {
                _voxels.Row(region.Start.Z + z, region.Start.Y + y)
                    .Slice(region.Start.X * bytes, region.Shape.X * bytes)
                    .CopyTo(destination.Row(z, y));
            }
        }

        return new(absent);
    }
}
