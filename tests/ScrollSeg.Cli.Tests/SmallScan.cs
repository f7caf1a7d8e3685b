using ScrollSeg.Volumes;
using ScrollSeg.Volumes.Storage;
using ScrollSeg.Volumes.Zarr;

namespace ScrollSeg.Tests;

/// <summary>A scan of four units, cheap to compute.</summary>
internal static class SmallScan
{
    public static string Write(string path)
    {
        Shape3 shape = new(200, 40, 50);
        ZarrArrayWriter writer = ZarrArrayWriter.Create(
            path, new ZarrArraySpec(shape, shape with { Z = 16 }, VoxelType.UInt8), new AtomicFile(FileOperations.System, Durability.None));
        foreach ((int Z, int Y, int X) index in writer.Spec.Chunks.Touching(new Box3((0, 0, 0), shape)))
        {
            Box3 box = writer.Spec.Chunks.BoxOf(index);
            using VoxelBuffer voxels = VoxelBuffer.Rent(box.Shape, VoxelType.UInt8);
            for (int i = 0; i < voxels.Bytes.Length; i++)
            {
                voxels.Bytes[i] = (byte)(50 + (((i % 50) + (7 * index.Z)) % 60));
            }

            writer.WriteChunk(index, voxels);
        }

        return path;
    }

    /// <summary>Every file of a store with its bytes, to compare two stores by.</summary>
    public static string[] Contents(string store) =>
    [
        .. Directory.EnumerateFiles(store, "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal)
            .Select(file => $"{Path.GetRelativePath(store, file)} {Convert.ToHexString(System.Security.Cryptography.SHA256.HashData(File.ReadAllBytes(file)))}"),
    ];
}
