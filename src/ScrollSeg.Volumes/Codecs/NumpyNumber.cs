using System.Buffers.Binary;
using System.Globalization;

namespace ScrollSeg.Volumes.Codecs;

/// <summary>A number type as NumPy writes it, for example <c>&lt;i2</c>: byte order, kind, bytes.</summary>
/// <param name="Kind"><c>i</c> signed, <c>u</c> unsigned, <c>f</c> float.</param>
/// <param name="Size">Bytes.</param>
/// <param name="IsBigEndian">Whether the highest byte comes first.</param>
internal readonly record struct NumpyNumber(char Kind, int Size, bool IsBigEndian)
{
    /// <exception cref="NotSupportedException">It is not a number of a kind and size that NumPy has.</exception>
    public static NumpyNumber Parse(string text)
    {
        if (text.Length == 3
            && text[0] is '<' or '>' or '|'
            && text[2] is '1' or '2' or '4' or '8'
            && (text[1] is 'i' or 'u' || (text[1] == 'f' && text[2] != '1')))
        {
            return new NumpyNumber(text[1], text[2] - '0', text[0] == '>');
        }

        throw new NotSupportedException($"The type \"{text}\" is not a number like \"<i2\" or \">f4\".");
    }

    /// <summary>As NumPy writes it.</summary>
    public override string ToString() =>
        string.Create(CultureInfo.InvariantCulture, $"{(Size == 1 ? '|' : IsBigEndian ? '>' : '<')}{Kind}{Size}");

    /// <summary>The whole number at the start of <paramref name="bytes"/>, extended to 64 bits.</summary>
    public long ReadInteger(ReadOnlySpan<byte> bytes) => (Kind, Size, IsBigEndian) switch
    {
        ('u', 1, _) => bytes[0],
        ('u', 2, false) => BinaryPrimitives.ReadUInt16LittleEndian(bytes),
        ('u', 2, true) => BinaryPrimitives.ReadUInt16BigEndian(bytes),
        ('u', 4, false) => BinaryPrimitives.ReadUInt32LittleEndian(bytes),
        ('u', 4, true) => BinaryPrimitives.ReadUInt32BigEndian(bytes),
        (_, 1, _) => (sbyte)bytes[0],
        (_, 2, false) => BinaryPrimitives.ReadInt16LittleEndian(bytes),
        (_, 2, true) => BinaryPrimitives.ReadInt16BigEndian(bytes),
        (_, 4, false) => BinaryPrimitives.ReadInt32LittleEndian(bytes),
        (_, 4, true) => BinaryPrimitives.ReadInt32BigEndian(bytes),
        (_, _, false) => BinaryPrimitives.ReadInt64LittleEndian(bytes),
        (_, _, true) => BinaryPrimitives.ReadInt64BigEndian(bytes),
    };

    /// <summary>Writes the lowest bytes of a whole number.</summary>
    public void WriteInteger(Span<byte> bytes, long value)
    {
        for (int i = 0; i < Size; i++)
        {
            bytes[IsBigEndian ? Size - 1 - i : i] = (byte)(value >> (8 * i));
        }
    }

    /// <summary>The float at the start of <paramref name="bytes"/>.</summary>
    public double ReadFloat(ReadOnlySpan<byte> bytes) => (Size, IsBigEndian) switch
    {
        (4, false) => BinaryPrimitives.ReadSingleLittleEndian(bytes),
        (4, true) => BinaryPrimitives.ReadSingleBigEndian(bytes),
        (8, false) => BinaryPrimitives.ReadDoubleLittleEndian(bytes),
        (8, true) => BinaryPrimitives.ReadDoubleBigEndian(bytes),
        _ => throw new InvalidOperationException($"{this} is not read as a float."),
    };

    /// <summary>Writes a float.</summary>
    public void WriteFloat(Span<byte> bytes, double value) =>
        WriteInteger(
            bytes,
            Size == 4 ? BitConverter.SingleToInt32Bits((float)value) : BitConverter.DoubleToInt64Bits(value));
}
