using static ScrollSeg.Volumes.Tests.Hdf5.Hdf5Builder;

namespace ScrollSeg.Volumes.Tests.Hdf5;

/// <summary>Guards of groups: symbol tables, link messages, fractal heaps.</summary>
public sealed class Hdf5GroupGuardTests : Hdf5GuardContract
{
    private const int HeapBlockBytes = 512;

    [Fact]
    public async Task SymbolTable_AnyFault_IsNamed()
    {
        await ExpectAsync("read: 0 1 2 3", Old());
        await ExpectAsync("expected 'TREE', found", Old(tree: "TRUE"));
        await ExpectAsync("the type of the tree is 1, expected 0", Old(type: 1));
        await ExpectAsync("the level of the node is 0, expected 2", Old(level: 3));
        await ExpectAsync("the group leads there twice; expected once", Old(twice: true));
        await ExpectAsync("expected 'SNOD', found", Old(leaf: "DONS"));
        await ExpectAsync("is it truncated?", Old(symbols: 30000));
        await ExpectAsync("a name is expected at its byte 900, but it ends after 16", Old(name: 900));
        await ExpectAsync("expected 'HEAP', found", Old(heap: "HOPE"));
        await ExpectAsync("is it truncated?", Old(heapBytes: 1L << 40));
    }

    [Fact]
    public async Task Link_AnyFault_IsNamed()
    {
        await ExpectAsync("version 2 is not supported", new Hdf5Builder().FinishGroup(Message(Link, [2, 0, 4])));
        await ExpectAsync("needs 200 more bytes, but ends after 1", new Hdf5Builder().FinishGroup(Message(Link, [1, 0, 200, 0])));
        await ExpectAsync("is no length or count", new Hdf5Builder().FinishGroup(Message(Link, Bytes((byte)1, (byte)3, -1L))));
    }

    [Fact]
    public async Task DenseLinks_AnyFault_AreNamed()
    {
        await ExpectAsync("read: 0 1 2 3", Dense());
        await ExpectAsync("the heap is filtered", Dense(filtered: 1));
        await ExpectAsync("expected powers of two", Dense(width: 3));
        await ExpectAsync("expected powers of two", Dense(start: 0));
        await ExpectAsync("its length is 7, expected 9", Dense(idLength: 9));
        await ExpectAsync("pieces outside the heap's blocks are not supported", Dense(kind: 0x10));
        await ExpectAsync("is expected at its byte 500, but it has 512", Dense(at: 500));
        await ExpectAsync("behind its end", Dense(at: 1 << 20, rows: 1));
        await ExpectAsync("expected 'FHDB', found", Dense(block: "FHIB"));
        await ExpectAsync("the place of its heap is", Dense(owner: 5));
        await ExpectAsync("its place in the heap is 64, expected 0", Dense(place: 64));
        await ExpectAsync("the checksum is", Dense(sum: 1));
        await ExpectAsync("it should have 9 records, but its nodes have 1", Dense(total: 9));
        await ExpectAsync("its length is 0, expected 7", Dense(recordBytes: 3));
    }

    [Fact]
    public async Task SoftLinks_ManyInOneGroup_AreNoCircle()
    {
        Hdf5Builder builder = new();
        (long scan, _) = AddScan(builder);
        IEnumerable<byte[]> links = Enumerable.Range(0, 1500).Select(i => Message(
            Link, Bytes((byte)1, (byte)0x08, (byte)1, (byte)9, $"soft{i:00000}", (short)5, "/scan")));

        await ExpectAsync("read: 0 1 2 3", builder.FinishGroup([HardLink("scan", scan), .. links]));
    }

    [Fact]
    public async Task Objects_MoreThanAreLookedAt_AskForAName()
    {
        Hdf5Builder builder = new();
        (long first, _) = AddScan(builder);
        List<byte[]> links = [HardLink("scan", first)];
        for (int i = 0; i < 10_001; i++)
        {
            links.Add(HardLink($"{i:0000}"[..4], builder.AddHeader([])));
        }

        (long second, _) = AddScan(builder);
        byte[] file = builder.FinishGroup([.. links, HardLink("last", second)]);

        await ExpectAsync("holds more than 10000 objects", file);
        await ExpectAsync("read: 0 1 2 3", file, "/scan");
        await ExpectAsync("read: 0 1 2 3", file, "/last");
    }

    private static byte[] HardLink(string name, long header) =>
        Message(Link, Bytes((byte)1, (byte)0, (byte)name.Length, name, header));

    private static (long Header, byte[] Array) AddScan(Hdf5Builder builder)
    {
        byte[] voxels = [.. Enumerable.Range(0, 48).Select(i => (byte)(i % 2 == 0 ? i / 2 : 0))];
        byte[] array = Hdf5Builder.Array([2, 3, 4]);
        return (builder.AddHeader(Bytes(array, Message(Layout, Bytes((byte)3, (byte)0, (short)48, voxels)))), array);
    }

    private static byte[] Old(
        string tree = "TREE", byte type = 0, byte level = 0, bool twice = false, string leaf = "SNOD", short symbols = 1, long name = 8,
        string heap = "HEAP", long heapBytes = 16)
    {
        Hdf5Builder builder = new();
        (long scan, _) = AddScan(builder);
        long names = builder.Add(new byte[8], "scan", new byte[4]);
        long heapAt = builder.Add(heap, 0, heapBytes, 0L, names);
        long leafAt = builder.Add(leaf, (byte)1, (byte)0, symbols, name, scan, 0, 0, new byte[16]);
        long treeAt = builder.Add("TREE", (byte)0, (byte)0, (short)1, Undefined, Undefined, 0L, leafAt, 8L);
        byte[] children = twice ? Bytes(0L, leafAt, 8L, leafAt, 8L) : Bytes(0L, level > 0 ? treeAt : leafAt, 8L);
        long root = builder.Add(tree, type, level, (short)(twice ? 2 : 1), Undefined, Undefined, children);
        return builder.FinishGroup(Message(SymbolTable, Bytes(root, heapAt)));
    }

    private static byte[] Dense(
        short idLength = 7, short filtered = 0, short width = 4, long start = HeapBlockBytes, short rows = 0, byte kind = 0, int? at = null,
        string block = "FHDB", long? owner = null, int place = 0, int sum = 0, long total = 1, short recordBytes = 11)
    {
        const int Prefix = 4 + 1 + 8 + 4 + 4;
        Hdf5Builder builder = new();
        (long scan, _) = AddScan(builder);
        byte[] link = Bytes((byte)1, (byte)0, (byte)4, "scan", scan);
        long blockAt = builder.Next;
        long heapAt = blockAt + HeapBlockBytes;
        byte[] before = Bytes(block, (byte)0, owner ?? heapAt, place);
        byte[] behind = Bytes(link, new byte[HeapBlockBytes - Prefix - link.Length]);
        uint checksum = ScrollSeg.Volumes.Hdf5.Format.Lookup3.Of(Bytes(before, 0, behind));
        builder.Add(before, (int)checksum + sum, behind);
        builder.Add(Checked(
            "FRHP", (byte)0, idLength, filtered, (byte)2, 4096, 0L, Undefined, 0L, Undefined, new byte[64],
            width, start, 65536L, (short)32, (short)1, blockAt, rows));
        long leaf = builder.Add(Checked("BTLF", (byte)0, (byte)5, Bytes(0, kind, at ?? Prefix, (short)link.Length)[..recordBytes]));
        long tree = builder.Add(Checked("BTHD", (byte)0, (byte)5, 512, recordBytes, (short)0, (short)0, leaf, (short)1, total));
        return builder.FinishGroup(Message(LinkInfo, Bytes((byte)0, (byte)0, heapAt, tree)));
    }
}
