using BitMiracle.LibTiff.Classic;
using ScrollSeg.Testing;
using ScrollSeg.Volumes.Tiff;
using LibTiff = BitMiracle.LibTiff.Classic.Tiff;

namespace ScrollSeg.Volumes.Tests.Tiff;

/// <summary>Multi-page files, written here by LibTiff.NET.</summary>
public abstract class TiffPagesContract : VolumeReaderContract, IDisposable
{
    private readonly TemporaryFolder _folder = new();

    protected virtual Compression Compression => Compression.NONE;

    protected virtual bool Tiled => false;

    public void Dispose()
    {
        _folder.Dispose();
        GC.SuppressFinalize(this);
    }

    protected override async Task<VolumeReader> OpenAsync(VoxelBuffer voxels, ReaderOptions options)
    {
        using (LibTiff tiff = LibTiff.Open(_folder["pages.tif"], "w"))
        {
            for (int z = 0; z < voxels.Shape.Z; z++)
            {
                WritePage(tiff, voxels, z);
            }
        }

        return await TiffPagesVolume.OpenAsync(_folder["pages.tif"], options, TestContext.Current.CancellationToken);
    }

    private void WritePage(LibTiff tiff, VoxelBuffer voxels, int z)
    {
        tiff.SetField(TiffTag.IMAGEWIDTH, voxels.Shape.X);
        tiff.SetField(TiffTag.IMAGELENGTH, voxels.Shape.Y);
        tiff.SetField(TiffTag.BITSPERSAMPLE, voxels.Type.ByteSize() * 8);
        tiff.SetField(TiffTag.SAMPLESPERPIXEL, 1);
        tiff.SetField(TiffTag.SAMPLEFORMAT, voxels.Type.IsFloat() ? SampleFormat.IEEEFP : SampleFormat.UINT);
        tiff.SetField(TiffTag.PHOTOMETRIC, Photometric.MINISBLACK);
        tiff.SetField(TiffTag.PLANARCONFIG, PlanarConfig.CONTIG);
        tiff.SetField(TiffTag.COMPRESSION, Compression);
        if (Compression is not (Compression.NONE or Compression.PACKBITS))
        {
            tiff.SetField(TiffTag.PREDICTOR, Predictor.HORIZONTAL);
        }

        if (Tiled)
        {
            WriteTiles(tiff, voxels, z);
        }
        else
        {
            tiff.SetField(TiffTag.ROWSPERSTRIP, 4);
            for (int y = 0; y < voxels.Shape.Y; y++)
            {
                tiff.WriteScanline(voxels.Row(z, y).ToArray(), y);
            }
        }

        tiff.WriteDirectory();
    }

    private static void WriteTiles(LibTiff tiff, VoxelBuffer voxels, int z)
    {
        const int Edge = 16;
        int size = voxels.Type.ByteSize();
        tiff.SetField(TiffTag.TILEWIDTH, Edge);
        tiff.SetField(TiffTag.TILELENGTH, Edge);
        for (int y = 0; y < voxels.Shape.Y; y += Edge)
        {
            for (int x = 0; x < voxels.Shape.X; x += Edge)
            {
                byte[] tile = new byte[Edge * Edge * size];
                for (int i = 0; i < Math.Min(Edge, voxels.Shape.Y - y); i++)
                {
                    int count = Math.Min(Edge, voxels.Shape.X - x) * size;
                    voxels.Row(z, y + i).Slice(x * size, count).CopyTo(tile.AsSpan(i * Edge * size));
                }

                tiff.WriteTile(tile, x, y, 0, 0);
            }
        }
    }
}

public sealed class RawStripsContractTests : TiffPagesContract;

public sealed class LzwStripsContractTests : TiffPagesContract
{
    protected override Compression Compression => Compression.LZW;
}

public sealed class DeflateTilesContractTests : TiffPagesContract
{
    protected override Compression Compression => Compression.ADOBE_DEFLATE;

    protected override bool Tiled => true;

    protected override VoxelType Type => VoxelType.UInt32;
}

public sealed class RawTilesContractTests : TiffPagesContract
{
    protected override bool Tiled => true;

    protected override VoxelType Type => VoxelType.UInt8;
}
