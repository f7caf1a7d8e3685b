using System.Globalization;
using ScrollSeg.Testing;
using ScrollSeg.Volumes.Images;
using ScrollSeg.Volumes.Storage;
using ScrollSeg.Volumes.Tiff;

namespace ScrollSeg.Volumes.Tests.Images;

public abstract class SliceFolderContract : VolumeReaderContract, IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose()
    {
        _folder.Dispose();
        GC.SuppressFinalize(this);
    }

    protected override async Task<VolumeReader> OpenAsync(VoxelBuffer voxels, ReaderOptions options)
    {
        AtomicFile files = new(FileOperations.System, Durability.None);
        for (int z = 0; z < voxels.Shape.Z; z++)
        {
            using VoxelBuffer plane = VoxelBuffer.Rent(voxels.Shape with { Z = 1 }, voxels.Type);
            voxels.Plane(z).CopyTo(plane.Bytes);
            Write(_folder[z.ToString(CultureInfo.InvariantCulture)], plane, files); // 2 sorts before 10: not by letters
        }

        return await SliceFolderVolume.OpenAsync(_folder.Path, options, TestContext.Current.CancellationToken);
    }

    protected abstract void Write(string stem, VoxelBuffer plane, AtomicFile files);
}

public sealed class RawTiffSlicesContractTests : SliceFolderContract
{
    protected override void Write(string stem, VoxelBuffer plane, AtomicFile files) =>
        TiffFile.Write(stem + ".tif", plane, files, TiffCompression.None);
}

public sealed class LzwTiffSlicesContractTests : SliceFolderContract
{
    protected override VoxelType Type => VoxelType.Float32;

    // 80,000 random bytes per slice run through several tables of 4094 codes
    protected override Shape3 Shape => new(3, 100, 200);

    protected override void Write(string stem, VoxelBuffer plane, AtomicFile files) =>
        TiffFile.Write(stem + ".tif", plane, files, TiffCompression.Lzw);
}

public sealed class DeflateTiffSlicesContractTests : SliceFolderContract
{
    // several strips of 256 KiB
    protected override Shape3 Shape => new(2, 300, 500);

    protected override void Write(string stem, VoxelBuffer plane, AtomicFile files) =>
        TiffFile.Write(stem + ".tif", plane, files, TiffCompression.Deflate);
}

public sealed class PngSlicesContractTests : SliceFolderContract
{
    protected override void Write(string stem, VoxelBuffer plane, AtomicFile files) =>
        PngFile.Write(stem + ".png", new PixelImage(plane.Shape.Y, plane.Shape.X, 1, plane.Type, plane.Bytes.ToArray()), files);
}
