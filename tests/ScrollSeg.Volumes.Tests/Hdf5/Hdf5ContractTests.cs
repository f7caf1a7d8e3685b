using PureHDF;
using PureHDF.VOL.Native;
using ScrollSeg.Testing;
using ScrollSeg.Volumes.Hdf5;

namespace ScrollSeg.Volumes.Tests.Hdf5;

/// <summary>Datasets written here by PureHDF.</summary>
public abstract class Hdf5Contract : VolumeReaderContract, IDisposable
{
    private readonly TemporaryFolder _folder = new();

    protected virtual uint[]? Chunks => null;

    public void Dispose()
    {
        _folder.Dispose();
        GC.SuppressFinalize(this);
    }

    protected override async Task<VolumeReader> OpenAsync(VoxelBuffer voxels, ReaderOptions options)
    {
        ushort[,,] data = new ushort[voxels.Shape.Z, voxels.Shape.Y, voxels.Shape.X];
        voxels.Bytes.CopyTo(System.Runtime.InteropServices.MemoryMarshal.AsBytes(
            System.Runtime.InteropServices.MemoryMarshal.CreateSpan(ref data[0, 0, 0], data.Length)));
        H5DatasetCreation creation = new(Filters: []);
        H5File file = new() { ["scan"] = new H5Dataset(data, chunks: Chunks, datasetCreation: creation) };
        file.Write(_folder["scan.h5"]);
        return await Hdf5Volume.OpenAsync(_folder["scan.h5"], options, TestContext.Current.CancellationToken);
    }
}

public sealed class Hdf5ChunkedContractTests : Hdf5Contract
{
    protected override uint[] Chunks => [4, 8, 5];
}

public sealed class Hdf5ContiguousContractTests : Hdf5Contract;
