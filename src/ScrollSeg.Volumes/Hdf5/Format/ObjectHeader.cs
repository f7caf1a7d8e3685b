namespace ScrollSeg.Volumes.Hdf5.Format;

/// <summary>The messages about an object (specification, IV.A.1), from its first block and those that continue it.</summary>
internal sealed class ObjectHeader
{
    private const string Name = "the object header";
    private const int OldPrefixBytes = 16;
    private const int OldMessagePrefixBytes = 8;
    private const int MostSharing = 8;

    private readonly HeaderFile _file;
    private readonly List<HeaderMessage> _messages = [];
    private readonly HashSet<long> _blocks = [];

    private ObjectHeader(HeaderFile file, long offset) => (_file, Offset) = (file, offset);

    /// <summary>Its place in the file.</summary>
    public long Offset { get; }

    /// <summary>All messages, without those that only tell where others are.</summary>
    public IReadOnlyList<HeaderMessage> Messages => _messages;

    /// <summary>Reads an object's header.</summary>
    /// <exception cref="VolumeFormatException">It is damaged, or of an unknown kind.</exception>
    public static ObjectHeader Read(HeaderFile file, long offset)
    {
        ObjectHeader header = new(file, offset);
        byte first = file.Read(Name, offset, 1)[0];
        if (first == 1)
        {
            header.ReadVersion1();
        }
        else
        {
            header.ReadVersion2();
        }

        return header;
    }

    /// <summary>Whether there is a message of a type.</summary>
    public bool Has(MessageType type) => _messages.Exists(message => message.Type == type);

    /// <summary>The message of a type, from another header if it is shared; <see langword="null"/> if there is none.</summary>
    public HeaderMessage? Find(MessageType type) =>
        _messages.Find(message => message.Type == type) is HeaderMessage found ? Resolve(_file, found) : null;

    /// <summary>The message that a shared one stands for (specification, IV.A.2 and its table of shared messages).</summary>
    public static HeaderMessage Resolve(HeaderFile file, HeaderMessage message)
    {
        HeaderMessage current = message;
        for (int hops = 0; current.IsShared; hops++)
        {
            HeaderReader reader = current.Open(file);
            int version = reader.Version(1, 3);
            int kind = reader.Byte();
            if (version == 3 && kind != 2)
            {
                throw reader.Damaged($"it is shared through the file's heap of messages (kind {kind}): not supported.");
            }

            reader.Skip(version == 1 ? 6 : 0);
            long address = reader.Address();
            if (hops >= MostSharing)
            {
                throw reader.Damaged($"it is shared through more than {MostSharing} headers: they lead in a circle.");
            }

            current = Read(file, address)._messages.Find(other => other.Type == message.Type)
                ?? throw reader.Damaged($"the object header at byte {address} that it is shared with has no such message.");
        }

        return current;
    }

    private void ReadVersion1()
    {
        HeaderReader prefix = new(_file, Name, Offset, _file.Read(Name, Offset, OldPrefixBytes));
        prefix.Skip(8);
        uint length = prefix.UInt32();
        Queue<(long Offset, long Length)> blocks = new([(Offset + OldPrefixBytes, length)]);
        while (blocks.TryDequeue(out (long Offset, long Length) block))
        {
            NoteBlock(block.Offset);
            byte[] bytes = _file.Read(Name, block.Offset, block.Length);
            HeaderReader reader = new(_file, Name, block.Offset, bytes);
            while (reader.Left >= OldMessagePrefixBytes)
            {
                int type = reader.UInt16();
                int size = reader.UInt16();
                int flags = reader.Byte();
                reader.Skip(3);
                Add(ref reader, type, flags, size, bytes, blocks);
            }
        }
    }

    private void ReadVersion2()
    {
        const int Most = 4 + 2 + 16 + 4 + 8;
        const int TimesFlag = 0x20;
        const int LimitsFlag = 0x10;
        const int OrderFlag = 0x04;
        HeaderReader prefix = new(_file, Name, Offset, _file.Read(Name, Offset, Math.Min(Most, _file.Content.Length - Offset)));
        prefix.Signature("OHDR"u8);
        _ = prefix.Version(2, 2);
        int flags = prefix.Byte();
        prefix.Skip((flags & TimesFlag) != 0 ? 16 : 0);
        prefix.Skip((flags & LimitsFlag) != 0 ? 4 : 0);
        long length = prefix.Count(1 << (flags & 3));
        int messagePrefix = (flags & OrderFlag) != 0 ? 6 : 4;
        Queue<(long Offset, long Length)> blocks = new();
        ReadBlock2(Offset, prefix.Position, prefix.Position + Math.Min(length, _file.Content.Length) + sizeof(uint), messagePrefix, blocks);
        while (blocks.TryDequeue(out (long Offset, long Length) block))
        {
            ReadBlock2(block.Offset, 0, block.Length, messagePrefix, blocks);
        }
    }

    /// <summary>A block behind its signature; the first one's is part of the prefix.</summary>
    private void ReadBlock2(long offset, int prefix, long length, int messagePrefix, Queue<(long Offset, long Length)> blocks)
    {
        NoteBlock(offset);
        byte[] bytes = _file.ReadChecked(Name, offset, length);
        HeaderReader reader = new(_file, Name, offset, bytes.AsSpan(..^sizeof(uint)));
        reader.Skip(prefix);
        if (prefix == 0)
        {
            reader.Signature("OCHK"u8);
        }

        while (reader.Left >= messagePrefix)
        {
            int type = reader.Byte();
            int size = reader.UInt16();
            int flags = reader.Byte();
            reader.Skip(messagePrefix - 4);
            Add(ref reader, type, flags, size, bytes, blocks);
        }
    }

    private void Add(
        ref HeaderReader reader, int type, int flags, int size, byte[] bytes, Queue<(long Offset, long Length)> blocks)
    {
        int at = reader.Position;
        HeaderMessage message = new((MessageType)type, flags, reader.Offset, bytes.AsMemory(at, reader.Take(size).Length));
        if (message.Type == MessageType.Continuation)
        {
            HeaderReader continuation = message.Open(_file);
            blocks.Enqueue((continuation.Address(), continuation.Length()));
        }
        else if (message.Type > MessageType.FileSpaceInfo && message.HasToBeKnown)
        {
            throw reader.Damaged($"a message of the unknown type {type} says that it has to be known: not supported.");
        }
        else if (message.Type != MessageType.Nil)
        {
            _messages.Add(message);
        }
    }

    private void NoteBlock(long offset)
    {
        if (!_blocks.Add(offset))
        {
            throw _file.Damaged(Name, Offset, $"its continuations lead in a circle: to byte {offset} twice.");
        }
    }
}
