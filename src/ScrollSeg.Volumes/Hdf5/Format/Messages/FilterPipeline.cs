namespace ScrollSeg.Volumes.Hdf5.Format.Messages;

/// <summary>The filters of a dataset's chunks (specification, IV.A.2.l).</summary>
internal static class FilterPipeline
{
    private const int MostFilters = 32;
    private const int FirstWithName = 256;

    /// <summary>The filters in the order in which they encode.</summary>
    public static IReadOnlyList<Hdf5FilterUse> Of(HeaderFile file, ObjectHeader header)
    {
        if (header.Find(MessageType.Filters) is not HeaderMessage message)
        {
            return [];
        }

        HeaderReader reader = message.Open(file);
        int version = reader.Version(1, 2);
        int count = reader.Byte();
        if (count > MostFilters)
        {
            throw reader.Damaged($"{count} filters; expected at most {MostFilters}.");
        }

        reader.Skip(version == 1 ? 6 : 0);
        List<Hdf5FilterUse> filters = [];
        for (int i = 0; i < count; i++)
        {
            filters.Add(Next(ref reader, version));
        }

        return filters;
    }

    private static Hdf5FilterUse Next(ref HeaderReader reader, int version)
    {
        int id = reader.UInt16();
        int nameLength = version == 1 || id >= FirstWithName ? reader.UInt16() : 0;
        reader.Skip(2); // whether it may be left out, which is each chunk's affair
        int count = reader.UInt16();
        string name = reader.Text(version == 1 ? Datatype.Padded(nameLength, 8) : nameLength);
        uint[] parameters = new uint[Math.Min(count, reader.Left / sizeof(uint))];
        for (int i = 0; i < parameters.Length; i++)
        {
            parameters[i] = reader.UInt32();
        }

        if (parameters.Length != count)
        {
            throw reader.Damaged($"the filter {id} has {count} settings, but the message ends after {parameters.Length}.");
        }

        reader.Skip(version == 1 && count % 2 != 0 ? sizeof(uint) : 0);
        return new Hdf5FilterUse((ushort)id, name, parameters);
    }
}
