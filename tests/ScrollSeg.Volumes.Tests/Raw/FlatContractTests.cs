using System.IO.Compression;
using ScrollSeg.Testing;

namespace ScrollSeg.Volumes.Tests.Raw;

/// <summary>One block of voxels behind a header of NRRD, written here.</summary>
public abstract class FlatContract : VolumeReaderContract, IDisposable
{
    private readonly TemporaryFolder _folder = new();

    protected virtual string Encoding => "raw";

    public void Dispose()
    {
        _folder.Dispose();
        GC.SuppressFinalize(this);
    }

    protected override async Task<VolumeReader> OpenAsync(VoxelBuffer voxels, ReaderOptions options)
    {
        string header = $"NRRD0004\ntype: {Type.NumpyName().Replace("float32", "float", StringComparison.Ordinal)}\ndimension: 3\n" +
            $"sizes: {Shape.X} {Shape.Y} {Shape.Z}\nendian: little\nencoding: {Encoding}\n\n";
        using (FileStream file = File.Create(_folder["scan.nrrd"]))
        {
            file.Write(System.Text.Encoding.ASCII.GetBytes(header));
            if (Encoding == "raw")
            {
                file.Write(voxels.Bytes);
            }
            else
            {
                using GZipStream gzip = new(file, CompressionLevel.Fastest);
                gzip.Write(voxels.Bytes);
            }
        }

        return await VolumeFormats.OpenAsync(_folder["scan.nrrd"], options, TestContext.Current.CancellationToken);
    }
}

public sealed class FlatBlockContractTests : FlatContract;

public sealed class FlatFloatContractTests : FlatContract
{
    protected override VoxelType Type => VoxelType.Float32;
}

public sealed class SpooledContractTests : FlatContract
{
    protected override string Encoding => "gzip";
}

/// <summary>An array in Fortran order, written here.</summary>
public sealed class ColumnMajorContractTests : VolumeReaderContract, IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    protected override async Task<VolumeReader> OpenAsync(VoxelBuffer voxels, ReaderOptions options)
    {
        string header = $"{{'descr': '<u2', 'fortran_order': True, 'shape': ({Shape.Z}, {Shape.Y}, {Shape.X}), }}\n";
        using (FileStream file = File.Create(_folder["scan.npy"]))
        {
            file.Write([0x93, (byte)'N', (byte)'U', (byte)'M', (byte)'P', (byte)'Y', 1, 0, (byte)header.Length, 0]);
            file.Write(System.Text.Encoding.ASCII.GetBytes(header));
            for (int x = 0; x < Shape.X; x++)
            {
                for (int y = 0; y < Shape.Y; y++)
                {
                    for (int z = 0; z < Shape.Z; z++)
                    {
                        file.Write(voxels.Row(z, y).Slice(x * 2, 2));
                    }
                }
            }
        }

        return await VolumeFormats.OpenAsync(_folder["scan.npy"], options, TestContext.Current.CancellationToken);
    }
}
