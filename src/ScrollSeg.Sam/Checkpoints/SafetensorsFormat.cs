using System.Buffers.Binary;
using System.Text.Json;

namespace ScrollSeg.Sam.Checkpoints;

/// <summary>
/// Reads the header of a safetensors file: eight bytes of length, JSON, then the elements. Specification:
/// https://huggingface.co/docs/safetensors, section Format. Gaps and overlaps are refused, as it demands.
/// </summary>
internal static class SafetensorsFormat
{
    /// <summary>The key under which the header keeps text about the file.</summary>
    public const string MetadataKey = "__metadata__";

    /// <summary>The reference implementation's own limit.</summary>
    private const long MaxHeaderBytes = 100_000_000;

    /// <summary>The names of the element types in the header.</summary>
    public static readonly IReadOnlyList<(string Name, TensorType Type)> Types =
    [
        ("F64", TensorType.Float64), ("F32", TensorType.Float32), ("F16", TensorType.Float16), ("BF16", TensorType.BFloat16),
        ("I64", TensorType.Int64), ("I32", TensorType.Int32), ("I16", TensorType.Int16), ("I8", TensorType.Int8),
        ("U8", TensorType.UInt8), ("BOOL", TensorType.Bool),
    ];

    /// <summary>Reads the header and checks every tensor's place.</summary>
    public static TensorIndex ReadIndex(FileBytes file)
    {
        long length = BinaryPrimitives.ReadInt64LittleEndian(file.Piece(0, 8, 8, "the header's length"));
        byte[] header = file.Piece(8, length, MaxHeaderBytes, "the header");
        Dictionary<string, StoredTensor> tensors = [];
        Dictionary<string, string> metadata = [];
        try
        {
            using JsonDocument document = JsonDocument.Parse(header);
            foreach (JsonProperty entry in document.RootElement.EnumerateObject())
            {
                if (entry.Name == MetadataKey)
                {
                    metadata = entry.Value.EnumerateObject().ToDictionary(e => e.Name, e => e.Value.GetString() ?? "");
                }
                else if (!tensors.TryAdd(entry.Name, ReadTensor(file, entry, dataStart: 8 + length)))
                {
                    throw file.Wrong($"lists the tensor {entry.Name} twice.");
                }
            }
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or FormatException
            or KeyNotFoundException or ArgumentException)
        {
            throw file.Wrong($"has a header of {length} bytes that is no safetensors header: {e.Message}", e);
        }

        CheckTiling(file, tensors, dataStart: 8 + length);
        return new TensorIndex(tensors, metadata, []);
    }

    private static StoredTensor ReadTensor(FileBytes file, JsonProperty entry, long dataStart)
    {
        string name = entry.Value.GetProperty("dtype").GetString() ?? "";
        (string Name, TensorType Type) type = Types.FirstOrDefault(t => t.Name == name);
        if (type.Name is null)
        {
            throw file.Wrong($"keeps {entry.Name} as {name}; known are {string.Join(", ", Types.Select(t => t.Name))}.");
        }

        long[] shape = [.. entry.Value.GetProperty("shape").EnumerateArray().Select(extent => extent.GetInt64())];
        long[] offsets = [.. entry.Value.GetProperty("data_offsets").EnumerateArray().Select(offset => offset.GetInt64())];
        long? count = StoredTensor.CheckedCount(shape);
        if (count is null || offsets is not [>= 0, >= 0] || offsets[1] < offsets[0] || offsets[1] > file.Length - dataStart
            || (Int128)count.Value * type.Type.ByteSize() != offsets[1] - offsets[0])
        {
            throw file.Wrong($"says that {entry.Name}, {name} {StoredTensor.Text(shape)}, lies at bytes "
                + $"{StoredTensor.Text(offsets)} of its {file.Length - dataStart} bytes of elements.");
        }

        return new StoredTensor(type.Type, shape, StoredTensor.RowMajor(shape), dataStart + offsets[0]);
    }

    private static void CheckTiling(FileBytes file, Dictionary<string, StoredTensor> tensors, long dataStart)
    {
        long end = dataStart;
        foreach ((string name, StoredTensor tensor) in tensors.OrderBy(t => t.Value.Offset).ThenBy(t => t.Value.Count))
        {
            if (tensor.Offset != end)
            {
                throw file.Wrong($"has {name} at byte {tensor.Offset} where {end} was expected: tensors "
                    + (tensor.Offset > end ? "leave a gap." : "overlap."));
            }

            end += tensor.Count * tensor.Type.ByteSize();
        }

        if (end != file.Length)
        {
            throw file.Wrong($"has {file.Length} bytes where its header accounts for {end}.");
        }
    }
}
