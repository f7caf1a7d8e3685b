using ScrollSeg.Volumes;
using ScrollSeg.Volumes.Storage;
using ScrollSeg.Volumes.Zarr;

namespace ScrollSeg.Tests;

/// <summary>Small stores to look at, written as <c>convert</c> and <c>segment</c> write them.</summary>
internal static class Stores
{
    private static readonly AtomicFile Files = new(FileOperations.System, Durability.None);

    /// <summary>A uint8 array of one chunk or more.</summary>
    public static string Write(string path, Shape3 shape, Func<int, int, int, byte> value, Shape3? chunk = null)
    {
        ZarrArrayWriter writer = ZarrArrayWriter.Create(path, new ZarrArraySpec(shape, chunk ?? shape, VoxelType.UInt8), Files);
        foreach ((int Z, int Y, int X) index in writer.Spec.Chunks.Touching(new Box3((0, 0, 0), shape)))
        {
            Box3 box = writer.Spec.Chunks.BoxOf(index);
            using VoxelBuffer voxels = VoxelBuffer.Rent(box.Shape, VoxelType.UInt8);
            int i = 0;
            for (int z = box.Start.Z; z < box.End.Z; z++)
            {
                for (int y = box.Start.Y; y < box.End.Y; y++)
                {
                    for (int x = box.Start.X; x < box.End.X; x++)
                    {
                        voxels.Bytes[i++] = value(z, y, x);
                    }
                }
            }

            writer.WriteChunk(index, voxels);
        }

        return path;
    }

    /// <summary>Declares the arrays 0, 1, ... of a folder as resolutions, each half of the one before.</summary>
    public static void Declare(string path, int levels, double voxelMicrometres)
    {
        List<NgffLevel> declared = [];
        for (int level = 0; level < levels; level++)
        {
            double size = voxelMicrometres * (1 << level);
            declared.Add(new NgffLevel($"{level}", (size, size, size), (0, 0, 0)));
        }

        NgffWriter.WriteImage(path, new NgffImage("test", declared, InMicrometres: true), Files);
    }
}
