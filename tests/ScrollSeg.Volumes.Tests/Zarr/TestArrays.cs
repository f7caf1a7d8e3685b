using ScrollSeg.Volumes.Storage;
using ScrollSeg.Volumes.Zarr;

namespace ScrollSeg.Volumes.Tests.Zarr;

/// <summary>Arrays made for a test.</summary>
internal static class TestArrays
{
    public static AtomicFile Files { get; } = new(FileOperations.System, Durability.None);

    /// <summary>Writes a whole array chunk by chunk.</summary>
    public static List<StoredObject> Write(string path, ZarrArraySpec spec, VoxelBuffer voxels, AtomicFile? files = null)
    {
        ZarrArrayWriter writer = ZarrArrayWriter.Create(path, spec, files ?? Files);
        List<StoredObject> written = [];
        foreach ((int Z, int Y, int X) index in spec.Objects.Touching(new Box3((0, 0, 0), spec.Shape)))
        {
            using VoxelBuffer chunk = Crop(voxels, spec.Objects.BoxOf(index));
            if (writer.WriteChunk(index, chunk) is StoredObject stored)
            {
                written.Add(stored);
            }
        }

        return written;
    }

    /// <summary>A copy of a part.</summary>
    public static VoxelBuffer Crop(VoxelBuffer voxels, Box3 box)
    {
        VoxelBuffer part = VoxelBuffer.Rent(box.Shape, voxels.Type);
        int size = voxels.Type.ByteSize();
        for (int z = 0; z < box.Shape.Z; z++)
        {
            for (int y = 0; y < box.Shape.Y; y++)
            {
                voxels.Row(box.Start.Z + z, box.Start.Y + y)
                    .Slice(box.Start.X * size, box.Shape.X * size)
                    .CopyTo(part.Row(z, y));
            }
        }

        return part;
    }

    /// <summary>Reads a whole volume.</summary>
    public static async Task<byte[]> ReadAllAsync(VolumeReader reader)
    {
        using VoxelBuffer voxels = VoxelBuffer.Rent(reader.Info.Shape, reader.Info.Type);
        await reader.ReadAsync(reader.Info.Bounds, voxels, TestContext.Current.CancellationToken);
        return voxels.Bytes.ToArray();
    }

    /// <summary>Opens a volume with the default options.</summary>
    public static Task<ZarrVolume> OpenAsync(string path) =>
        ZarrVolume.OpenAsync(path, new ReaderOptions(), TestContext.Current.CancellationToken);
}
