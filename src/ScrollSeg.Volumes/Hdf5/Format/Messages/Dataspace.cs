namespace ScrollSeg.Volumes.Hdf5.Format.Messages;

/// <summary>Extents of a dataset or attribute (specification, IV.A.2.b).</summary>
/// <param name="IsArray">Whether it is one, and no single value or nothing.</param>
/// <param name="Extents">Elements along each axis, the slowest first.</param>
/// <param name="MaxExtents">How many there may ever be; <see cref="Unlimited"/> for any number.</param>
internal sealed record Dataspace(bool IsArray, ulong[] Extents, ulong[] MaxExtents)
{
    public const ulong Unlimited = ulong.MaxValue;

    private const int MostAxes = 32;
    private const int SimpleKind = 1;

    /// <summary>Reads the message.</summary>
    public static Dataspace Read(ref HeaderReader reader)
    {
        int version = reader.Version(1, 2);
        int rank = reader.Byte();
        int flags = reader.Byte();
        int kind = version == 2 ? reader.Byte() : SimpleKind;
        reader.Skip(version == 1 ? 5 : 0);
        if (rank > MostAxes)
        {
            throw reader.Damaged($"{rank} axes; expected at most {MostAxes}.");
        }

        int size = reader.File.LengthSize;
        ulong[] extents = Take(ref reader, rank, size);
        ulong[] most = (flags & 1) != 0 ? Take(ref reader, rank, size) : extents;
        for (int i = 0; i < rank; i++)
        {
            if (extents[i] > most[i])
            {
                throw reader.Damaged($"axis {i} has {extents[i]} elements; expected at most {most[i]}.");
            }
        }

        return new Dataspace(kind == SimpleKind && rank > 0, extents, most);
    }

    private static ulong[] Take(ref HeaderReader reader, int count, int size)
    {
        ulong unlimited = size == 8 ? Unlimited : (1UL << (8 * size)) - 1;
        ulong[] numbers = new ulong[count];
        for (int i = 0; i < count; i++)
        {
            ulong number = reader.Number(size);
            numbers[i] = number == unlimited ? Unlimited : number;
        }

        return numbers;
    }
}
