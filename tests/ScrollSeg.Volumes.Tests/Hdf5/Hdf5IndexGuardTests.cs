using static ScrollSeg.Volumes.Tests.Hdf5.Hdf5Builder;

namespace ScrollSeg.Volumes.Tests.Hdf5;

/// <summary>Guards of the indexes of chunks. The dataset is [2, 3, 4] of 16 bits in chunks of [1, 3, 4], unless said otherwise;
/// each chunk's 24 bytes are 0, 1, 2, ...</summary>
public sealed class Hdf5IndexGuardTests : Hdf5GuardContract
{
    private const int ChunkBytes = 24;
    private static readonly byte[] Chunk = [.. Enumerable.Range(0, ChunkBytes).Select(i => (byte)(i % 2 == 0 ? i / 2 : 0))];
    private static readonly byte[] Deflate = Message(Filters, Bytes((byte)2, (byte)1, (short)1, (short)0, (short)0));

    [Fact]
    public async Task BTree1_AnyFault_IsNamed()
    {
        await ExpectAsync("read: 0 1 2 3", Tree1(at => Node(0, Key(0), at, Key(1), at)));
        await ExpectAsync("read: 0 1 2 3", Tree1(at => Node(0, Key(0), at, Key(1), at), depth: 1));
        await ExpectAsync("the type of the tree is 0, expected 1", Tree1(at => Bytes("TREE", (byte)0, (byte)0, (short)0, Undefined, Undefined)));
        await ExpectAsync("expected 'TREE', found 0x53", Tree1(at => Bytes("SNOD", (byte)1, (byte)0, (short)0, Undefined, Undefined)));
        await ExpectAsync("in ascending order", Tree1(at => Node(0, Key(1), at, Key(0), at)));
        await ExpectAsync("in ascending order", Tree1(at => Node(0, Key(0), at, Key(0), at)));
        await ExpectAsync("a chunk at [0, 1, 0, 0]; expected multiples of [1, 3, 4]", Tree1(at => Node(0, Key(0, y: 1), at)));
        await ExpectAsync("is it truncated?", Tree1(at => Bytes("TREE", (byte)1, (byte)0, (short)-1, Undefined, Undefined)));
        await ExpectAsync("its level is 5, expected 0", Tree1(at => Node(5, Key(0), at), depth: 1));
        await ExpectAsync("outside the bounds that its parent gives", Tree1(at => Node(0, Key(0), at, Key(9), at), depth: 1));
        await ExpectAsync("its address is undefined", Tree1(at => Node(1, Key(0), Undefined)));
        await ExpectAsync("outside the file", Tree1(at => Node(0, Key(0), 1L << 40)));
        await ExpectAsync("cannot decode to 24", Tree1(at => Node(0, Key(0, length: 0), at)));
        await ExpectAsync("expected 24", Tree1(at => Node(0, Key(0, length: 23), at)));
    }

    [Fact]
    public async Task BTree1_NodeThatLeadsToItself_IsNamed()
    {
        Hdf5Builder builder = new();
        long tree = builder.Next;
        builder.Add(Node(3, Key(0), tree));

        await ExpectAsync("its level is 3, expected 2", builder.Finish(Hdf5Builder.Array([2, 3, 4]), Layout3(tree)));
    }

    [Fact]
    public async Task Single_AnyFault_IsNamed()
    {
        byte[] layout(byte flags, byte z, params object[] rest) =>
            Message(Layout, Bytes((byte)4, (byte)2, flags, (byte)4, (byte)1, z, (byte)3, (byte)4, (byte)2, (byte)1, Bytes(rest)));
        await ExpectAsync("one more is expected at [1, 0, 0]", With(at => layout(0, 1, at)));
        await ExpectAsync("the dataset has filters, but the layout message says otherwise", With(at => layout(0, 1, at), Deflate));
        await ExpectAsync("the dataset has no filters, but", With(at => layout(2, 1, 24L, 0, at)));
        await ExpectAsync("outside the file", With(at => layout(2, 2, 1L << 40, 0, at), Deflate));
        await ExpectAsync("read: 0 0 0 0", With(_ => layout(0, 1, Undefined)));
    }

    [Fact]
    public async Task Implicit_AnyFault_IsNamed()
    {
        byte[] layout(long at) => Layout4(2, [], at);
        await ExpectAsync("the dataset has filters; expected none", With(layout, Deflate));
        await ExpectAsync("one is expected at byte", With(at => layout(at + 100_000)));
        await ExpectAsync("outside the file", new Hdf5Builder().Finish(Hdf5Builder.Array([9, 3, 4]), layout(48)));
    }

    [Fact]
    public async Task FixedArray_AnyFault_IsNamed()
    {
        await ExpectAsync("read: 0 1 2 3", Fixed());
        await ExpectAsync("the checksum is", Fixed(change: bytes => bytes[^1]++));
        await ExpectAsync("the kind of its elements is 1, expected 0", Fixed(kind: 1));
        await ExpectAsync("the length of an element is 7, expected 8", Fixed(size: 7));
        await ExpectAsync("the number of elements is 3, expected 2", Fixed(count: 3));
        await ExpectAsync("pages have 2^0 elements", Fixed(pageBits: 0));
        await ExpectAsync("the place of its header is", Fixed(owner: 5));
        await ExpectAsync("is it truncated?", Fixed(block: 1L << 40));
        await ExpectAsync("read: 0 0 0 0", Fixed(block: Undefined));
    }

    [Fact]
    public async Task ExtensibleArray_AnyFault_IsNamed()
    {
        await ExpectAsync("read: 0 1 2 3", Extensible());
        await ExpectAsync("the checksum is", Extensible(change: bytes => bytes[^1]++));
        await ExpectAsync("the length of an element is 9, expected 8", Extensible(size: 9));
        await ExpectAsync("expected powers of two", Extensible(least: 3));
        await ExpectAsync("expected powers of two", Extensible(pointers: 0));
        await ExpectAsync("expected powers of two", Extensible(bits: 99));
        await ExpectAsync("no single axis that grows without end", Extensible(most: 2));
        await ExpectAsync("the place of its header is", Extensible(owner: 5));
        await ExpectAsync("it has 2^1 elements at most", Extensible(bits: 1, inIndex: 0, least: 2, shape: 20, end: 20));
        await ExpectAsync("is it truncated?", Extensible(index: 1L << 60));
        await ExpectAsync("read: 0 0 0 0", Extensible(index: Undefined));
        await ExpectAsync("read: 0 0 0 0", Extensible(end: 0));
    }

    [Fact]
    public async Task BTree2_AnyFault_IsNamed()
    {
        await ExpectAsync("read: 0 1 2 3", Tree2());
        await ExpectAsync("the type of its records is 11, expected 10", Tree2(type: 11));
        await ExpectAsync("its records have 31 bytes, expected 32", Tree2(record: 31));
        await ExpectAsync("no record fits, or too many levels", Tree2(depth: 500));
        await ExpectAsync("no record fits, or too many levels", Tree2(nodeBytes: 20));
        await ExpectAsync("none fits into an inner node", Tree2(nodeBytes: 45, depth: 1));
        await ExpectAsync("more records than can be counted", Tree2(nodeBytes: int.MaxValue, depth: 30));
        await ExpectAsync("it should have 60 records; expected at most", Tree2(count: 60));
        await ExpectAsync("the checksum is", Tree2(change: bytes => bytes[^1]++));
        await ExpectAsync("expected 'BTLF', found", Tree2(leaf: "BTIN"));
    }

    private static byte[] With(Func<long, byte[]> layout, params byte[][] more)
    {
        Hdf5Builder builder = new();
        long at = builder.Add(Chunk, Chunk);
        return builder.Finish([Hdf5Builder.Array([2, 3, 4]), layout(at), .. more]);
    }

    private static byte[] Layout3(long tree) => Message(Layout, Bytes((byte)3, (byte)2, (byte)4, tree, 1, 3, 4, 2));

    private static byte[] Layout4(byte kind, byte[] settings, long at) => Message(
        Layout, Bytes((byte)4, (byte)2, (byte)0, (byte)4, (byte)1, (byte)1, (byte)3, (byte)4, (byte)2, kind, settings, at));

    private static byte[] Key(long z, long y = 0, int length = ChunkBytes) => Bytes(length, 0, z, y, 0L, 0L);

    private static byte[] Node(byte level, params object[] entries) =>
        Bytes("TREE", (byte)1, level, (short)(entries.Length / 2), Undefined, Undefined, Bytes(entries), Key(100));

    private static byte[] Tree1(Func<long, byte[]> node, int depth = 0)
    {
        Hdf5Builder builder = new();
        long tree = builder.Add(node(builder.Add(Chunk)));
        for (int level = 1; level <= depth; level++)
        {
            tree = builder.Add(Node((byte)level, Key(0), tree, Key(5), tree));
        }

        return builder.Finish(Hdf5Builder.Array([2, 3, 4]), Layout3(tree));
    }

    private static byte[] Changed(byte[] bytes, Action<byte[]>? change)
    {
        change?.Invoke(bytes);
        return bytes;
    }

    private static byte[] Fixed(
        byte kind = 0, byte size = 8, byte pageBits = 10, long count = 2, long? owner = null, long? block = null, Action<byte[]>? change = null)
    {
        Hdf5Builder builder = new();
        long at = builder.Add(Chunk);
        long header = builder.Next + 34;
        long data = builder.Add(Checked("FADB", (byte)0, (byte)0, owner ?? header, at, at));
        _ = builder.Add(Changed(Checked("FAHD", (byte)0, kind, size, pageBits, count, block ?? data), change));
        return builder.Finish(Hdf5Builder.Array([2, 3, 4]), Layout4(3, [10], header));
    }

    private static byte[] Extensible(
        byte size = 8, byte bits = 32, byte inIndex = 4, byte least = 16, byte pointers = 4, long end = 2, long? owner = null, long? index = null,
        long most = -1, long shape = 2, Action<byte[]>? change = null)
    {
        Hdf5Builder builder = new();
        long at = builder.Add(Chunk);
        long header = builder.Next;
        byte[] settings = [bits, inIndex, least, pointers, 10];
        long block = header + 72;
        builder.Add(Changed(
            Checked("EAHD", (byte)0, (byte)0, size, settings, 0L, 0L, 0L, 0L, end, end, index ?? block), change));
        int addresses = (2 * (pointers - 1)) + Math.Max(0, 1 + bits - int.Log2(Math.Max(1, (int)least)) - (2 * int.Log2(Math.Max(1, (int)pointers))));
        byte[] elements = [.. Enumerable.Repeat(Bytes(at), inIndex).SelectMany(bytes => bytes)];
        byte[] unused = [.. Enumerable.Repeat((byte)0xff, Math.Max(0, addresses) * 8)];
        builder.Add(Checked("EAIB", (byte)0, (byte)0, owner ?? header, elements, unused));
        byte[] space = Message(Dataspace, Bytes((byte)2, (byte)3, (byte)1, (byte)1, shape, 3L, 4L, most, 3L, 4L));
        return builder.Finish(space, Hdf5Builder.Array([2, 3, 4])[32..], Layout4(4, settings, header));
    }

    private static byte[] Tree2(
        byte type = 10, int nodeBytes = 512, short record = 32, short depth = 0, short count = 2, string leaf = "BTLF", Action<byte[]>? change = null)
    {
        Hdf5Builder builder = new();
        long at = builder.Add(Chunk);
        long node = builder.Add(Changed(Checked(leaf, (byte)0, (byte)10, at, 0L, 0L, 0L, at, 1L, 0L, 0L), change));
        long header = builder.Add(Checked("BTHD", (byte)0, type, nodeBytes, record, depth, (short)0, node, count, (long)count));
        return builder.Finish(Hdf5Builder.Array([2, 3, 4]), Layout4(5, new byte[6], header));
    }
}
