using ScrollSeg.Volumes.Codecs;
using ScrollSeg.Volumes.Storage;
using ScrollSeg.Volumes.Zarr;

namespace ScrollSeg.Volumes.Raw;

/// <summary>
/// A volume whose file can only be read forwards. Before the first voxel is given it is read once, slab by slab, into a Zarr
/// in the system's folder for temporary files, which is deleted with the volume, or by the next one that needs such a copy if
/// the process was killed.
/// </summary>
internal sealed class SpooledVolume : VolumeReader
{
    /// <summary>Bytes of decoded voxels in memory while the file is read; a single slice may be more.</summary>
    private const long SlabBytes = 64L << 20;

    private const int ChunkEdge = 128;
    private const int MostSlabSlices = 32;

    private readonly FlatHeader _header;
    private readonly ReaderOptions _options;
    private readonly SemaphoreSlim _once = new(1);
    private ZarrVolume? _copy;
    private ScratchFolder? _scratch;

    public SpooledVolume(FlatHeader header, ReaderOptions options)
        : base(InfoOf(header)) => (_header, _options) = (header, options);

    /// <summary>The folder of the copy; <see langword="null"/> until the first read.</summary>
    public string? Folder => _scratch?.Path;

    /// <inheritdoc/>
    public override ValueTask<string> FingerprintAsync(bool withTimes, CancellationToken cancellationToken = default) =>
        ValueTask.FromResult(FlatVolume.FingerprintOf(withTimes, $"{_header.Layout}\n{_header.Coding}", _header.Path, _header.DataFile));

    /// <inheritdoc/>
    public override async ValueTask DisposeAsync()
    {
        if (_copy is not null)
        {
            await _copy.DisposeAsync();
        }

        _scratch?.Dispose();
        _once.Dispose();
    }

    /// <inheritdoc/>
    protected override async ValueTask<IReadOnlyList<Box3>> ReadCoreAsync(
        Box3 region, VoxelBuffer destination, CancellationToken cancellationToken)
    {
        ZarrVolume copy = await CopyAsync(cancellationToken);
        await copy.ReadAsync(region, destination, cancellationToken);
        foreach ((int Z, int Y, int X) _ in Info.Chunks.Touching(region))
        {
            long bytes = Info.ChunkShape.VoxelCount * Info.Type.ByteSize();
            Counters.AddChunk(bytes, bytes);
        }

        return []; // chunks of zeros are left out of the copy, but not of the source
    }

    private static VolumeInfo InfoOf(FlatHeader header)
    {
        FlatLayout layout = header.Layout;
        return new VolumeInfo(header.Path, header.Format, layout.Shape, layout.Type, ChunkOf(layout))
        {
            Codec = $"{header.Coding}".ToLowerInvariant(),
            VoxelSize = header.VoxelSize,
            Notes =
            [
                .. header.Notes,
                $"{header.Coding} data can only be read forwards: they are read once into a temporary Zarr of at most {layout.ByteCount} bytes in {Path.GetTempPath()}.",
            ],
            Defects = header.Defects,
        };
    }

    private static Shape3 ChunkOf(FlatLayout layout)
    {
        long planeBytes = layout.Shape.PlaneCount * layout.Type.ByteSize();
        int slices = (int)Math.Clamp(SlabBytes / planeBytes, 1, Math.Min(MostSlabSlices, layout.Shape.Z));
        return new Shape3(slices, Math.Min(ChunkEdge, layout.Shape.Y), Math.Min(ChunkEdge, layout.Shape.X));
    }

    private async ValueTask<ZarrVolume> CopyAsync(CancellationToken ct)
    {
        await _once.WaitAsync(ct);
        try
        {
            if (_copy is null)
            {
                _scratch ??= ScratchFolder.Create(Path.GetTempPath());
                string path = Path.Combine(_scratch.Path, "copy.zarr");
                await Task.Run(() => Write(path, ct), ct);
                _copy = await ZarrVolume.OpenAsync(path, _options, ct);
            }

            return _copy;
        }
        finally
        {
            _once.Release();
        }
    }

    private void Write(string path, CancellationToken ct)
    {
        FlatLayout layout = _header.Layout;
        ZarrArraySpec spec = new(layout.Shape, Info.ChunkShape, layout.Type) { Codec = ZarrV2Codecs.FromName("blosc-lz4", layout.Type.ByteSize()) };
        ZarrArrayWriter writer = ZarrArrayWriter.Create(path, spec, new AtomicFile(_options.Files, Durability.None));
        using CodedVoxels source = new(_header);
        using VoxelBuffer slab = VoxelBuffer.Rent(layout.Shape with { Z = Info.ChunkShape.Z }, layout.Type);
        for (int z = 0; z < layout.Shape.Z; z += slab.Shape.Z)
        {
            int slices = Math.Min(slab.Shape.Z, layout.Shape.Z - z);
            for (int i = 0; i < slices; i++)
            {
                for (int y = 0; y < layout.Shape.Y; y++)
                {
                    source.Read(slab.Row(i, y));
                }

                ct.ThrowIfCancellationRequested();
            }

            WriteSlab(writer, slab, z / slab.Shape.Z, slices, ct);
        }

        source.Finish();
    }

    private void WriteSlab(ZarrArrayWriter writer, VoxelBuffer slab, int index, int slices, CancellationToken ct)
    {
        Box3 filled = new((index * slab.Shape.Z, 0, 0), slab.Shape with { Z = slices });
        ParallelOptions parallel = new() { MaxDegreeOfParallelism = _options.DecodeThreads, CancellationToken = ct };
        Parallel.ForEach(writer.Spec.Chunks.Touching(filled), parallel, chunk =>
        {
            Box3 box = writer.Spec.Chunks.BoxOf(chunk);
            int size = slab.Type.ByteSize();
            using VoxelBuffer voxels = VoxelBuffer.Rent(box.Shape, slab.Type);
            for (int z = 0; z < box.Shape.Z; z++)
            {
                for (int y = 0; y < box.Shape.Y; y++)
                {
                    slab.Row(z, box.Start.Y + y).Slice(box.Start.X * size, box.Shape.X * size).CopyTo(voxels.Row(z, y));
                }
            }

            writer.WriteChunk(chunk, voxels);
        });
    }
}
