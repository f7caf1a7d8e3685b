using System.Runtime.InteropServices;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace ScrollSeg.Volumes.Zarr;

/// <summary>The value of every voxel that no chunk holds, as the bytes of one voxel in native order.</summary>
/// <param name="Type">The voxels' type.</param>
/// <param name="Bits">Those bytes, the first one in the lowest 8 bits.</param>
internal readonly record struct ZarrFillValue(VoxelType Type, ulong Bits)
{
    /// <summary>Reads a <c>fill_value</c> (Zarr v2, "Fill value encoding"); <see langword="null"/> says that the value is
    /// undefined and is taken as 0, as zarr-python does.</summary>
    /// <exception cref="InvalidDataException">The type has no such value.</exception>
    public static ZarrFillValue Parse(JsonElement value, VoxelType type)
    {
        object? parsed = value.ValueKind switch
        {
            JsonValueKind.Null => 0L,
            JsonValueKind.True => type == VoxelType.Bool ? 1L : null,
            JsonValueKind.False => type == VoxelType.Bool ? 0L : null,
            JsonValueKind.String => type.IsFloat() ? ParseName(value.GetString()) : null,
            JsonValueKind.Number => ParseNumber(value, type),
            _ => null,
        };

        return parsed is not null && TryEncode(parsed, type, out ulong bits)
            ? new ZarrFillValue(type, bits)
            : throw new InvalidDataException(
                $"fill_value is {value.GetRawText()}, which no {type.NumpyName()} voxel has" +
                (value.ValueKind == JsonValueKind.String ? " (base64 fill values belong to types that are not read)." : "."));
    }

    /// <summary>A value as voxels of the type have it.</summary>
    /// <exception cref="ArgumentOutOfRangeException">They cannot have it.</exception>
    public static ZarrFillValue From(double value, VoxelType type)
    {
        object exact = type.IsFloat() || value != Math.Truncate(value) || Math.Abs(value) >= 9e15 ? value : (long)value;
        return TryEncode(exact, type, out ulong bits)
            ? new ZarrFillValue(type, bits)
            : throw new ArgumentOutOfRangeException(nameof(value), value, $"No {type.NumpyName()} voxel has this fill value.");
    }

    /// <summary>The value as <c>.zarray</c> spells it.</summary>
    public JsonNode ToJson() => Type switch
    {
        VoxelType.Bool => JsonValue.Create(Bits != 0),
        VoxelType.Float16 or VoxelType.Float32 or VoxelType.Float64 => FloatToJson(ToDouble()),
        VoxelType.UInt8 or VoxelType.UInt16 or VoxelType.UInt32 or VoxelType.UInt64 => JsonValue.Create(Bits),
        VoxelType.Int8 => JsonValue.Create((long)(sbyte)Bits),
        VoxelType.Int16 => JsonValue.Create((long)(short)Bits),
        VoxelType.Int32 => JsonValue.Create((long)(int)Bits),
        _ => JsonValue.Create((long)Bits),
    };

    /// <summary>Sets every voxel of a span of whole voxels.</summary>
    public void Fill(Span<byte> voxels)
    {
        switch (Type.ByteSize())
        {
            case 1:
                voxels.Fill((byte)Bits);
                break;
            case 2:
                MemoryMarshal.Cast<byte, ushort>(voxels).Fill((ushort)Bits);
                break;
            case 4:
                MemoryMarshal.Cast<byte, uint>(voxels).Fill((uint)Bits);
                break;
            default:
                MemoryMarshal.Cast<byte, ulong>(voxels).Fill(Bits);
                break;
        }
    }

    /// <summary>Whether every voxel has the value, bit for bit: -0.0 and other NaNs count as different, so that nothing is
    /// lost by not storing a chunk.</summary>
    public bool FillsAll(ReadOnlySpan<byte> voxels) => Type.ByteSize() switch
    {
        1 => !voxels.ContainsAnyExcept((byte)Bits),
        2 => !MemoryMarshal.Cast<byte, ushort>(voxels).ContainsAnyExcept((ushort)Bits),
        4 => !MemoryMarshal.Cast<byte, uint>(voxels).ContainsAnyExcept((uint)Bits),
        _ => !MemoryMarshal.Cast<byte, ulong>(voxels).ContainsAnyExcept(Bits),
    };

    private double ToDouble() => Type switch
    {
        VoxelType.Float16 => (double)BitConverter.UInt16BitsToHalf((ushort)Bits),
        VoxelType.Float32 => BitConverter.UInt32BitsToSingle((uint)Bits),
        _ => BitConverter.UInt64BitsToDouble(Bits),
    };

    private static JsonValue FloatToJson(double value) =>
        double.IsNaN(value) ? JsonValue.Create("NaN")
        : double.IsPositiveInfinity(value) ? JsonValue.Create("Infinity")
        : double.IsNegativeInfinity(value) ? JsonValue.Create("-Infinity")
        : JsonValue.Create(value);

    private static object? ParseName(string? name) => name switch
    {
        "NaN" => double.NaN,
        "Infinity" => double.PositiveInfinity,
        "-Infinity" => double.NegativeInfinity,
        _ => null,
    };

    private static object? ParseNumber(JsonElement value, VoxelType type)
    {
        if (!type.IsFloat() && value.TryGetInt64(out long integer))
        {
            return integer;
        }

        if (!type.IsFloat() && value.TryGetUInt64(out ulong large))
        {
            return large;
        }

        double number = value.GetDouble();
        return type.IsFloat() ? number
            : number == Math.Truncate(number) && Math.Abs(number) < 9e15 ? (long)number // some writers say 0.0 for integers
            : null;
    }

    private static bool TryEncode(object value, VoxelType type, out ulong bits)
    {
        (bool fits, bits) = (type, value) switch
        {
            (VoxelType.Bool, long v) => (v is 0 or 1, (ulong)v),
            (VoxelType.UInt8, long v) => (v is >= 0 and <= byte.MaxValue, (ulong)v),
            (VoxelType.UInt16, long v) => (v is >= 0 and <= ushort.MaxValue, (ulong)v),
            (VoxelType.UInt32, long v) => (v is >= 0 and <= uint.MaxValue, (ulong)v),
            (VoxelType.UInt64, long v) => (v >= 0, (ulong)v),
            (VoxelType.UInt64, ulong v) => (true, v),
            (VoxelType.Int8, long v) => (v is >= sbyte.MinValue and <= sbyte.MaxValue, (byte)v),
            (VoxelType.Int16, long v) => (v is >= short.MinValue and <= short.MaxValue, (ushort)v),
            (VoxelType.Int32, long v) => (v is >= int.MinValue and <= int.MaxValue, (uint)v),
            (VoxelType.Int64, long v) => (true, (ulong)v),
            (VoxelType.Float16, _) => (true, BitConverter.HalfToUInt16Bits((Half)Convert.ToDouble(value))),
            (VoxelType.Float32, _) => (true, BitConverter.SingleToUInt32Bits((float)Convert.ToDouble(value))),
            (VoxelType.Float64, _) => (true, BitConverter.DoubleToUInt64Bits(Convert.ToDouble(value))),
            _ => (false, 0UL),
        };

        return fits;
    }
}
