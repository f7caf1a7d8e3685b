namespace ScrollSeg.Volumes.Hdf5.Format.Groups;

/// <summary>The links of a group in the old form: a version 1 B-tree (specification, III.A.1) over symbol table nodes (III.B),
/// names in a local heap (III.D).</summary>
internal sealed class SymbolTable
{
    private const string NodeName = "a group's B-tree node";
    private const string LeafName = "a symbol table node";
    private const int SoftLinkCache = 2;

    private readonly HeaderFile _file;
    private readonly LocalHeap _heap;
    private readonly HashSet<long> _seen = [];
    private readonly List<GroupLink> _links = [];

    private SymbolTable(HeaderFile file, LocalHeap heap) => (_file, _heap) = (file, heap);

    /// <summary>Reads the links that a symbol table message (IV.A.2.r) leads to.</summary>
    public static List<GroupLink> Read(HeaderFile file, HeaderMessage message)
    {
        HeaderReader reader = message.Open(file);
        long tree = reader.Address();
        SymbolTable table = new(file, LocalHeap.Read(file, reader.Address()));
        table.ReadNode(tree, level: null);
        return table._links;
    }

    private void ReadNode(long offset, int? level)
    {
        NoteOnce(NodeName, offset);
        int prefix = 8 + (2 * _file.OffsetSize);
        HeaderReader reader = new(_file, NodeName, offset, _file.Read(NodeName, offset, prefix));
        reader.Signature("TREE"u8);
        reader.Expect(0, reader.Byte(), "the type of the tree");
        int found = reader.Byte();
        reader.Expect(level ?? found, found, "the level of the node");
        int children = reader.UInt16();
        long length = ((long)children * (_file.OffsetSize + _file.LengthSize)) + _file.LengthSize;
        HeaderReader entries = new(_file, NodeName, offset + prefix, _file.Read(NodeName, offset + prefix, length));
        for (int i = 0; i < children; i++)
        {
            entries.Skip(_file.LengthSize);
            long child = entries.Address();
            if (found > 0)
            {
                ReadNode(child, found - 1);
            }
            else
            {
                ReadLeaf(child);
            }
        }
    }

    private void ReadLeaf(long offset)
    {
        const int PrefixBytes = 8;
        NoteOnce(LeafName, offset);
        HeaderReader reader = new(_file, LeafName, offset, _file.Read(LeafName, offset, PrefixBytes));
        reader.Signature("SNOD"u8);
        _ = reader.Version(1, 1);
        reader.Skip(1);
        int count = reader.UInt16();
        long length = (long)count * (_file.LengthSize + _file.OffsetSize + 24);
        HeaderReader entries = new(_file, LeafName, offset + PrefixBytes, _file.Read(LeafName, offset + PrefixBytes, length));
        for (int i = 0; i < count; i++)
        {
            _links.Add(NextEntry(ref entries));
        }
    }

    /// <summary>A symbol table entry (III.C).</summary>
    /// <remarks>By the specification the name's place takes as many bytes as an address; HDF5's library takes a length's.</remarks>
    private GroupLink NextEntry(ref HeaderReader reader)
    {
        string name = _heap.Text(reader.Length());
        long address = reader.Address();
        uint cache = reader.UInt32();
        reader.Skip(4);
        uint value = reader.UInt32();
        reader.Skip(12);
        return cache == SoftLinkCache
            ? new GroupLink(name, LinkKind.Soft, Target: _heap.Text(value))
            : new GroupLink(name, LinkKind.Hard, address);
    }

    private void NoteOnce(string structure, long offset)
    {
        if (!_seen.Add(offset))
        {
            throw _file.Damaged(structure, offset, "the group leads there twice; expected once.");
        }
    }
}
