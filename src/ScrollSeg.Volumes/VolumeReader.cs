namespace ScrollSeg.Volumes;

/// <summary>Random access to the voxels of a volume too large to load. Reads may run concurrently.</summary>
public abstract class VolumeReader : IAsyncDisposable
{
    /// <summary>Creates a reader over an opened volume.</summary>
    protected VolumeReader(VolumeInfo info) => Info = info;

    /// <summary>Shape, voxel type and scale, known without reading voxels.</summary>
    public VolumeInfo Info { get; }

    /// <summary>What was fetched and decoded so far, to set against a plan.</summary>
    public ReadCounters Counters { get; } = new();

    /// <summary>Whether a chunk that is not there is an error.</summary>
    internal bool RequiresComplete { get; set; }

    /// <summary>Reads a box of voxels.</summary>
    /// <param name="region">The box to read; must lie in <see cref="VolumeInfo.Bounds"/>.</param>
    /// <param name="destination">Receives the voxels; as large as the region. Stays the caller's.</param>
    /// <param name="cancellationToken">Stops the read between chunks.</param>
    /// <returns>The parts of the region that the store has no chunk for and that hold the fill value, in voxels of the
    /// volume; empty for formats that store every voxel.</returns>
    /// <exception cref="VolumeFormatException">The file is damaged or truncated, or a chunk is absent that has to be there
    /// (<see cref="ReaderOptions.RequireComplete"/>).</exception>
    public ValueTask<IReadOnlyList<Box3>> ReadAsync(
        Box3 region, VoxelBuffer destination, CancellationToken cancellationToken = default)
    {
        if (region.IsEmpty || !Info.Bounds.Contains(region))
        {
            throw new ArgumentOutOfRangeException(
                nameof(region), $"Cannot read {region}: the volume {Info.Path} is {Info.Shape} voxels (z, y, x).");
        }

        if (destination.Shape != region.Shape || destination.Type != Info.Type)
        {
            throw new ArgumentException(
                $"Cannot read {region.Shape} {Info.Type} voxels into {destination.Shape} {destination.Type}.",
                nameof(destination));
        }

        ValueTask<IReadOnlyList<Box3>> read = ReadCoreAsync(region, destination, cancellationToken);
        return RequiresComplete ? RequireAllAsync(read) : read;
    }

    /// <summary>A hash that changes when the volume's files do: over headers, and names and sizes of the files that hold
    /// voxels, never over the voxels themselves.</summary>
    /// <param name="withTimes">Whether the times of the files' last writes count too: a copy then differs, and so does a
    /// file that was written over with as many bytes.</param>
    /// <param name="cancellationToken">Stops between files.</param>
    /// <returns>Lower-case hexadecimal SHA-256.</returns>
    public abstract ValueTask<string> FingerprintAsync(bool withTimes, CancellationToken cancellationToken = default);

    /// <summary>Reads a box that was already checked against the volume and the buffer.</summary>
    protected abstract ValueTask<IReadOnlyList<Box3>> ReadCoreAsync(
        Box3 region, VoxelBuffer destination, CancellationToken cancellationToken);

    /// <inheritdoc/>
    public abstract ValueTask DisposeAsync();

    private async ValueTask<IReadOnlyList<Box3>> RequireAllAsync(ValueTask<IReadOnlyList<Box3>> read)
    {
        IReadOnlyList<Box3> absent = await read;
        return absent.Count == 0
            ? absent
            : throw new VolumeFormatException(
                Info.Path, $"nothing is stored for {absent[0]} (z, y, x), and the input was said to have to be complete.") { IsAbsence = true };
    }
}
