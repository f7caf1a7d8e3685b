using System.Buffers;

namespace ScrollSeg.Volumes.Raw;

/// <summary>Boxes of voxels out of a block that lies in a file as it is. Thread-safe.</summary>
/// <param name="file">The file; stays the caller's.</param>
/// <param name="layout">Where the block lies in it; checked against its length.</param>
internal sealed class FlatBlock(FlatFile file, FlatLayout layout)
{
    /// <summary>What is read in one piece where a box does not have whole rows.</summary>
    private const int ScratchBytes = 1 << 20;

    private readonly int _size = layout.Type.ByteSize();

    /// <summary>Reads the part of a box that lies in one <see cref="FlatLayout.Piece"/>.</summary>
    /// <param name="piece">The piece's index, along z or (column-major) along x.</param>
    /// <param name="region">The box.</param>
    /// <param name="destination">Receives it; as large as the box.</param>
    /// <returns>Bytes fetched.</returns>
    public long ReadPiece(int piece, Box3 region, VoxelBuffer destination) =>
        layout.IsColumnMajor ? ReadColumns(piece, region, destination) : ReadRows(piece, region, destination);

    private long ReadRows(int z, Box3 region, VoxelBuffer destination)
    {
        long rowBytes = (long)layout.Shape.X * _size;
        int wantedBytes = region.Shape.X * _size;
        bool whole = region.Shape.X == layout.Shape.X;
        if (whole || rowBytes > ScratchBytes)
        {
            for (int y = 0; y < region.Shape.Y; y++)
            {
                Span<byte> row = destination.Row(z - region.Start.Z, y);
                file.Read(row, OffsetOf(z, region.Start.Y + y, region.Start.X), $"row {region.Start.Y + y} of slice {z}");
                ToNative(row);
            }

            return (long)wantedBytes * region.Shape.Y;
        }

        return ReadPartsOfRows(z, region, destination, (int)rowBytes);
    }

    /// <summary>Short rows: several in one read, what lies between the wanted parts included.</summary>
    private long ReadPartsOfRows(int z, Box3 region, VoxelBuffer destination, int rowBytes)
    {
        int wantedBytes = region.Shape.X * _size;
        int atOnce = Math.Clamp(ScratchBytes / rowBytes, 1, region.Shape.Y);
        byte[] scratch = ArrayPool<byte>.Shared.Rent(atOnce * rowBytes);
        long fetched = 0;
        try
        {
            for (int y = 0; y < region.Shape.Y; y += atOnce)
            {
                int rows = Math.Min(atOnce, region.Shape.Y - y);
                Span<byte> block = scratch.AsSpan(0, ((rows - 1) * rowBytes) + wantedBytes);
                file.Read(block, OffsetOf(z, region.Start.Y + y, region.Start.X), $"rows from {region.Start.Y + y} of slice {z}");
                fetched += block.Length;
                for (int i = 0; i < rows; i++)
                {
                    Span<byte> row = destination.Row(z - region.Start.Z, y + i);
                    block.Slice(i * rowBytes, wantedBytes).CopyTo(row);
                    ToNative(row);
                }
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(scratch);
        }

        return fetched;
    }

    private long ReadColumns(int x, Box3 region, VoxelBuffer destination)
    {
        int columnBytes = region.Shape.Z * _size;
        byte[] scratch = ArrayPool<byte>.Shared.Rent(columnBytes);
        try
        {
            Span<byte> column = scratch.AsSpan(0, columnBytes);
            for (int y = 0; y < region.Shape.Y; y++)
            {
                long index = ((((long)x * layout.Shape.Y) + region.Start.Y + y) * layout.Shape.Z) + region.Start.Z;
                file.Read(column, layout.Offset + (index * _size), $"column y {region.Start.Y + y}, x {x}");
                ToNative(column);
                for (int z = 0; z < region.Shape.Z; z++)
                {
                    column.Slice(z * _size, _size).CopyTo(destination.Row(z, y)[((x - region.Start.X) * _size)..]);
                }
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(scratch);
        }

        return (long)columnBytes * region.Shape.Y;
    }

    private long OffsetOf(int z, int y, int x) =>
        layout.Offset + (((((long)z * layout.Shape.Y) + y) * layout.Shape.X) + x) * _size;

    private void ToNative(Span<byte> voxels) => ToNative(voxels, layout);

    /// <summary>Undoes the file's byte order, and makes any true 1.</summary>
    public static void ToNative(Span<byte> voxels, FlatLayout layout)
    {
        if (layout.IsForeign)
        {
            ByteOrder.Reverse(voxels, layout.Type.ByteSize());
        }
        else if (layout.Type == VoxelType.Bool)
        {
            foreach (ref byte voxel in voxels)
            {
                voxel = voxel == 0 ? (byte)0 : (byte)1;
            }
        }
    }
}
