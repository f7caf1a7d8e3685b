using System.Globalization;

namespace ScrollSeg.Volumes.Conversion;

/// <summary>Writes a folder of TIFF files, one per slice, named by their numbers.</summary>
public sealed class TiffStackWriter : RowWriter
{
    private readonly string _folder;
    private readonly int _first;
    private readonly int _digits;
    private TiffPagesWriter? _slice;
    private int _page;
    private int _row;

    /// <summary>Begins a folder.</summary>
    /// <param name="folder">The folder to make.</param>
    /// <param name="shape">Extent of the volume.</param>
    /// <param name="type">How each voxel is stored; booleans become uint8.</param>
    /// <param name="first">Number of the first slice, as in the source.</param>
    public TiffStackWriter(string folder, Shape3 shape, VoxelType type, int first)
        : base(shape, type)
    {
        (_folder, _first) = (folder, first);
        _digits = Math.Max(5, (first + shape.Z - 1).ToString(CultureInfo.InvariantCulture).Length);
        Directory.CreateDirectory(folder);
    }

    /// <inheritdoc/>
    public override void Complete()
    {
        if (_page != Shape.Z)
        {
            throw new InvalidOperationException($"{_page} of {Shape.Z} slices were written.");
        }
    }

    /// <inheritdoc/>
    public override void Dispose() => _slice?.Dispose();

    /// <inheritdoc/>
    protected override void WriteCore(ReadOnlySpan<byte> row)
    {
        string name = (_first + _page).ToString(CultureInfo.InvariantCulture).PadLeft(_digits, '0') + ".tif";
        _slice ??= new TiffPagesWriter(Path.Combine(_folder, name), Shape with { Z = 1 }, Type);
        _slice.Write(row);
        if (++_row == Shape.Y)
        {
            _slice.Complete();
            _slice.Dispose();
            (_slice, _page, _row) = (null, _page + 1, 0);
        }
    }
}
