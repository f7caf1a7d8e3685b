using System.Buffers.Binary;
using ScrollSeg.Volumes.Hdf5.Format;

namespace ScrollSeg.Volumes.Tests.Hdf5;

/// <summary>Puts small HDF5 files together, sound or not: a superblock of version 2, a root group with one link <c>scan</c>,
/// and the messages of that dataset as they are given.</summary>
internal sealed class Hdf5Builder
{
    public const long Undefined = -1;
    public const int Dataspace = 0x01;
    public const int LinkInfo = 0x02;
    public const int Datatype = 0x03;
    public const int OldFillValue = 0x04;
    public const int FillValue = 0x05;
    public const int Link = 0x06;
    public const int Layout = 0x08;
    public const int Filters = 0x0b;
    public const int Attribute = 0x0c;
    public const int Continuation = 0x10;
    public const int SymbolTable = 0x11;
    private const int SuperblockBytes = 48;

    private readonly List<byte> _bytes = [.. new byte[SuperblockBytes]];

    /// <summary>Where the next structure will lie.</summary>
    public long Next => _bytes.Count;

    /// <summary>Numbers, texts and bytes one after the other: a <see cref="long"/> takes 8 bytes, an <see cref="int"/> 4, a
    /// <see cref="short"/> 2, a <see cref="byte"/> 1.</summary>
    public static byte[] Bytes(params object[] parts) => [.. parts.SelectMany(part => part switch
    {
        byte[] bytes => bytes,
        string text => System.Text.Encoding.ASCII.GetBytes(text),
        byte one => [one],
        short number => Little(2, number),
        int number => Little(4, number),
        long number => Little(8, number),
        _ => throw new ArgumentException($"{part.GetType()} has no bytes here."),
    })];

    /// <summary>A message of an object header of version 2.</summary>
    public static byte[] Message(int type, byte[] content, byte flags = 0) => Bytes((byte)type, (short)content.Length, flags, content);

    /// <summary>Bytes with their checksum behind.</summary>
    public static byte[] Checked(params object[] parts)
    {
        byte[] bytes = Bytes(parts);
        return Bytes(bytes, (int)Lookup3.Of(bytes));
    }

    /// <summary>The messages of a dataset, all but its layout.</summary>
    /// <param name="extents">Extents, the slowest axis first.</param>
    /// <param name="size">Bytes of an unsigned number.</param>
    public static byte[] Array(IReadOnlyList<long> extents, int size = 2) => Bytes(
        Message(Dataspace, Bytes((byte)2, (byte)extents.Count, (byte)0, (byte)1, Bytes([.. extents]))),
        Message(Datatype, Bytes((byte)0x10, new byte[3], size, (short)0, (short)(8 * size))));

    /// <summary>Adds a structure.</summary>
    /// <returns>Where it lies.</returns>
    public long Add(params object[] parts)
    {
        long at = Next;
        _bytes.AddRange(Bytes(parts));
        return at;
    }

    /// <summary>Adds an object header of version 2.</summary>
    public long AddHeader(byte[] messages) => Add(Checked("OHDR", (byte)2, (byte)2, messages.Length, messages));

    /// <summary>The file with a dataset <c>scan</c>.</summary>
    public byte[] Finish(params byte[][] messages) => FinishGroup(
        Message(Link, Bytes((byte)1, (byte)0, (byte)4, "scan", AddHeader(Bytes([.. messages])))));

    /// <summary>The file with messages in its root group.</summary>
    public byte[] FinishGroup(params byte[][] messages)
    {
        long root = AddHeader(Bytes([.. messages]));
        byte[] superblock = Checked(
            Superblock.Signature.ToArray(), (byte)2, (byte)8, (byte)8, (byte)0, 0L, Undefined, Next, root);
        return [.. superblock, .. _bytes.Skip(SuperblockBytes)];
    }

    private static byte[] Little(int size, long number)
    {
        byte[] bytes = new byte[8];
        BinaryPrimitives.WriteInt64LittleEndian(bytes, number);
        return bytes[..size];
    }

    private static byte[] Bytes(long[] numbers) => [.. numbers.SelectMany(number => Little(8, number))];
}
