using System.Runtime.InteropServices;
using System.Text.Json;
using ScrollSeg.Segmentation.Prompting;
using ScrollSeg.Segmentation.Runs;
using ScrollSeg.Volumes;
using ScrollSeg.Volumes.Codecs;
using ScrollSeg.Volumes.Storage;
using ScrollSeg.Volumes.Zarr;

namespace ScrollSeg.Segmentation.Propagation;

/// <summary>The objects of each slice that was reached, below a run's folder: two Zarr arrays of numbers, <c>up</c> (with the seeds) and
/// <c>down</c>, since a slice between two seeds is reached from both, and a record for each slice, written when its chunks are
/// there.</summary>
internal sealed class PropagatedPlanes : IDisposable
{
    private const int ChunkSide = 256;

    private static readonly ChunkCodec Codec = ZarrV2Codecs.FromName("blosc-zstd", elementSize: sizeof(uint))!;

    private readonly string _folder;
    private readonly Box3 _region;
    private readonly AtomicFile _files;
    private readonly ZarrArrayWriter[] _writers;
    private readonly VolumeReader[] _readers;

    private PropagatedPlanes(string folder, Box3 region, AtomicFile files, ZarrArrayWriter[] writers, VolumeReader[] readers) =>
        (_folder, _region, _files, _writers, _readers) = (folder, region, files, writers, readers);

    /// <summary>Makes the arrays, or finds those that are there.</summary>
    /// <param name="folder">Where.</param>
    /// <param name="region">The part of the volume that is segmented.</param>
    /// <param name="files">How it is written.</param>
    public static PropagatedPlanes Open(string folder, Box3 region, AtomicFile files)
    {
        Shape3 chunk = new(1, Math.Min(ChunkSide, region.Shape.Y), Math.Min(ChunkSide, region.Shape.X));
        ZarrArraySpec spec = new(region.Shape, chunk, VoxelType.UInt32) { Codec = Codec };
        string[] paths = [Path.Combine(folder, "up"), Path.Combine(folder, "down")];
        files.CreateFolder(Path.Combine(folder, "slices"));
        ZarrArrayWriter[] writers = [.. paths.Select(path => ZarrArrayWriter.Create(path, spec, files))];
        return new PropagatedPlanes(folder, region, files, writers, [.. paths.Select(OpenReader)]);
    }

    /// <summary>The record of a slice; <see langword="null"/> if it was not reached yet.</summary>
    /// <param name="isDown">Whether it is reached from above.</param>
    /// <param name="slice">In slices of the volume.</param>
    public PropagatedSlice? RecordOf(bool isDown, int slice)
    {
        string path = RecordPath(isDown, slice);
        return !File.Exists(path) ? null
            : RunFolder.Read<PropagatedSlice>(path) is PropagatedSlice record && record.Chunks.All(IsThere) ? record
            : null;

        bool IsThere(StoredObject chunk) => new FileInfo(Path.Combine(_folder, Name(isDown), chunk.Key)) is { Exists: true } file && file.Length == chunk.Bytes;
    }

    /// <summary>Keeps the objects of a slice.</summary>
    /// <param name="isDown">Whether it is reached from above.</param>
    /// <param name="slice">In slices of the volume.</param>
    /// <param name="labels">Their numbers, <c>[Y, X]</c> of the region.</param>
    public PropagatedSlice Write(bool isDown, int slice, uint[] labels)
    {
        ZarrArrayWriter writer = _writers[isDown ? 1 : 0];
        List<StoredObject> chunks = [];
        int z = slice - _region.Start.Z;
        foreach ((int Z, int Y, int X) index in writer.Spec.Chunks.Touching(new Box3((z, 0, 0), _region.Shape with { Z = 1 })))
        {
            Box3 box = writer.Spec.Chunks.BoxOf(index);
            using VoxelBuffer voxels = VoxelBuffer.Rent(box.Shape, VoxelType.UInt32);
            for (int y = 0; y < box.Shape.Y; y++)
            {
                int from = ((box.Start.Y + y) * _region.Shape.X) + box.Start.X;
                MemoryMarshal.AsBytes(labels.AsSpan(from, box.Shape.X)).CopyTo(voxels.Row(0, y));
            }

            if (writer.WriteChunk(index, voxels) is StoredObject written)
            {
                chunks.Add(written);
            }
        }

        PropagatedSlice record = new([.. labels.Distinct().Where(label => label != 0).Order()], chunks);
        _files.Write(RecordPath(isDown, slice), JsonSerializer.SerializeToUtf8Bytes(record, RunFolder.Json));
        return record;
    }

    /// <summary>The objects of a whole slice, <c>[Y, X]</c> of the region.</summary>
    public uint[] Read(bool isDown, int slice) =>
        Read(isDown, slice, new TilePlace(slice, _region.Start.Y, _region.Start.X), _region.Shape.Y, _region.Shape.X);

    /// <summary>The objects of a part of a slice, 0 outside the region, <c>[height, width]</c>.</summary>
    public uint[] Read(bool isDown, int slice, TilePlace place, int height, int width)
    {
        uint[] labels = new uint[height * width];
        (int top, int left) = (Math.Max(place.Row, _region.Start.Y), Math.Max(place.Column, _region.Start.X));
        (int bottom, int right) = (Math.Min(place.Row + height, _region.End.Y), Math.Min(place.Column + width, _region.End.X));
        if (bottom <= top || right <= left)
        {
            return labels;
        }

        Box3 box = Box3.FromBounds((slice, top, left), (slice + 1, bottom, right)).RelativeTo(_region.Start);
        using VolumeBlock block = VolumeBlock.ReadAsync(_readers[isDown ? 1 : 0], box, CancellationToken.None).GetAwaiter().GetResult();
        for (int y = 0; y < box.Shape.Y; y++)
        {
            MemoryMarshal.Cast<byte, uint>(block.Voxels.Row(0, y)).CopyTo(labels.AsSpan(((top + y - place.Row) * width) + left - place.Column));
        }

        return labels;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (VolumeReader reader in _readers)
        {
            reader.DisposeAsync().AsTask().GetAwaiter().GetResult();
        }
    }

    private static ZarrVolume OpenReader(string path) =>
        ZarrVolume.OpenAsync(path, new ReaderOptions(), CancellationToken.None).GetAwaiter().GetResult();

    private static string Name(bool isDown) => isDown ? "down" : "up";

    private string RecordPath(bool isDown, int slice) =>
        Path.Combine(_folder, "slices", string.Create(null, $"{Name(isDown)}-{slice:D8}.json"));
}
