namespace ScrollSeg.Volumes.Hdf5.Format.Groups;

/// <summary>The links of a group, in any of the three forms that a file has for them.</summary>
internal static class Group
{
    /// <summary>Type of the B-tree that finds links by the hash of their names (specification, III.A.2).</summary>
    private const int NameIndexType = 5;

    /// <summary>Whether a header is a group's.</summary>
    public static bool Is(ObjectHeader header) =>
        header.Has(MessageType.SymbolTable) || header.Has(MessageType.LinkInfo) || header.Has(MessageType.Link) || header.Has(MessageType.GroupInfo);

    /// <summary>Reads the links.</summary>
    /// <exception cref="VolumeFormatException">They are damaged.</exception>
    public static List<GroupLink> LinksOf(HeaderFile file, ObjectHeader header)
    {
        List<GroupLink> links = header.Find(MessageType.SymbolTable) is HeaderMessage table ? SymbolTable.Read(file, table) : [];
        foreach (HeaderMessage message in header.Messages.Where(message => message.Type == MessageType.Link))
        {
            HeaderReader reader = ObjectHeader.Resolve(file, message).Open(file);
            links.Add(ReadLink(ref reader));
        }

        if (header.Find(MessageType.LinkInfo) is HeaderMessage info)
        {
            AddDense(file, info, links);
        }

        return links;
    }

    /// <summary>The link info message (IV.A.2.c): links in a fractal heap.</summary>
    private static void AddDense(HeaderFile file, HeaderMessage info, List<GroupLink> links)
    {
        HeaderReader reader = info.Open(file);
        _ = reader.Version(0, 0);
        bool hasOrder = (reader.Byte() & 1) != 0;
        reader.Skip(hasOrder ? 8 : 0);
        long heapAddress = reader.Address();
        long treeAddress = reader.Address();
        if (heapAddress == HeaderFile.Undefined)
        {
            return;
        }

        FractalHeap heap = FractalHeap.Read(file, heapAddress);
        BTree2 tree = BTree2.Read(file, treeAddress, NameIndexType);
        foreach (byte[] record in tree.Records())
        {
            HeaderReader link = heap.Open("a link", record.AsSpan(Math.Min(record.Length, sizeof(uint)))); // behind the hash
            links.Add(ReadLink(ref link));
        }
    }

    /// <summary>The link message (IV.A.2.g).</summary>
    private static GroupLink ReadLink(ref HeaderReader reader)
    {
        const int KindFlag = 0x08;
        const int OrderFlag = 0x04;
        const int CharacterSetFlag = 0x10;
        _ = reader.Version(1, 1);
        int flags = reader.Byte();
        int kind = (flags & KindFlag) != 0 ? reader.Byte() : (int)LinkKind.Hard;
        reader.Skip((flags & OrderFlag) != 0 ? 8 : 0);
        reader.Skip((flags & CharacterSetFlag) != 0 ? 1 : 0);
        string name = reader.Text(reader.Count(1 << (flags & 3)));
        return kind switch
        {
            (int)LinkKind.Hard => new GroupLink(name, LinkKind.Hard, reader.Address()),
            (int)LinkKind.Soft => new GroupLink(name, LinkKind.Soft, Target: reader.Text(reader.UInt16())),
            _ => new GroupLink(name, LinkKind.External),
        };
    }
}
