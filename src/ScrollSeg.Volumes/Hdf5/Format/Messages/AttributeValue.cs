using System.Buffers.Binary;
using ScrollSeg.Volumes.Hdf5.Format.Groups;

namespace ScrollSeg.Volumes.Hdf5.Format.Messages;

/// <summary>An attribute of a dataset (specification, IV.A.2.m), with its value's bytes.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Type">How its elements are stored.</param>
/// <param name="Space">How many there are.</param>
/// <param name="Content">The elements.</param>
internal sealed record AttributeValue(string Name, Datatype Type, Dataspace Space, byte[] Content)
{
    /// <summary>Type of the B-tree that finds attributes by the hash of their names (III.A.2).</summary>
    private const int NameIndexType = 8;

    /// <summary>Bytes of a heap ID in that tree's records.</summary>
    private const int HeapIdBytes = 8;

    /// <summary>Looks for an attribute.</summary>
    /// <returns><see langword="null"/> if there is none.</returns>
    public static AttributeValue? Find(HeaderFile file, ObjectHeader header, string name)
    {
        foreach (HeaderMessage message in header.Messages.Where(message => message.Type == MessageType.Attribute))
        {
            HeaderReader reader = ObjectHeader.Resolve(file, message).Open(file);
            if (Read(ref reader, name) is AttributeValue found)
            {
                return found;
            }
        }

        return header.Find(MessageType.AttributeInfo) is HeaderMessage info ? FindDense(file, info, name) : null;
    }

    /// <summary>The numbers of an attribute of floats; <see langword="null"/> if it holds something else.</summary>
    public double[]? Floats()
    {
        int size = (int)Type.Size;
        if (Type.Voxel is not (VoxelType.Float32 or VoxelType.Float64))
        {
            return null;
        }

        double[] values = new double[Content.Length / size];
        for (int i = 0; i < values.Length; i++)
        {
            ReadOnlySpan<byte> element = Content.AsSpan(i * size, size);
            values[i] = (size, Type.IsBigEndian) switch
            {
                (4, false) => BinaryPrimitives.ReadSingleLittleEndian(element),
                (4, true) => BinaryPrimitives.ReadSingleBigEndian(element),
                (_, false) => BinaryPrimitives.ReadDoubleLittleEndian(element),
                _ => BinaryPrimitives.ReadDoubleBigEndian(element),
            };
        }

        return values;
    }

    /// <summary>The attribute info message (IV.A.2.v): attributes in a fractal heap.</summary>
    private static AttributeValue? FindDense(HeaderFile file, HeaderMessage info, string name)
    {
        HeaderReader reader = info.Open(file);
        _ = reader.Version(0, 0);
        bool hasOrder = (reader.Byte() & 1) != 0;
        reader.Skip(hasOrder ? 2 : 0);
        long heapAddress = reader.Address();
        long treeAddress = reader.Address();
        if (heapAddress == HeaderFile.Undefined)
        {
            return null;
        }

        FractalHeap heap = FractalHeap.Read(file, heapAddress);
        foreach (byte[] record in BTree2.Read(file, treeAddress, NameIndexType).Records())
        {
            HeaderReader attribute = heap.Open("an attribute", record.AsSpan(0, Math.Min(record.Length, HeapIdBytes)));
            if (Read(ref attribute, name) is AttributeValue found)
            {
                return found;
            }
        }

        return null;
    }

    /// <summary>Reads an attribute if it has the name.</summary>
    private static AttributeValue? Read(ref HeaderReader reader, string wanted)
    {
        const int SharedTypeFlag = 1;
        const int SharedSpaceFlag = 2;
        int version = reader.Version(1, 3);
        int flags = version == 1 ? reader.Byte() * 0 : reader.Byte();
        int nameLength = reader.UInt16();
        int typeLength = reader.UInt16();
        int spaceLength = reader.UInt16();
        reader.Skip(version == 3 ? 1 : 0);
        int multiple = version == 1 ? 8 : 1;
        string name = reader.Text(Datatype.Padded(nameLength, multiple));
        if (name != wanted)
        {
            return null;
        }

        HeaderReader typeReader = Part(ref reader, MessageType.Datatype, Datatype.Padded(typeLength, multiple), (flags & SharedTypeFlag) != 0);
        Datatype type = Datatype.Read(ref typeReader);
        HeaderReader spaceReader = Part(ref reader, MessageType.Dataspace, Datatype.Padded(spaceLength, multiple), (flags & SharedSpaceFlag) != 0);
        Dataspace space = Dataspace.Read(ref spaceReader);
        Int128 bytes = type.Size;
        foreach (ulong extent in space.Extents)
        {
            bytes = Int128.Min(bytes * extent, long.MaxValue);
        }

        return new AttributeValue(name, type, space, space.IsArray ? reader.Take((long)bytes).ToArray() : []);
    }

    /// <summary>The type or the extents, which may be shared as messages are.</summary>
    private static HeaderReader Part(ref HeaderReader reader, MessageType type, int length, bool isShared)
    {
        long offset = reader.Offset;
        HeaderMessage message = new(type, isShared ? 2 : 0, offset, reader.Take(length).ToArray());
        return ObjectHeader.Resolve(reader.File, message).Open(reader.File);
    }
}
