using System.Buffers;

namespace ScrollSeg.Volumes.Conversion;

/// <summary>Takes a volume's rows from the first to the last and writes them somewhere.</summary>
public abstract class RowWriter : IDisposable
{
    /// <summary>Creates a writer of a volume.</summary>
    /// <param name="shape">Extent of what is written.</param>
    /// <param name="type">How each voxel is stored.</param>
    /// <param name="doneSlices">Slices that an earlier writer made safe: the rows go on behind them.</param>
    protected RowWriter(Shape3 shape, VoxelType type, int doneSlices)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(doneSlices, shape.Z);
        ArgumentOutOfRangeException.ThrowIfNegative(doneSlices);
        (Shape, Type, DoneSlices) = (shape, type, doneSlices);
    }

    /// <summary>Slices that were there when the writer was made.</summary>
    public int DoneSlices { get; }

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

    /// <summary>Waits until the slices that are complete are on the disk.</summary>
    /// <returns>How many they are: as many a later writer can go on behind.</returns>
    public abstract int Checkpoint();

    /// <summary>Ends the file, and syncs it.</summary>
    public abstract void Complete();

    /// <inheritdoc/>
    public abstract void Dispose();

    /// <summary>Begins a file, or opens one that an earlier writer left and cuts off what it had not made safe.</summary>
    /// <param name="path">The file.</param>
    /// <param name="safe">Bytes to keep.</param>
    /// <param name="bufferBytes">Bytes that are written in one go.</param>
    /// <exception cref="IOException">It has fewer bytes than were made safe.</exception>
    protected static FileStream OpenFile(string path, long safe, int bufferBytes)
    {
        FileStream file = new(path, safe == 0 ? FileMode.Create : FileMode.Open, FileAccess.Write, FileShare.None, bufferBytes);
        if (file.Length < safe)
        {
            using (file)
            {
                throw new IOException($"{path}: has {file.Length} bytes, {safe} of an earlier try are to be kept: it was altered since. Delete it to begin anew.");
            }
        }

        file.SetLength(safe);
        file.Position = safe;
        return file;
    }

    /// <summary>Writes a row in little-endian order.</summary>
    protected abstract void WriteCore(ReadOnlySpan<byte> row);
}
