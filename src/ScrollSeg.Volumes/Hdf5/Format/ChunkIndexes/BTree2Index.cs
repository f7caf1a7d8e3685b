using System.Buffers.Binary;

namespace ScrollSeg.Volumes.Hdf5.Format.ChunkIndexes;

/// <summary>A version 2 B-tree of chunks by their place (specification, VII.E): records of type 10, or with filters 11.</summary>
internal sealed class BTree2Index : ChunkIndex
{
    private const int PlainType = 10;
    private const int FilteredType = 11;

    private readonly BTree2 _tree;
    private readonly long _offset;

    public BTree2Index(HeaderFile file, long offset, ChunkGeometry chunks)
        : base(file, chunks)
    {
        _offset = offset;
        _tree = BTree2.Read(file, offset, chunks.IsFiltered ? FilteredType : PlainType);
        int expected = ElementBytes + (chunks.Rank * sizeof(ulong));
        if (_tree.RecordBytes != expected)
        {
            throw file.Damaged("the version 2 B-tree of chunks", offset, $"its records have {_tree.RecordBytes} bytes, expected {expected}.");
        }
    }

    protected override Hdf5Place? FindCore(ReadOnlySpan<long> position)
    {
        long[] wanted = position.ToArray();
        ReadOnlySpan<byte> record = _tree.Find(record => Compare(wanted, record[ElementBytes..]));
        if (record.IsEmpty)
        {
            return null;
        }

        HeaderReader reader = new(File, "a record of the version 2 B-tree of chunks", _offset, record);
        return ReadElement(ref reader);
    }

    private static int Compare(long[] wanted, ReadOnlySpan<byte> found)
    {
        for (int axis = 0; axis < wanted.Length; axis++)
        {
            int order = ((ulong)wanted[axis]).CompareTo(BinaryPrimitives.ReadUInt64LittleEndian(found[(axis * sizeof(ulong))..]));
            if (order != 0)
            {
                return order;
            }
        }

        return 0;
    }
}
