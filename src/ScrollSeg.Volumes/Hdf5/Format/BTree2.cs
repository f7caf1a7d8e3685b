namespace ScrollSeg.Volumes.Hdf5.Format;

/// <summary>A version 2 B-tree (specification, III.A.2).</summary>
internal sealed class BTree2
{
    private const string Name = "a version 2 B-tree";
    private const string InternalName = "an internal node of a version 2 B-tree";
    private const string LeafName = "a leaf of a version 2 B-tree";

    /// <summary>Signature, version and type before a node's records, its checksum behind them.</summary>
    private const int PrefixBytes = 6;
    private const int NodeOverhead = PrefixBytes + sizeof(uint);

    private readonly HeaderFile _file;
    private readonly long _offset;
    private readonly int _type;
    private readonly BlockCache _nodes = new();
    private long _nodeBytes;
    private int _depth;
    private Node _root;
    private long _total;

    /// <summary>For each level from the leaves on: bytes of a child's pointer, and the most records of a node.</summary>
    private (int PointerBytes, long MostRecords)[] _levels = [];
    private int[] _totalBytes = [];
    private int _countBytes;

    private BTree2(HeaderFile file, long offset, int type) => (_file, _offset, _type) = (file, offset, type);

    /// <summary>Compares a record with what is looked for.</summary>
    /// <returns>Negative if what is looked for comes first, 0 if this is it.</returns>
    public delegate int Comparison(ReadOnlySpan<byte> record);

    /// <summary>Bytes of a record.</summary>
    public int RecordBytes { get; private set; }

    /// <summary>Reads the tree's header.</summary>
    /// <param name="file">The file.</param>
    /// <param name="offset">Its place.</param>
    /// <param name="type">What its records are, by the list in III.A.2.</param>
    public static BTree2 Read(HeaderFile file, long offset, int type)
    {
        BTree2 tree = new(file, offset, type);
        HeaderReader reader = new(file, Name, offset, file.ReadChecked(Name, offset, 22 + file.OffsetSize + file.LengthSize));
        reader.Signature("BTHD"u8);
        _ = reader.Version(0, 0);
        reader.Expect(type, reader.Byte(), "the type of its records");
        tree._nodeBytes = reader.UInt32();
        tree.RecordBytes = reader.UInt16();
        tree._depth = reader.UInt16();
        reader.Skip(2);
        tree._root = new Node(reader.Address(), reader.UInt16(), tree._depth);
        tree._total = reader.Length();
        tree.SetLevels(ref reader);
        return tree;
    }

    /// <summary>All records in their order.</summary>
    public IEnumerable<byte[]> Records()
    {
        if (_root.Offset == HeaderFile.Undefined || _root.Count == 0)
        {
            return [];
        }

        List<byte[]> records = [];
        Collect(_root, records, []);
        return records.Count == _total
            ? records
            : throw _file.Damaged(Name, _offset, $"it should have {_total} records, but its nodes have {records.Count}.");
    }

    /// <summary>Looks for a record.</summary>
    /// <returns>The record; empty if there is none.</returns>
    public ReadOnlySpan<byte> Find(Comparison compare)
    {
        Node node = _root;
        while (node.Offset != HeaderFile.Undefined && node.Count > 0)
        {
            byte[] bytes = Open(node);
            int low = 0;
            int high = node.Count;
            while (low < high)
            {
                int middle = (low + high) / 2;
                ReadOnlySpan<byte> record = RecordOf(bytes, middle);
                int order = compare(record);
                if (order == 0)
                {
                    return record;
                }

                (low, high) = order < 0 ? (low, middle) : (middle + 1, high);
            }

            if (node.Level == 0)
            {
                break;
            }

            node = ChildOf(node, bytes, low);
        }

        return [];
    }

    /// <summary>How many bytes a number up to a limit takes.</summary>
    private static int BytesFor(long limit) => (int)(long.Log2(Math.Max(1, limit)) / 8) + 1;

    private void SetLevels(ref HeaderReader reader)
    {
        const int MostDepth = 32;
        if (RecordBytes == 0 || _nodeBytes < NodeOverhead + RecordBytes || _depth > MostDepth)
        {
            throw reader.Damaged($"nodes of {_nodeBytes} bytes, records of {RecordBytes}, {_depth} levels: no record fits, or too many levels.");
        }

        _levels = new (int, long)[_depth + 1];
        _totalBytes = new int[_depth + 1];
        long most = (_nodeBytes - NodeOverhead) / RecordBytes;
        _levels[0] = (0, most);
        _countBytes = BytesFor(most);
        Int128 below = most;
        for (int level = 1; level <= _depth; level++)
        {
            int pointer = _file.OffsetSize + _countBytes + (level > 1 ? _totalBytes[level - 1] : 0);
            long records = (_nodeBytes - NodeOverhead - pointer) / (RecordBytes + pointer);
            if (records < 1)
            {
                throw reader.Damaged($"nodes of {_nodeBytes} bytes with records of {RecordBytes}: none fits into an inner node.");
            }

            below = ((records + 1) * below) + records;
            if (below > long.MaxValue)
            {
                throw reader.Damaged($"{_depth} levels of nodes of {_nodeBytes} bytes: more records than can be counted.");
            }

            _levels[level] = (pointer, records);
            _totalBytes[level] = BytesFor((long)below);
        }
    }

    private void Collect(Node node, List<byte[]> records, HashSet<long> seen)
    {
        if (!seen.Add(node.Offset))
        {
            throw _file.Damaged(Name, _offset, $"it leads to byte {node.Offset} twice; expected once.");
        }

        byte[] bytes = Open(node);
        for (int i = 0; i <= node.Count; i++)
        {
            if (node.Level > 0)
            {
                Collect(ChildOf(node, bytes, i), records, seen);
            }

            if (i < node.Count)
            {
                records.Add(RecordOf(bytes, i).ToArray());
            }
        }
    }

    private ReadOnlySpan<byte> RecordOf(byte[] node, int index) => node.AsSpan(PrefixBytes + (index * RecordBytes), RecordBytes);

    private Node ChildOf(Node node, byte[] bytes, int index)
    {
        HeaderReader reader = new(_file, InternalName, node.Offset, bytes);
        reader.Skip(PrefixBytes + (node.Count * RecordBytes) + (index * _levels[node.Level].PointerBytes));
        return new Node(reader.Address(), (int)reader.Count(Math.Min(_countBytes, 3)), node.Level - 1);
    }

    private byte[] Open(Node node) => _nodes.Get(node.Offset, ((long)node.Level << 32) | (uint)node.Count, () =>
    {
        string name = node.Level == 0 ? LeafName : InternalName;
        (int pointer, long most) = _levels[node.Level];
        if (node.Count > most)
        {
            throw _file.Damaged(name, node.Offset, $"it should have {node.Count} records; expected at most {most}.");
        }

        long pointers = node.Level == 0 ? 0 : (node.Count + 1L) * pointer;
        byte[] bytes = _file.ReadChecked(name, node.Offset, NodeOverhead + ((long)node.Count * RecordBytes) + pointers);
        HeaderReader reader = new(_file, name, node.Offset, bytes);
        reader.Signature(node.Level == 0 ? "BTLF"u8 : "BTIN"u8);
        _ = reader.Version(0, 0);
        reader.Expect(_type, reader.Byte(), "the type of its records");
        return bytes;
    });

    private readonly record struct Node(long Offset, int Count, int Level);
}
