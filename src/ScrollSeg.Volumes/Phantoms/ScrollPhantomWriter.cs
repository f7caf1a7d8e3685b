using System.Text.Json.Nodes;
using ScrollSeg.Volumes.Codecs;
using ScrollSeg.Volumes.Storage;
using ScrollSeg.Volumes.Zarr;

namespace ScrollSeg.Volumes.Phantoms;

/// <summary>Writes a scroll phantom as two OME-Zarr images, <c>volume.zarr</c> and <c>labels.zarr</c>.</summary>
/// <remarks>Memory: two chunks per thread, at any size of the volume.</remarks>
public static class ScrollPhantomWriter
{
    private const int ChunkEdge = 128;

    /// <summary>Chunks that <see cref="WriteAsync"/> will report.</summary>
    public static long ChunkCount(ScrollPhantom phantom) => Grid(phantom).Count.VoxelCount;

    /// <summary>Writes both images into a folder.</summary>
    /// <param name="phantom">What to write.</param>
    /// <param name="folder">The folder; created if it is not there.</param>
    /// <param name="files">Writes the files.</param>
    /// <param name="allocator">Where the chunks' memory comes from. Default the system.</param>
    /// <param name="progress">Is told the number of chunks done, from any thread.</param>
    /// <param name="cancellationToken">Stops between chunks.</param>
    public static async Task WriteAsync(
        ScrollPhantom phantom,
        string folder,
        AtomicFile files,
        VoxelAllocator? allocator = null,
        Action<long>? progress = null,
        CancellationToken cancellationToken = default)
    {
        files.CreateFolder(folder);
        PhantomFolder.WriteMark(folder, "scroll", phantom.Shape, phantom.Seed, files);
        ZarrArrayWriter volume = Create(phantom, Path.Combine(folder, "volume.zarr"), "volume", VoxelType.UInt16, files);
        ZarrArrayWriter labels = Create(phantom, Path.Combine(folder, "labels.zarr"), "labels", VoxelType.UInt8, files);
        ChunkGrid grid = Grid(phantom);
        long done = 0;
        ParallelOptions options = new()
        {
            MaxDegreeOfParallelism = Environment.ProcessorCount,
            CancellationToken = cancellationToken,
        };
        await Parallel.ForEachAsync(grid.Touching(phantom.Bounds), options, (index, _) =>
        {
            Box3 box = grid.BoxOf(index);
            using VoxelBuffer grey = VoxelBuffer.Rent(box.Shape, VoxelType.UInt16, allocator);
            using VoxelBuffer sheet = VoxelBuffer.Rent(box.Shape, VoxelType.UInt8, allocator);
            phantom.Fill(box, grey, sheet);
            volume.WriteChunk(index, grey);
            labels.WriteChunk(index, sheet);
            progress?.Invoke(Interlocked.Increment(ref done));
            return ValueTask.CompletedTask;
        });
    }

    private static ChunkGrid Grid(ScrollPhantom phantom)
    {
        Shape3 shape = phantom.Shape;
        Shape3 chunk = new(Math.Min(ChunkEdge, shape.Z), Math.Min(ChunkEdge, shape.Y), Math.Min(ChunkEdge, shape.X));
        return new ChunkGrid(shape, chunk);
    }

    private static ZarrArrayWriter Create(
        ScrollPhantom phantom, string path, string name, VoxelType type, AtomicFile files)
    {
        const double Edge = ScrollPhantom.VoxelMicrometres;
        NgffLevel level = new("0", (Edge, Edge, Edge), (0, 0, 0));
        JsonObject origin = new() { ["phantom"] = phantom.ToString() };
        NgffWriter.WriteImage(path, new NgffImage(name, [level], InMicrometres: true) { Extra = origin }, files);
        ZarrArraySpec spec = new(phantom.Shape, Grid(phantom).Chunk, type)
        {
            Codec = ZarrV2Codecs.FromName("blosc-lz4", type.ByteSize()),
        };
        return ZarrArrayWriter.Create(Path.Combine(path, "0"), spec, files);
    }
}
