using System.Buffers.Binary;

namespace ScrollSeg.Sam.Checkpoints;

/// <summary>Sizes of tensor elements, and what they are as 32-bit floats.</summary>
internal static class TensorElements
{
    /// <summary>Bytes per element.</summary>
    public static int ByteSize(this TensorType type) => type switch
    {
        TensorType.Float64 or TensorType.Int64 => 8,
        TensorType.Float32 or TensorType.Int32 => 4,
        TensorType.Float16 or TensorType.BFloat16 or TensorType.Int16 => 2,
        _ => 1,
    };

    /// <summary>Converts little-endian elements.</summary>
    /// <param name="type">How the elements are kept.</param>
    /// <param name="source">As many elements as <paramref name="destination"/> holds.</param>
    /// <param name="destination">Receives them, rounded to the nearest float.</param>
    public static void ToSingle(TensorType type, ReadOnlySpan<byte> source, Span<float> destination)
    {
        int size = type.ByteSize();
        for (int i = 0; i < destination.Length; i++)
        {
            destination[i] = One(type, source.Slice(i * size, size));
        }
    }

    private static float One(TensorType type, ReadOnlySpan<byte> element) => type switch
    {
        TensorType.Float64 => (float)BinaryPrimitives.ReadDoubleLittleEndian(element),
        TensorType.Float32 => BinaryPrimitives.ReadSingleLittleEndian(element),
        TensorType.Float16 => (float)BinaryPrimitives.ReadHalfLittleEndian(element),
        TensorType.BFloat16 => BitConverter.UInt32BitsToSingle((uint)BinaryPrimitives.ReadUInt16LittleEndian(element) << 16),
        TensorType.Int64 => BinaryPrimitives.ReadInt64LittleEndian(element),
        TensorType.Int32 => BinaryPrimitives.ReadInt32LittleEndian(element),
        TensorType.Int16 => BinaryPrimitives.ReadInt16LittleEndian(element),
        TensorType.Int8 => (sbyte)element[0],
        TensorType.UInt8 or TensorType.Bool => element[0],
        _ => throw new ArgumentOutOfRangeException(nameof(type), type, null),
    };
}
