using ScrollSeg.Testing;
using ScrollSeg.Volumes.Hdf5;
using static ScrollSeg.Volumes.Tests.Hdf5.Hdf5Builder;

namespace ScrollSeg.Volumes.Tests.Hdf5;

/// <summary>Datasets written here.</summary>
public abstract class Hdf5Contract : VolumeReaderContract, IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose()
    {
        _folder.Dispose();
        GC.SuppressFinalize(this);
    }

    protected override async Task<VolumeReader> OpenAsync(VoxelBuffer voxels, ReaderOptions options)
    {
        Hdf5Builder builder = new();
        byte[] layout = Layout(builder, voxels);
        byte[] array = Hdf5Builder.Array([voxels.Shape.Z, voxels.Shape.Y, voxels.Shape.X]);
        await File.WriteAllBytesAsync(_folder["scan.h5"], builder.Finish(array, layout), TestContext.Current.CancellationToken);
        return await Hdf5Volume.OpenAsync(_folder["scan.h5"], options, TestContext.Current.CancellationToken);
    }

    private protected abstract byte[] Layout(Hdf5Builder builder, VoxelBuffer voxels);
}

/// <summary>Chunks one behind the other, those at the edge padded with zeros.</summary>
public sealed class Hdf5ChunkedContractTests : Hdf5Contract
{
    private static readonly Shape3 Chunk = new(4, 8, 5);

    private protected override byte[] Layout(Hdf5Builder builder, VoxelBuffer voxels)
    {
        long first = builder.Next;
        ChunkGrid grid = new(voxels.Shape, Chunk);
        foreach ((int Z, int Y, int X) index in grid.Touching(new Box3((0, 0, 0), voxels.Shape)))
        {
            builder.Add(Cut(voxels, grid.BoxOf(index)));
        }

        return Message(Hdf5Builder.Layout, Bytes(
            (byte)4, (byte)2, (byte)0, (byte)4, (byte)1, (byte)Chunk.Z, (byte)Chunk.Y, (byte)Chunk.X, (byte)2, (byte)2, first));
    }

    private static byte[] Cut(VoxelBuffer voxels, Box3 box)
    {
        byte[] chunk = new byte[Chunk.VoxelCount * sizeof(ushort)];
        for (int z = 0; z < box.Shape.Z; z++)
        {
            for (int y = 0; y < box.Shape.Y; y++)
            {
                voxels.Row(box.Start.Z + z, box.Start.Y + y).Slice(box.Start.X * sizeof(ushort), box.Shape.X * sizeof(ushort))
                    .CopyTo(chunk.AsSpan(((z * Chunk.Y) + y) * Chunk.X * sizeof(ushort)));
            }
        }

        return chunk;
    }
}

public sealed class Hdf5ContiguousContractTests : Hdf5Contract
{
    private protected override byte[] Layout(Hdf5Builder builder, VoxelBuffer voxels)
    {
        byte[] content = voxels.Bytes.ToArray();
        return Message(Hdf5Builder.Layout, Bytes((byte)3, (byte)1, builder.Add(content), (long)content.Length));
    }
}
