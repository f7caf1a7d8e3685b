using System.Globalization;

namespace ScrollSeg.Volumes.Hdf5.Format.Messages;

/// <summary>How an element is stored (specification, IV.A.2.d).</summary>
/// <param name="Class">Its kind.</param>
/// <param name="Size">Its bytes.</param>
internal sealed record Datatype(DatatypeClass Class, long Size)
{
    /// <summary>Sign, exponent and mantissa as IEEE 754 has them: the sign's bit, the exponent's first bit and its bits, the
    /// mantissa's bits (from bit 0 on), the bias.</summary>
    private static readonly Dictionary<long, (int Sign, int Exponent, int ExponentBits, int MantissaBits, long Bias)> Ieee = new()
    {
        [2] = (15, 10, 5, 10, 15),
        [4] = (31, 23, 8, 23, 127),
        [8] = (63, 52, 11, 52, 1023),
    };

    /// <summary>Whether the high-order byte comes first.</summary>
    public bool IsBigEndian { get; private init; }

    /// <summary>The voxel that such an element is; <see langword="null"/> if there is none.</summary>
    public VoxelType? Voxel { get; private init; }

    /// <summary>What it is in words, for messages.</summary>
    public string Description { get; private init; } = $"elements of class {Class}";

    /// <summary>Whether elements are numbers, or names for numbers.</summary>
    public bool IsNumber => Class is DatatypeClass.FixedPoint or DatatypeClass.FloatingPoint or DatatypeClass.Enumerated;

    /// <summary>Reads the message. A type that is no number is not looked into.</summary>
    public static Datatype Read(ref HeaderReader reader)
    {
        int first = reader.Byte();
        int version = first >> 4;
        DatatypeClass kind = (DatatypeClass)(first & 0xf);
        int bits = (int)reader.Number(3);
        Datatype type = new(kind, reader.UInt32());
        if (!type.IsNumber)
        {
            return type;
        }

        if (version is < 1 or > 4)
        {
            throw reader.Damaged($"a datatype of version {version}; expected 1 to 4.");
        }

        return kind switch
        {
            DatatypeClass.FixedPoint => type.ReadWhole(ref reader, bits),
            DatatypeClass.FloatingPoint => type.ReadFloat(ref reader, bits),
            _ => type.ReadEnumeration(ref reader, bits, version),
        };
    }

    private Datatype ReadWhole(ref HeaderReader reader, int bits)
    {
        int offset = reader.UInt16();
        int precision = reader.UInt16();
        bool isSigned = (bits & 0x08) != 0;
        VoxelType? voxel = (isSigned, Size) switch
        {
            _ when offset != 0 || precision != Size * 8 => null,
            (false, 1) => VoxelType.UInt8,
            (false, 2) => VoxelType.UInt16,
            (false, 4) => VoxelType.UInt32,
            (false, 8) => VoxelType.UInt64,
            (true, 1) => VoxelType.Int8,
            (true, 2) => VoxelType.Int16,
            (true, 4) => VoxelType.Int32,
            (true, 8) => VoxelType.Int64,
            _ => null,
        };
        return this with
        {
            IsBigEndian = (bits & 1) != 0,
            Voxel = voxel,
            Description = $"whole numbers of {Size} bytes, of which {precision} bits from bit {offset} on count,",
        };
    }

    private Datatype ReadFloat(ref HeaderReader reader, int bits)
    {
        const int ImpliedOne = 2;
        int offset = reader.UInt16();
        int precision = reader.UInt16();
        int exponent = reader.Byte();
        int exponentBits = reader.Byte();
        int mantissa = reader.Byte();
        int mantissaBits = reader.Byte();
        long bias = reader.UInt32();
        int sign = (bits >> 8) & 0xff;
        bool isVax = (bits & 0x40) != 0;
        bool isIeee = Ieee.TryGetValue(Size, out (int, int, int, int, long) ieee) && !isVax && offset == 0 && precision == Size * 8 &&
            mantissa == 0 && ((bits >> 4) & 3) == ImpliedOne && ieee == (sign, exponent, exponentBits, mantissaBits, bias);
        return this with
        {
            IsBigEndian = (bits & 1) != 0,
            Voxel = !isIeee ? null : Size switch { 2 => VoxelType.Float16, 4 => VoxelType.Float32, _ => VoxelType.Float64 },
            Description = string.Create(
                CultureInfo.InvariantCulture,
                $"floats of {Size} bytes{(isVax ? " in VAX order" : "")} with {exponentBits} bits of exponent and {mantissaBits} of mantissa"),
        };
    }

    private Datatype ReadEnumeration(ref HeaderReader reader, int bits, int version)
    {
        Datatype numbers = Nested(ref reader);
        int members = bits & 0xffff;
        string[] names = new string[members];
        for (int i = 0; i < members; i++)
        {
            names[i] = NextName(ref reader, isPadded: version < 3);
        }

        ReadOnlySpan<byte> values = reader.Take(members * Size);
        return this with
        {
            IsBigEndian = numbers.IsBigEndian,
            Voxel = IsBoolean(names, values) ? VoxelType.Bool : numbers.Voxel,
            Description = numbers.Description,
        };
    }

    /// <summary>The type that the names stand for; it must be whole numbers, so that nothing nests without end.</summary>
    private Datatype Nested(ref HeaderReader reader)
    {
        int first = reader.Byte();
        int bits = (int)reader.Number(3);
        Datatype type = new((DatatypeClass)(first & 0xf), reader.UInt32());
        return type.Class == DatatypeClass.FixedPoint && type.Size == Size
            ? type.ReadWhole(ref reader, bits)
            : throw reader.Damaged($"an enumeration of {type.Class} with {type.Size} bytes; expected FixedPoint with {Size}.");
    }

    private static string NextName(ref HeaderReader reader, bool isPadded)
    {
        const int Padding = 8;
        List<byte> name = [];
        for (byte next = reader.Byte(); next != 0; next = reader.Byte())
        {
            name.Add(next);
        }

        reader.Skip(isPadded ? Padded(name.Count + 1, Padding) - name.Count - 1 : 0);
        return System.Text.Encoding.UTF8.GetString([.. name]);
    }

    /// <summary>A length, rounded up.</summary>
    public static int Padded(int length, int multiple) => (length + multiple - 1) / multiple * multiple;

    /// <summary>h5py's booleans: FALSE = 0, TRUE = 1 in one byte.</summary>
    private static bool IsBoolean(string[] names, ReadOnlySpan<byte> values) =>
        values.Length == 2 && names.Length == 2 &&
        Array.IndexOf(names, "FALSE") is >= 0 and int no && Array.IndexOf(names, "TRUE") is >= 0 and int yes && values[no] == 0 && values[yes] == 1;
}
