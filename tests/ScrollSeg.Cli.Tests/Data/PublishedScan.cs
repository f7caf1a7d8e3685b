using ScrollSeg.Volumes;
using ScrollSeg.Volumes.Codecs;
using ScrollSeg.Volumes.Storage;
using ScrollSeg.Volumes.Zarr;

namespace ScrollSeg.Tests.Data;

/// <summary>An image of two levels as a publisher may have it: some chunks hold nothing and are absent.</summary>
internal static class PublishedScan
{
    public static Shape3 Shape { get; } = new(40, 33, 50);

    public static Shape3 Chunk { get; } = new(8, 8, 16);

    public static async Task WriteAsync(string path, int zarrFormat = 2, Shape3? shard = null)
    {
        AtomicFile files = new(FileOperations.System, Durability.None);
        NgffLevel[] levels = [new("0", (1, 1, 1), (0, 0, 0)), new("1", (2, 2, 2), (0.5, 0.5, 0.5))];
        NgffWriter.WriteImage(path, new NgffImage("scan", levels, InMicrometres: false), files, zarrFormat: zarrFormat);
        ZarrArraySpec spec = new(Shape, Chunk, VoxelType.UInt16) { Codec = ZarrV2Codecs.FromName("zstd", 2), ZarrFormat = zarrFormat, ShardShape = shard };
        ZarrArrayWriter finest = ZarrArrayWriter.Create(Path.Combine(path, "0"), spec, files);
        foreach ((int Z, int Y, int X) index in spec.Objects.Touching(new Box3((0, 0, 0), Shape)))
        {
            Box3 box = spec.Objects.BoxOf(index);
            using VoxelBuffer voxels = VoxelBuffer.Rent(box.Shape, VoxelType.UInt16);
            for (int z = 0; z < box.Shape.Z; z++)
            {
                Span<ushort> plane = voxels.Plane<ushort>(z);
                for (int i = 0; i < plane.Length; i++)
                {
                    plane[i] = Value(box.Start.Z + z, box.Start.Y + (i / box.Shape.X), box.Start.X + (i % box.Shape.X));
                }
            }

            finest.WriteChunk(index, voxels);
        }

        await using ZarrVolume volume = await ZarrVolume.OpenAsync(Path.Combine(path, "0"), new ReaderOptions(), TestContext.Current.CancellationToken);
        ZarrArrayWriter coarser = ZarrArrayWriter.Create(Path.Combine(path, "1"), spec.ForShape(PyramidBuilder.CoarserShape(Shape)), files);
        await PyramidBuilder.BuildLevelAsync(volume, coarser, Downsampling.Mean, 2, TestContext.Current.CancellationToken);
    }

    /// <summary>The voxels of a box, however they are read.</summary>
    public static async Task<byte[]> ReadAsync(string path, Box3 box)
    {
        await using VolumeReader reader = await VolumeFormats.OpenAsync(path, new ReaderOptions(), TestContext.Current.CancellationToken);
        using VoxelBuffer voxels = VoxelBuffer.Rent(box.Shape, reader.Info.Type);
        await reader.ReadAsync(box, voxels, TestContext.Current.CancellationToken);
        return voxels.Bytes.ToArray();
    }

    /// <summary>The last 18 columns are empty from slice 16 on.</summary>
    private static ushort Value(int z, int y, int x) => z >= 16 && x >= 32 ? (ushort)0 : (ushort)(1 + (z * 1000) + (y * 50) + x);
}
