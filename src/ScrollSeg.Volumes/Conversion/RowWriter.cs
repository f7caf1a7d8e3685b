using System.Buffers;

namespace ScrollSeg.Volumes.Conversion;

/// <summary>Takes a volume's rows from the first to the last and writes them somewhere.</summary>
public abstract class RowWriter : IDisposable
{
    /// <summary>Creates a writer of a volume.</summary>
    /// <param name="shape">Extent of what is written.</param>
    /// <param name="type">How each voxel is stored.</param>
    protected RowWriter(Shape3 shape, VoxelType type) => (Shape, Type) = (shape, type);

    /// <summary>Extent of what is written.</summary>
    public Shape3 Shape { get; }

    /// <summary>How each voxel is stored.</summary>
    public VoxelType Type { get; }

    /// <summary>Bytes of a row.</summary>
    protected int RowBytes => checked(Shape.X * Type.ByteSize());

    /// <summary>Writes the next row.</summary>
    /// <param name="row">Its voxels in the machine's byte order.</param>
    public void Write(ReadOnlySpan<byte> row)
    {
        if (row.Length != RowBytes)
        {
            throw new ArgumentException($"A row of {Shape} {Type} has {RowBytes} bytes, not {row.Length}.", nameof(row));
        }

        if (BitConverter.IsLittleEndian || Type.ByteSize() == 1)
        {
            WriteCore(row);
            return;
        }

        byte[] swapped = ArrayPool<byte>.Shared.Rent(row.Length);
        row.CopyTo(swapped);
        ByteOrder.Reverse(swapped.AsSpan(0, row.Length), Type.ByteSize());
        WriteCore(swapped.AsSpan(0, row.Length));
        ArrayPool<byte>.Shared.Return(swapped);
    }

    /// <summary>Ends the file, and syncs it.</summary>
    public abstract void Complete();

    /// <inheritdoc/>
    public abstract void Dispose();

    /// <summary>Writes a row in little-endian order.</summary>
    protected abstract void WriteCore(ReadOnlySpan<byte> row);
}
