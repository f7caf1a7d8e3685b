using System.Text.Json;
using ScrollSeg.Volumes.Codecs;

namespace ScrollSeg.Volumes.Zarr;

/// <summary>A <c>dtype</c> of Zarr v2: byte order, kind and bytes, as NumPy writes them (Zarr v2, "Data type encoding").</summary>
/// <param name="Type">How a voxel is stored in memory.</param>
/// <param name="BigEndian">Whether the most significant byte comes first in the file.</param>
internal readonly record struct ZarrDataType(VoxelType Type, bool BigEndian)
{
    /// <summary>The spelling of the types that we write: little-endian, <c>|</c> where there is no order.</summary>
    public static string Format(VoxelType type) => type switch
    {
        VoxelType.Bool => "|b1",
        VoxelType.UInt8 => "|u1",
        VoxelType.Int8 => "|i1",
        VoxelType.UInt16 => "<u2",
        VoxelType.UInt32 => "<u4",
        VoxelType.UInt64 => "<u8",
        VoxelType.Int16 => "<i2",
        VoxelType.Int32 => "<i4",
        VoxelType.Int64 => "<i8",
        VoxelType.Float16 => "<f2",
        VoxelType.Float32 => "<f4",
        VoxelType.Float64 => "<f8",
        _ => throw new ArgumentOutOfRangeException(nameof(type), type, null),
    };

    /// <summary>Reads a <c>dtype</c>.</summary>
    /// <exception cref="InvalidDataException">It is none, or one whose elements are no single numbers.</exception>
    public static ZarrDataType Parse(JsonElement dtype)
    {
        if (dtype.ValueKind == JsonValueKind.Array)
        {
            throw new InvalidDataException("dtype is structured (a list of fields); only single numbers are read as voxels.");
        }

        string text = dtype.ValueKind == JsonValueKind.String ? dtype.GetString() ?? "" : JsonExcerpt.Of(dtype);
        if (text.Length < 3 || text[0] is not ('<' or '>' or '|'))
        {
            throw new InvalidDataException($"dtype is '{text}', expected a byte order (<, > or |), a kind and a size, such as <u2.");
        }

        VoxelType type = text[1..] switch
        {
            "b1" => VoxelType.Bool,
            "u1" => VoxelType.UInt8,
            "u2" => VoxelType.UInt16,
            "u4" => VoxelType.UInt32,
            "u8" => VoxelType.UInt64,
            "i1" => VoxelType.Int8,
            "i2" => VoxelType.Int16,
            "i4" => VoxelType.Int32,
            "i8" => VoxelType.Int64,
            "f2" => VoxelType.Float16,
            "f4" => VoxelType.Float32,
            "f8" => VoxelType.Float64,
            _ => throw new InvalidDataException($"dtype '{text}' ({KindName(text[1])}) is not read as voxels."),
        };

        return text[0] == '|' && type.ByteSize() > 1
            ? throw new InvalidDataException($"dtype '{text}' has {type.ByteSize()} bytes but no byte order (< or >).")
            : new ZarrDataType(type, text[0] == '>');
    }

    private static string KindName(char kind) => kind switch
    {
        'c' => "complex numbers",
        'm' => "time spans",
        'M' => "dates",
        'S' => "byte strings",
        'U' => "text",
        'V' => "raw or structured bytes",
        'O' => "Python objects",
        _ => "a size or kind that Zarr v2 does not know",
    };
}
