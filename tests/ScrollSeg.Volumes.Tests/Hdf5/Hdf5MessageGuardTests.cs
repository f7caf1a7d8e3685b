using ScrollSeg.Testing;
using ScrollSeg.Volumes.Hdf5.Format;
using ScrollSeg.Volumes.Raw;
using static ScrollSeg.Volumes.Tests.Hdf5.Hdf5Builder;

namespace ScrollSeg.Volumes.Tests.Hdf5;

/// <summary>Guards of the superblock, of object headers and of their messages.</summary>
public sealed class Hdf5MessageGuardTests : Hdf5GuardContract
{
    private static readonly byte[] Voxels = [.. Enumerable.Range(0, 48).Select(i => (byte)(i % 2 == 0 ? i / 2 : 0))];

    private static readonly byte[] Compact = Message(Layout, Bytes((byte)3, (byte)0, (short)48, Voxels));

    [Fact]
    public Task File_Sound_IsRead() => ExpectAsync("read: 0 1 2 3", new Hdf5Builder().Finish(Hdf5Builder.Array([2, 3, 4]), Compact));

    [Theory]
    [InlineData(8, 4, "version 4 is not supported; expected 0 to 3")]
    [InlineData(9, 3, "addresses of 3 and lengths of 8 bytes; expected 2, 4 or 8")]
    [InlineData(10, 16, "addresses of 8 and lengths of 16 bytes")]
    [InlineData(11, 1, "the superblock at byte 0: the checksum is")]
    public Task Superblock_Damaged_IsNamed(int at, byte value, string expected) => ExpectAsync(expected, Patched(Sound(), at, value));

    [Fact]
    public Task Superblock_FileTooShort_IsNamed() => ExpectAsync("is it truncated?", Sound()[..^1]);

    [Theory]
    [InlineData(0, "expected 'OHDR', found")]
    [InlineData(4, "version 9 is not supported; expected 2")]
    [InlineData(14, "the checksum is 0x")]
    public Task ObjectHeader_Damaged_IsNamed(int at, string expected) =>
        ExpectAsync(expected, Patched(Sound(), Sound().AsSpan().IndexOf("OHDR"u8) + at, 9));

    [Fact]
    public Task ObjectHeader_MessageBeyondItsEnd_IsNamed() =>
        ExpectAsync("needs 500 more bytes, but ends after 1", Of(Bytes((byte)Dataspace, (short)500, (byte)0, (byte)2)));

    [Fact]
    public Task ObjectHeader_LongerThanTheFile_IsNamed()
    {
        Hdf5Builder builder = new();
        long header = builder.Add("OHDR", (byte)2, (byte)3, long.MaxValue);
        return ExpectAsync("is it truncated?", builder.FinishGroup(LinkTo(header)));
    }

    [Fact]
    public Task ObjectHeader_ContinuedInACircle_IsNamed()
    {
        Hdf5Builder builder = new();
        byte[] toItself = Message(Continuation, Bytes(builder.Next, 28L));
        long block = builder.Add(Checked("OCHK", toItself));
        return ExpectAsync($"in a circle: to byte {block} twice", builder.Finish(Message(Continuation, Bytes(block, 28L))));
    }

    [Fact]
    public Task ObjectHeader_OldFormContinuedInACircle_IsNamed()
    {
        Hdf5Builder builder = new();
        long header = builder.Next;
        builder.Add((byte)1, (byte)0, (short)1, 1, 24, 0, (short)Continuation, (short)16, 0, header + 16, 24L);
        return ExpectAsync($"in a circle: to byte {header + 16} twice", builder.FinishGroup(LinkTo(header)));
    }

    [Fact]
    public Task ObjectHeader_MessageThatHasToBeKnown_IsRefused() =>
        ExpectAsync("unknown type 99", new Hdf5Builder().Finish(Message(99, [1], flags: 0x80)));

    [Fact]
    public Task ObjectHeader_MessageThatNeedNotBeKnown_IsPassedOver() =>
        ExpectAsync("read:", new Hdf5Builder().Finish(Message(99, [1]), Hdf5Builder.Array([2, 3, 4]), Compact));

    [Fact]
    public Task SharedMessage_InACircle_IsNamed()
    {
        Hdf5Builder builder = new();
        long header = builder.Next;
        byte[] shared = Message(Datatype, Bytes((byte)3, (byte)2, header), flags: 2);
        builder.AddHeader(Bytes(shared, Compact));
        return ExpectAsync("in a circle", builder.FinishGroup(LinkTo(header)));
    }

    [Fact]
    public Task SharedMessage_WithAHeaderThatHasNone_IsNamed()
    {
        Hdf5Builder builder = new();
        long other = builder.AddHeader(Compact);
        byte[] space = Hdf5Builder.Array([2, 3, 4])[..32];
        return ExpectAsync("has no such message", builder.Finish(space, Message(Datatype, Bytes((byte)3, (byte)2, other), flags: 2), Compact));
    }

    [Fact]
    public async Task Dataspace_Damaged_IsNamed()
    {
        byte[] type = Hdf5Builder.Array([2, 3, 4])[32..];
        await ExpectAsync("33 axes; expected at most 32", Of(Message(Dataspace, Bytes((byte)2, (byte)33, (byte)0, (byte)1)), type));
        await ExpectAsync("axis 0 has 4 elements; expected at most 3", Of(Message(Dataspace, Bytes((byte)2, (byte)1, (byte)1, (byte)1, 4L, 3L)), type));
        await ExpectAsync("needs 8 more bytes", Of(Message(Dataspace, Bytes((byte)2, (byte)3, (byte)0, (byte)1, 4L)), type));
        await ExpectAsync("version 3 is not supported", Of(Message(Dataspace, Bytes((byte)3, (byte)3, (byte)0, (byte)1)), type));
    }

    [Fact]
    public async Task Datatype_Damaged_IsNamed()
    {
        byte[] space = Hdf5Builder.Array([2, 3, 4])[..32];
        await ExpectAsync("version 9; expected 1 to 4", Of(space, Message(Datatype, Bytes((byte)0x90, new byte[3], 2, 0x100000)), Compact));
        await ExpectAsync("an enumeration of FloatingPoint", Of(
            space, Message(Datatype, Bytes((byte)0x38, new byte[3], 4, (byte)0x31, new byte[3], 4)), Compact));
        await ExpectAsync("needs 1 more bytes", Of(
            space, Message(Datatype, Bytes((byte)0x38, (byte)2, (short)0, 2, (byte)0x30, new byte[3], 2, (short)0, (short)16, "a")), Compact));
        await ExpectAsync("no datatype message", Of(space, Compact), "/scan");
    }

    [Theory]
    [InlineData("05", "version 5 is not supported; expected 1 to 4")]
    [InlineData("0303", "the layout's class is 3; expected 0 to 2")]
    [InlineData("03002f00", "needs 47 more bytes")]
    [InlineData("030001000a", "its Compact layout has 1 bytes, expected 48")]
    [InlineData("03013000000000000000" + "3100000000000000", "its Contiguous layout has 49 bytes, expected 48")]
    [InlineData("0302013000000000000000", "a chunk has 1 extents")]
    [InlineData("030204" + "3000000000000000" + "02000000" + "00000000" + "04000000" + "02000000", "none of them may be 0")]
    [InlineData("030204" + "3000000000000000" + "02000000" + "03000000" + "04000000" + "04000000", "elements of 4 bytes, expected 2")]
    [InlineData("030204" + "3000000000000000" + "ffffff7f" + "ffffff7f" + "04000000" + "02000000", "bytes or none: not supported")]
    [InlineData("030203" + "3000000000000000" + "02000000" + "03000000" + "02000000", "in 3 dimensions")]
    [InlineData("0402000409", "extents have 9 bytes each")]
    [InlineData("0402000401" + "02030402" + "09", "unknown kind 9; expected 1 to 5")]
    public Task Layout_Damaged_IsNamed(string layout, string expected) =>
        ExpectAsync(expected, Of(Hdf5Builder.Array([2, 3, 4]), Message(Layout, Convert.FromHexString(layout))));

    [Fact]
    public Task Layout_Absent_IsNamed() => ExpectAsync("no layout message", Of(Hdf5Builder.Array([2, 3, 4])));

    /// <summary>Files of HDF5 1.4 and older.</summary>
    [Fact]
    public async Task Layout_OfOldVersions_IsRead()
    {
        byte[] array = Hdf5Builder.Array([2, 3, 4]);
        await ExpectAsync("read: 0 1 2 3", Of(array, Message(Layout, Bytes((byte)1, (byte)3, (byte)0, new byte[5], 2, 3, 4, 48, Voxels))));
        Hdf5Builder builder = new();
        long at = builder.Add(Voxels);
        await ExpectAsync("read: 0 1 2 3", builder.Finish(array, Message(Layout, Bytes((byte)2, (byte)3, (byte)1, new byte[5], at, 2, 3, 4))));
        await ExpectAsync("read: 7 7 7 7", Of(
            array, Message(OldFillValue, Bytes(2, (short)7)), Message(Layout, Bytes((byte)1, (byte)4, (byte)2, new byte[5], Undefined, 1, 3, 4, 2))));
    }

    [Fact]
    public async Task FillValue_OfAnyVersion_IsRead()
    {
        byte[] array = Hdf5Builder.Array([2, 3, 4]);
        byte[] never = Message(Layout, Bytes((byte)3, (byte)1, Undefined, 48L));
        await ExpectAsync("read: 7 7 7 7", Of(array, never, Message(FillValue, Bytes((byte)2, (byte)2, (byte)0, (byte)1, 2, (short)7))));
        await ExpectAsync("read: 7 7 7 7", Of(array, never, Message(FillValue, Bytes((byte)3, (byte)0x22, 2, (short)7))));
        await ExpectAsync("read: 0 0 0 0", Of(array, never, Message(FillValue, Bytes((byte)3, (byte)0x02))));
        await ExpectAsync("the fill value has 4 bytes, expected 2", Of(array, never, Message(FillValue, Bytes((byte)3, (byte)0x22, 4, 7))));
        await ExpectAsync("needs 2 more bytes", Of(array, never, Message(FillValue, Bytes((byte)3, (byte)0x22, 2))));
    }

    [Fact]
    public async Task Filters_Damaged_AreNamed()
    {
        byte[] array = Hdf5Builder.Array([2, 3, 4]);
        await ExpectAsync("33 filters; expected at most 32", Of(array, Compact, Message(Filters, Bytes((byte)2, (byte)33))));
        await ExpectAsync("the filter 1 has 65535 settings, but the message ends after 0", Of(
            array, Compact, Message(Filters, Bytes((byte)2, (byte)1, (short)1, (short)0, (short)-1))));
        await ExpectAsync("needs 500 more bytes", Of(array, Compact, Message(Filters, Bytes((byte)2, (byte)1, (short)307, (short)500, (short)0, (short)0))));
    }

    [Fact]
    public async Task Address_OutsideTheFile_IsNamed()
    {
        await ExpectAsync("outside the file", new Hdf5Builder().FinishGroup(LinkTo(long.MinValue)));
        await ExpectAsync("is it truncated?", new Hdf5Builder().FinishGroup(LinkTo(1L << 50)));
        await ExpectAsync("its address is undefined", new Hdf5Builder().FinishGroup(LinkTo(Undefined)));
    }

    [Fact]
    public void HeaderFile_ReadTooMuch_SaysThatHeadersLeadInACircle()
    {
        using TemporaryFolder folder = new();
        File.WriteAllBytes(folder["a"], new byte[100]);
        using FlatFile content = new(folder["a"]);
        HeaderFile file = new(content, 0, 8, 8) { MostBytes = 150 };
        file.Begin();
        file.Read("a header", 0, 100);

        VolumeFormatException e = Assert.Throws<VolumeFormatException>(() => file.Read("a header", 0, 100));

        Assert.Contains("in a circle", e.Message, StringComparison.Ordinal);
        file.Begin();
        Assert.Equal(100, file.Read("a header", 0, 100).Length);
    }

    [Fact]
    public void HeaderFile_HugeStructure_IsRefusedBeforeItIsRead()
    {
        using TemporaryFolder folder = new();
        using (FileStream sparse = File.Create(folder["a"]))
        {
            sparse.SetLength(1L << 27);
        }

        using FlatFile content = new(folder["a"]);
        HeaderFile file = new(content, 0, 8, 8);

        VolumeFormatException e = Assert.Throws<VolumeFormatException>(() => file.Read("a header", 0, 1L << 27));

        Assert.Contains("in one piece are not supported", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void BlockCache_Full_ForgetsAndReadsAgain()
    {
        BlockCache cache = new(mostBytes: 10);
        int reads = 0;
        byte[] Read(int offset) => cache.Get(offset, 0, () => new byte[4 + (0 * reads++)]);

        Assert.Same(Read(1), Read(1));
        _ = Read(2);
        _ = Read(3);
        _ = Read(1);

        Assert.Equal(4, reads);
    }

    private static byte[] LinkTo(long header) => Message(Link, Bytes((byte)1, (byte)0, (byte)4, "scan", header));

    private static byte[] Of(params byte[][] messages) => new Hdf5Builder().Finish(messages);

    private static byte[] Sound() => Of(Hdf5Builder.Array([2, 3, 4]), Compact);

    private static byte[] Patched(byte[] file, int at, byte value)
    {
        byte[] patched = [.. file];
        patched[at] = value;
        return patched;
    }
}
