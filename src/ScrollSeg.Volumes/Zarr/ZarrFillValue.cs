using System.Globalization;
using System.Runtime.InteropServices;
using System.Text.Json;
using System.Text.Json.Nodes;
using ScrollSeg.Volumes.Codecs;

namespace ScrollSeg.Volumes.Zarr;

/// <summary>The value of every voxel that no chunk holds, as the bytes of one voxel in native order.</summary>
/// <param name="Type">The voxels' type.</param>
/// <param name="Bits">Those bytes, the first one in the lowest 8 bits.</param>
internal readonly record struct ZarrFillValue(VoxelType Type, ulong Bits)
{
    /// <summary>Reads a <c>fill_value</c> (Zarr v2, "Fill value encoding"; Zarr v3 core, "Fill value"); <see langword="null"/>
    /// says that the value is undefined and is taken as 0, as zarr-python does. Floats may be the hexadecimal digits of their
    /// bits, most significant first (v3).</summary>
    /// <exception cref="InvalidDataException">The type has no such value.</exception>
    public static ZarrFillValue Parse(JsonElement value, VoxelType type)
    {
        ulong? bits = type.IsFloat()
            ? ParseBits(value, type) ?? Encode(ParseFloat(value), type)
            : Encode(ParseInteger(value, type), type);
        return bits is ulong known
            ? new ZarrFillValue(type, known)
            : throw new InvalidDataException(
                $"fill_value is {JsonExcerpt.Of(value)}, which no {type.NumpyName()} voxel has" +
                (value.ValueKind == JsonValueKind.String ? " (base64 fill values belong to types that are not read)." : "."));
    }

    /// <summary>A value as voxels of the type have it.</summary>
    /// <exception cref="ArgumentOutOfRangeException">They cannot have it.</exception>
    public static ZarrFillValue From(double value, VoxelType type)
    {
        ulong? bits = type.IsFloat() ? Encode(value, type) : Encode(ToInteger(value), type);
        return bits is ulong known
            ? new ZarrFillValue(type, known)
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

    private static ulong? ParseBits(JsonElement value, VoxelType type) =>
        value.ValueKind == JsonValueKind.String && value.GetString() is string text &&
        text.StartsWith("0x", StringComparison.Ordinal) && text.Length == 2 + (2 * type.ByteSize()) &&
        ulong.TryParse(text.AsSpan(2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out ulong bits)
            ? bits
            : null;

    private static double? ParseFloat(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Null => 0,
        JsonValueKind.Number => value.GetDouble(),
        JsonValueKind.String => value.GetString() switch
        {
            "NaN" => double.NaN,
            "Infinity" => double.PositiveInfinity,
            "-Infinity" => double.NegativeInfinity,
            _ => null,
        },
        _ => null,
    };

    private static Int128? ParseInteger(JsonElement value, VoxelType type) => value.ValueKind switch
    {
        JsonValueKind.Null => 0,
        JsonValueKind.True when type == VoxelType.Bool => 1,
        JsonValueKind.False when type == VoxelType.Bool => 0,
        JsonValueKind.Number when value.TryGetInt64(out long integer) => integer,
        JsonValueKind.Number when value.TryGetUInt64(out ulong large) => large,
        JsonValueKind.Number => ToInteger(value.GetDouble()), // some writers say 0.0 for integers
        _ => null,
    };

    /// <summary>The whole number that a double holds exactly; <see langword="null"/> if it holds none.</summary>
    private static Int128? ToInteger(double value) =>
        value == Math.Truncate(value) && Math.Abs(value) < 9e15 ? (Int128)value : null;

    /// <summary>NaN is the one with a positive sign and no payload (Zarr v3 core, "Fill value"), which NumPy's is too and
    /// .NET's is not.</summary>
    private static ulong? Encode(double? value, VoxelType type) => value is not double number ? null : type switch
    {
        VoxelType.Float16 when double.IsNaN(number) => 0x7e00,
        VoxelType.Float32 when double.IsNaN(number) => 0x7fc0_0000,
        VoxelType.Float64 when double.IsNaN(number) => 0x7ff8_0000_0000_0000,
        VoxelType.Float16 => BitConverter.HalfToUInt16Bits((Half)number),
        VoxelType.Float32 => BitConverter.SingleToUInt32Bits((float)number),
        _ => BitConverter.DoubleToUInt64Bits(number),
    };

    private static ulong? Encode(Int128? value, VoxelType type)
    {
        int bits = type == VoxelType.Bool ? 1 : 8 * type.ByteSize();
        Int128 lowest = type.IsUnsigned() ? 0 : -(Int128.One << (bits - 1));
        Int128 highest = lowest + (Int128.One << bits) - 1;
        return value is Int128 number && number >= lowest && number <= highest
            ? (ulong)(number & ((Int128.One << bits) - 1))
            : null;
    }
}
