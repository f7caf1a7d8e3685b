using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using ScrollSeg.Volumes;

namespace ScrollSeg.Segmentation.Linking;

/// <summary>A list that grows outside the managed heap, which a run holds to a limit, and that keeps its memory when it is
/// cleared.</summary>
/// <typeparam name="T">What is in it.</typeparam>
/// <param name="what">What its items are, in the message when they are too many.</param>
internal sealed class NativeList<T>(string what) : IDisposable
    where T : unmanaged
{
    private const int FirstCapacity = 1024;

    private VoxelBuffer? _block;
    private int _capacity;

    /// <summary>Items in the list.</summary>
    public int Count { get; private set; }

    /// <summary>The items; valid until the list grows.</summary>
    public Span<T> Items =>
        _block is null ? [] : MemoryMarshal.Cast<byte, T>(_block.Bytes)[..Count];

    /// <summary>Appends an item.</summary>
    public void Add(T item)
    {
        if (Count == _capacity)
        {
            Grow(Count + 1L);
        }

        Count++;
        Items[^1] = item;
    }

    /// <summary>Sets the number of items; new ones are not cleared.</summary>
    public void Resize(long count)
    {
        if (count > _capacity)
        {
            Grow(count);
        }

        Count = (int)count;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _block?.Dispose();
        (_block, _capacity, Count) = (null, 0, 0);
    }

    private void Grow(long wanted)
    {
        long most = int.MaxValue / Unsafe.SizeOf<T>();
        if (wanted > most)
        {
            throw new InvalidRequestException($"There are more than {most} {what}: the mask is mostly noise. Raise its threshold.");
        }

        int capacity = (int)Math.Min(most, Math.Max(wanted, Math.Max(FirstCapacity, 2L * _capacity)));
        VoxelBuffer larger = VoxelBuffer.Rent(new Shape3(1, capacity, Unsafe.SizeOf<T>()), VoxelType.UInt8);
        _block?.Bytes[..(Count * Unsafe.SizeOf<T>())].CopyTo(larger.Bytes);
        _block?.Dispose();
        (_block, _capacity) = (larger, capacity);
    }
}
