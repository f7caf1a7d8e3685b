using System.Buffers.Binary;

namespace ScrollSeg.Volumes.Hdf5.Format.ChunkIndexes;

/// <summary>A version 1 B-tree of chunks by the places of their first elements (specification, III.A.1, node type 1).</summary>
/// <remarks>It has no checksums: keys are compared with the order, and with the bounds that the parent's keys are.</remarks>
internal sealed class BTree1Index(HeaderFile file, long root, ChunkGeometry chunks) : ChunkIndex(file, chunks)
{
    private const string Name = "a B-tree node of chunks";

    private readonly BlockCache _nodes = new();

    /// <summary>Stored length, filter mask, and a place along each axis and within an element.</summary>
    private int KeyBytes => 8 + (8 * (Chunks.Rank + 1));

    private int StepBytes => KeyBytes + File.OffsetSize;

    private int PrefixBytes => 8 + (2 * File.OffsetSize);

    protected override Hdf5Place? FindCore(ReadOnlySpan<long> position)
    {
        ulong[] wanted = new ulong[position.Length + 1];
        for (int axis = 0; axis < position.Length; axis++)
        {
            wanted[axis] = (ulong)position[axis] * Chunks.Chunk[axis];
        }

        long offset = root;
        int level = -1;
        byte[] from = [];
        byte[] to = [];
        while (true)
        {
            byte[] node = Open(offset, level, from, to);
            int last = LastUpTo(node, wanted);
            if (last < 0)
            {
                return null;
            }

            HeaderReader reader = new(File, Name, offset, node);
            reader.Skip(PrefixBytes + (last * StepBytes));
            uint length = reader.UInt32();
            uint mask = reader.UInt32();
            reader.Skip(KeyBytes - 8);
            long child = reader.Address();
            if (node[5] == 0)
            {
                return Compare(wanted, PlaceIn(node, last)) == 0 ? new Hdf5Place(child, length, mask) : null;
            }

            (offset, level) = (child, node[5] - 1);
            to = last + 1 < CountOf(node) ? PlaceIn(node, last + 1).ToArray() : to;
            from = PlaceIn(node, last).ToArray();
        }
    }

    private static int CountOf(byte[] node) => BinaryPrimitives.ReadUInt16LittleEndian(node.AsSpan(6));

    private static int Compare(ReadOnlySpan<ulong> wanted, ReadOnlySpan<byte> key)
    {
        for (int axis = 0; axis < wanted.Length; axis++)
        {
            int order = wanted[axis].CompareTo(BinaryPrimitives.ReadUInt64LittleEndian(key[(axis * sizeof(ulong))..]));
            if (order != 0)
            {
                return order;
            }
        }

        return 0;
    }

    private ReadOnlySpan<byte> PlaceIn(byte[] node, int index) => node.AsSpan(PrefixBytes + (index * StepBytes) + 8, KeyBytes - 8);

    /// <summary>The last child that begins at or before a place; -1 if there is none.</summary>
    private int LastUpTo(byte[] node, ulong[] wanted)
    {
        int low = 0;
        int high = CountOf(node);
        while (low < high)
        {
            int middle = (low + high) / 2;
            (low, high) = Compare(wanted, PlaceIn(node, middle)) < 0 ? (low, middle) : (middle + 1, high);
        }

        return low - 1;
    }

    /// <summary>Reads a node, and compares its keys with its parent's.</summary>
    private byte[] Open(long offset, int level, byte[] from, byte[] to)
    {
        byte[] node = _nodes.Get(offset, 0, () => Read(offset));
        HeaderReader reader = new(File, Name, offset, node);
        int found = node[5];
        reader.Expect(level < 0 ? found : level, found, "its level");
        int count = CountOf(node);
        if (count > 0 && ((from.Length > 0 && Compare(Numbers(PlaceIn(node, 0)), from) < 0) ||
            (to.Length > 0 && Compare(Numbers(PlaceIn(node, count - 1)), to) >= 0)))
        {
            throw reader.Damaged("its chunks lie outside the bounds that its parent gives.");
        }

        return node;
    }

    private byte[] Read(long offset)
    {
        HeaderReader prefix = new(File, Name, offset, File.Read(Name, offset, PrefixBytes));
        prefix.Signature("TREE"u8);
        prefix.Expect(1, prefix.Byte(), "the type of the tree");
        prefix.Skip(1);
        int count = prefix.UInt16();
        byte[] node = File.Read(Name, offset, PrefixBytes + ((long)count * StepBytes));
        ulong[]? before = null;
        for (int i = 0; i < count; i++)
        {
            ulong[] place = Numbers(PlaceIn(node, i));
            CheckPlace(offset, i, place, before);
            before = place;
        }

        return node;
    }

    private void CheckPlace(long offset, int index, ulong[] place, ulong[]? before)
    {
        bool isAfter = before is null || place.AsSpan().SequenceCompareTo(before) > 0;
        bool isOnGrid = place[^1] == 0;
        for (int axis = 0; axis < Chunks.Rank; axis++)
        {
            isOnGrid &= place[axis] % Chunks.Chunk[axis] == 0;
        }

        if (!isAfter || !isOnGrid)
        {
            throw File.Damaged(
                Name, offset + PrefixBytes + ((long)index * StepBytes),
                $"a chunk at [{string.Join(", ", place)}]; expected multiples of [{string.Join(", ", Chunks.Chunk)}], " +
                "0 behind them, in ascending order.");
        }
    }

    private static ulong[] Numbers(ReadOnlySpan<byte> key)
    {
        ulong[] numbers = new ulong[key.Length / sizeof(ulong)];
        for (int i = 0; i < numbers.Length; i++)
        {
            numbers[i] = BinaryPrimitives.ReadUInt64LittleEndian(key[(i * sizeof(ulong))..]);
        }

        return numbers;
    }
}
