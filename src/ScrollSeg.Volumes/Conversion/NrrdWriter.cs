using System.Globalization;
using System.Text;

namespace ScrollSeg.Volumes.Conversion;

/// <summary>Writes an NRRD file: a header, then the voxels as they are, little-endian.</summary>
public sealed class NrrdWriter : RowWriter
{
    private const int BufferBytes = 1 << 20;

    private readonly FileStream _file;
    private long _rows;

    /// <summary>Begins a file.</summary>
    /// <param name="path">The file to make; one that is there is written over.</param>
    /// <param name="shape">Extent of the volume.</param>
    /// <param name="type">How each voxel is stored; NRRD has no half precision, and booleans become uint8.</param>
    /// <param name="voxelSize">Edges of a voxel, if known.</param>
    /// <param name="doneSlices">Slices that the file has already, of an earlier writer with the same arguments. Default 0.</param>
    /// <exception cref="ArgumentException">NRRD has no such type.</exception>
    public NrrdWriter(string path, Shape3 shape, VoxelType type, VoxelSize? voxelSize, int doneSlices = 0)
        : base(shape, type, doneSlices)
    {
        byte[] header = Encoding.ASCII.GetBytes(HeaderOf(shape, type, voxelSize));
        _rows = (long)doneSlices * shape.Y;
        _file = OpenFile(path, doneSlices == 0 ? 0 : header.Length + (_rows * RowBytes), BufferBytes);
        if (doneSlices == 0)
        {
            _file.Write(header);
        }
    }

    /// <inheritdoc/>
    public override int Checkpoint()
    {
        _file.Flush(flushToDisk: true);
        return (int)(_rows / Shape.Y);
    }

    /// <inheritdoc/>
    public override void Complete()
    {
        if (_rows != (long)Shape.Z * Shape.Y)
        {
            throw new InvalidOperationException($"{_rows} of {(long)Shape.Z * Shape.Y} rows were written.");
        }

        _file.Flush(flushToDisk: true);
    }

    /// <inheritdoc/>
    public override void Dispose() => _file.Dispose();

    /// <inheritdoc/>
    protected override void WriteCore(ReadOnlySpan<byte> row)
    {
        _file.Write(row);
        _rows++;
    }

    private static string HeaderOf(Shape3 shape, VoxelType type, VoxelSize? voxelSize)
    {
        string name = type switch
        {
            VoxelType.Bool => "uint8",
            VoxelType.Float32 => "float",
            VoxelType.Float64 => "double",
            VoxelType.Float16 => throw new ArgumentException("NRRD has no float16: convert to float32 (--dtype f4).", nameof(type)),
            _ => type.NumpyName(),
        };
        string size = voxelSize is { } edges
            ? string.Create(CultureInfo.InvariantCulture, $"spacings: {edges.X} {edges.Y} {edges.Z}\nunits: \"um\" \"um\" \"um\"\n")
            : "";
        return string.Create(
            CultureInfo.InvariantCulture,
            $"NRRD0004\ntype: {name}\ndimension: 3\nsizes: {shape.X} {shape.Y} {shape.Z}\n{size}endian: little\nencoding: raw\n\n");
    }
}
