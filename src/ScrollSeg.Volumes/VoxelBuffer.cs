using System.Runtime.InteropServices;

namespace ScrollSeg.Volumes;

/// <summary>
/// A dense block of voxels in native memory, in storage order and native byte order, without padding. Exactly one
/// owner disposes it; passing a buffer to a channel, or returning it, hands the ownership on.
/// </summary>
public sealed unsafe class VoxelBuffer : IDisposable
{
    private readonly VoxelAllocator _allocator;
    private nint _block;

    private VoxelBuffer(VoxelAllocator allocator, nint block, Shape3 shape, VoxelType type)
    {
        _allocator = allocator;
        _block = block;
        Shape = shape;
        Type = type;
    }

    /// <summary>Gives the memory back if no owner did.</summary>
    ~VoxelBuffer() => Release();

    /// <summary>Extent of the block.</summary>
    public Shape3 Shape { get; }

    /// <summary>How each voxel is stored.</summary>
    public VoxelType Type { get; }

    /// <summary>Bytes of the whole block; may exceed 2 GiB.</summary>
    public long ByteCount => Shape.VoxelCount * Type.ByteSize();

    /// <summary>All voxels.</summary>
    /// <exception cref="InvalidOperationException">The block is larger than a span can be: use <see cref="Plane"/> or <see cref="Row"/>.</exception>
    public Span<byte> Bytes => ByteCount <= int.MaxValue
        ? Slice(0, ByteCount)
        : throw new InvalidOperationException($"A block of {Shape} {Type} does not fit into one span.");

    /// <summary>Rents a buffer. Its content is not cleared: whatever was there before is still there.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The shape holds no voxel.</exception>
    public static VoxelBuffer Rent(Shape3 shape, VoxelType type, VoxelAllocator? allocator = null)
    {
        if (shape.Z <= 0 || shape.Y <= 0 || shape.X <= 0)
        {
            throw new ArgumentOutOfRangeException(nameof(shape), shape, "A block of voxels has an extent of at least 1.");
        }

        allocator ??= VoxelAllocator.Native;
        nint block = allocator.Allocate(shape.VoxelCount * type.ByteSize());
        return new VoxelBuffer(allocator, block, shape, type);
    }

    /// <summary>The voxels of one slice along z, row-major <c>[Y, X]</c>.</summary>
    /// <exception cref="InvalidOperationException">A slice is larger than a span can be: use <see cref="Row"/>.</exception>
    public Span<byte> Plane(int z)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(z);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(z, Shape.Z);
        long length = Shape.PlaneCount * Type.ByteSize();
        return length <= int.MaxValue
            ? Slice(z * length, length)
            : throw new InvalidOperationException($"A slice of {Shape} {Type} does not fit into one span.");
    }

    /// <summary>The voxels of <paramref name="count"/> slices along z, one after the other.</summary>
    /// <exception cref="InvalidOperationException">They are larger than a span can be.</exception>
    public Span<byte> Planes(int z, int count)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(z);
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        ArgumentOutOfRangeException.ThrowIfGreaterThan((long)z + count, Shape.Z);
        long plane = Shape.PlaneCount * Type.ByteSize();
        return plane * count <= int.MaxValue
            ? Slice(z * plane, plane * count)
            : throw new InvalidOperationException($"{count} slices of {Shape} {Type} do not fit into one span.");
    }

    /// <summary>The voxels of one row along x.</summary>
    public Span<byte> Row(int z, int y)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(z);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(z, Shape.Z);
        ArgumentOutOfRangeException.ThrowIfNegative(y);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(y, Shape.Y);
        long length = (long)Shape.X * Type.ByteSize();
        return Slice((((long)z * Shape.Y) + y) * length, length);
    }

    /// <summary>The voxels of one slice as their own type, for example <c>Plane&lt;ushort&gt;(3)</c>.</summary>
    public Span<T> Plane<T>(int z)
        where T : unmanaged => MemoryMarshal.Cast<byte, T>(Plane(z));

    /// <summary>All voxels as their own type.</summary>
    public Span<T> Voxels<T>()
        where T : unmanaged => MemoryMarshal.Cast<byte, T>(Bytes);

    /// <summary>Sets every byte to zero.</summary>
    public void Clear()
    {
        for (int z = 0; z < Shape.Z; z++)
        {
            for (int y = 0; y < Shape.Y; y++)
            {
                Row(z, y).Clear();
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Release();
        GC.SuppressFinalize(this);
    }

    private Span<byte> Slice(long offset, long length)
    {
        ObjectDisposedException.ThrowIf(_block == 0, this);
        return new Span<byte>((byte*)_block + offset, (int)length);
    }

    private void Release()
    {
        nint block = Interlocked.Exchange(ref _block, 0);
        if (block != 0)
        {
            _allocator.Free(block, ByteCount);
        }
    }
}
