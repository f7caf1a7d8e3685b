using System.Globalization;
using ScrollSeg.Volumes.Storage;
using ScrollSeg.Volumes.Tiff;

namespace ScrollSeg.Volumes.Conversion;

/// <summary>Writes a folder of TIFF files, one per slice, named by their numbers. A slice has a temporary name until it is
/// complete.</summary>
public sealed class TiffStackWriter : RowWriter
{
    private readonly string _folder;
    private readonly int _first;
    private readonly int _digits;
    private readonly TiffCompression _compression;
    private TiffPagesWriter? _slice;
    private int _page;
    private int _row;

    /// <summary>Begins a folder.</summary>
    /// <param name="folder">The folder to make.</param>
    /// <param name="shape">Extent of the volume.</param>
    /// <param name="type">How each voxel is stored; booleans become uint8.</param>
    /// <param name="first">Number of the first slice, as in the source.</param>
    /// <param name="doneSlices">Slices that the folder has already, of an earlier writer with the same arguments. Default 0.</param>
    /// <param name="compression">How strips are stored. Default none.</param>
    public TiffStackWriter(
        string folder, Shape3 shape, VoxelType type, int first, int doneSlices = 0, TiffCompression compression = TiffCompression.None)
        : base(shape, type, doneSlices)
    {
        _compression = compression;
        (_folder, _first, _page) = (folder, first, doneSlices);
        _digits = Math.Max(5, (first + shape.Z - 1).ToString(CultureInfo.InvariantCulture).Length);
        Directory.CreateDirectory(folder);
        File.Delete(TemporaryPath); // of a writer that was killed
    }

    private string TemporaryPath => Path.Combine(_folder, ".slice" + AtomicFile.TemporarySuffix);

    /// <inheritdoc/>
    public override int Checkpoint()
    {
        FileOperations.System.SyncFolder(_folder);
        return _page;
    }

    /// <inheritdoc/>
    public override void Complete()
    {
        if (_page != Shape.Z)
        {
            throw new InvalidOperationException($"{_page} of {Shape.Z} slices were written.");
        }

        FileOperations.System.SyncFolder(_folder);
    }

    /// <inheritdoc/>
    public override void Dispose() => _slice?.Dispose();

    /// <inheritdoc/>
    protected override void WriteCore(ReadOnlySpan<byte> row)
    {
        _slice ??= new TiffPagesWriter(TemporaryPath, Shape with { Z = 1 }, Type, compression: _compression);
        _slice.Write(row);
        if (++_row == Shape.Y)
        {
            _slice.Complete();
            _slice.Dispose();
            string name = (_first + _page).ToString(CultureInfo.InvariantCulture).PadLeft(_digits, '0') + ".tif";
            FileOperations.System.Rename(TemporaryPath, Path.Combine(_folder, name));
            (_slice, _page, _row) = (null, _page + 1, 0);
        }
    }
}
