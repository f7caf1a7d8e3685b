using System.Globalization;
using System.Text.Json;
using ScrollSeg.Volumes.Codecs;

namespace ScrollSeg.Volumes.Zarr;

/// <summary>What <c>.zarray</c> says of an array of any rank, checked (Zarr v2, "Metadata").</summary>
internal sealed record ZarrHeader
{
    /// <summary>NumPy's limit before 2.0, and far beyond what a volume needs.</summary>
    private const int HighestRank = 32;

    /// <summary>Filters whose output has a length that follows from their input's, so that what a compressor has to give
    /// back before them is known without trusting the file.</summary>
    private static readonly string[] FixedLengthFilters =
        ["shuffle", "delta", "bitround", "crc32", "crc32c", "adler32"];

    /// <summary>Extent per axis, in elements, slowest axis first.</summary>
    public required int[] Shape { get; init; }

    /// <summary>Extent of every chunk per axis, in elements; those at the end overhang.</summary>
    public required int[] ChunkShape { get; init; }

    /// <summary>Distance in a decoded chunk from one element to the next along each axis, in elements. This is all that
    /// <c>order</c> C or F changes.</summary>
    public required int[] ChunkStrides { get; init; }

    /// <summary>Bytes of a decoded chunk.</summary>
    public required int ChunkBytes { get; init; }

    /// <summary>Type and byte order of the elements.</summary>
    public required ZarrDataType DataType { get; init; }

    /// <summary>What absent chunks hold.</summary>
    public required ZarrFillValue FillValue { get; init; }

    /// <summary>Between the indices of a chunk's key: <c>.</c> or <c>/</c>.</summary>
    public required char Separator { get; init; }

    /// <summary>The codecs in the order in which they encode: filters, then the compressor; may be empty.</summary>
    public required IReadOnlyList<ChunkCodec> Codecs { get; init; }

    /// <summary>Number of axes.</summary>
    public int Rank => Shape.Length;

    /// <summary>Type of the elements in memory.</summary>
    public VoxelType Type => DataType.Type;

    /// <summary>The codecs in a few words.</summary>
    public string CodecDescription => Codecs.Count == 0 ? "none" : string.Join(" + ", Codecs.Select(codec => codec.Description));

    /// <summary>The key of a chunk, relative to the array: its indices between separators; <c>0</c> for rank 0.</summary>
    public string ChunkKey(ReadOnlySpan<int> index)
    {
        if (index.IsEmpty)
        {
            return "0";
        }

        System.Text.StringBuilder key = new(index.Length * 4);
        for (int axis = 0; axis < index.Length; axis++)
        {
            _ = axis > 0 ? key.Append(Separator) : key;
            key.Append(CultureInfo.InvariantCulture, $"{index[axis]}");
        }

        return key.ToString();
    }

    /// <summary>Reads and checks a header. Keys that the specification does not name are passed over.</summary>
    /// <param name="json">The content of <c>.zarray</c>.</param>
    /// <param name="path">Where it came from, for messages.</param>
    /// <exception cref="VolumeFormatException">It is damaged, contradicts itself or asks for what is not supported.</exception>
    public static ZarrHeader Parse(ReadOnlyMemory<byte> json, string path)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(json);
            return Parse(document.RootElement);
        }
        catch (JsonException e)
        {
            throw new VolumeFormatException(path, $"is no valid JSON: {e.Message}", e);
        }
        catch (Exception e) when (e is InvalidDataException or NotSupportedException or ArgumentException)
        {
            throw new VolumeFormatException(path, e.Message, e);
        }
    }

    private static ZarrHeader Parse(JsonElement root)
    {
        if (root.ValueKind != JsonValueKind.Object)
        {
            throw new InvalidDataException($"holds a JSON {root.ValueKind}, expected an object.");
        }

        JsonElement version = Required(root, "zarr_format");
        if (version.ValueKind != JsonValueKind.Number || !version.TryGetInt32(out int number) || number != 2)
        {
            throw new InvalidDataException($"zarr_format is {version.GetRawText()}, expected 2.");
        }

        int[] shape = Extents(Required(root, "shape"), "shape");
        int[] chunks = Extents(Required(root, "chunks"), "chunks");
        ZarrDataType type = ZarrDataType.Parse(Required(root, "dtype"));
        int chunkBytes = CheckSizes(shape, chunks, type.Type);
        return new ZarrHeader
        {
            Shape = shape,
            ChunkShape = chunks,
            ChunkBytes = chunkBytes,
            ChunkStrides = Strides(chunks, Order(Required(root, "order"))),
            DataType = type,
            FillValue = ZarrFillValue.Parse(Required(root, "fill_value"), type.Type),
            Separator = SeparatorOf(root),
            Codecs = CodecsOf(Required(root, "filters"), Required(root, "compressor"), type.Type.ByteSize()),
        };
    }

    private static JsonElement Required(JsonElement root, string key) =>
        root.TryGetProperty(key, out JsonElement value)
            ? value
            : throw new InvalidDataException($"the key '{key}' is missing.");

    private static int[] Extents(JsonElement list, string key)
    {
        if (list.ValueKind != JsonValueKind.Array || list.GetArrayLength() > HighestRank)
        {
            throw new InvalidDataException($"{key} is {list.GetRawText()}, expected a list of at most {HighestRank} whole numbers.");
        }

        int[] extents = new int[list.GetArrayLength()];
        for (int axis = 0; axis < extents.Length; axis++)
        {
            if (list[axis].ValueKind != JsonValueKind.Number || !list[axis].TryGetInt32(out extents[axis]) || extents[axis] < 1)
            {
                throw new InvalidDataException(
                    $"{key} is {list.GetRawText()}: axis {axis} is no whole number from 1 to {int.MaxValue}.");
            }
        }

        return extents;
    }

    private static int CheckSizes(int[] shape, int[] chunks, VoxelType type)
    {
        if (shape.Length != chunks.Length)
        {
            throw new InvalidDataException($"shape has {shape.Length} axes, chunks has {chunks.Length}.");
        }

        Int128 voxels = 1;
        Int128 chunkBytes = type.ByteSize();
        for (int axis = 0; axis < shape.Length; axis++)
        {
            // multiplied one by one and checked at once: 32 factors would overflow 128 bits
            voxels *= shape[axis];
            chunkBytes *= chunks[axis];
            long covered = ((long)shape[axis] + chunks[axis] - 1) / chunks[axis] * chunks[axis];
            if (voxels * type.ByteSize() > long.MaxValue || covered > int.MaxValue)
            {
                throw new InvalidDataException($"shape [{string.Join(", ", shape)}] is too large to be addressed.");
            }

            if (chunkBytes > int.MaxValue)
            {
                throw new InvalidDataException(
                    $"chunks of [{string.Join(", ", chunks)}] {type.NumpyName()} are larger than 2 GiB each.");
            }
        }

        return (int)chunkBytes;
    }

    private static bool Order(JsonElement order) => order.ValueKind == JsonValueKind.String && order.GetString() is "C" or "F"
        ? order.GetString() == "F"
        : throw new InvalidDataException($"order is {order.GetRawText()}, expected \"C\" or \"F\".");

    private static int[] Strides(int[] chunks, bool firstAxisFastest)
    {
        int[] strides = new int[chunks.Length];
        int stride = 1;
        for (int i = 0; i < chunks.Length; i++)
        {
            int axis = firstAxisFastest ? i : chunks.Length - 1 - i;
            strides[axis] = stride;
            stride *= chunks[axis];
        }

        return strides;
    }

    private static char SeparatorOf(JsonElement root)
    {
        if (!root.TryGetProperty("dimension_separator", out JsonElement separator))
        {
            return '.';
        }

        return separator.ValueKind == JsonValueKind.String && separator.GetString() is "." or "/"
            ? separator.GetString()![0]
            : throw new InvalidDataException($"dimension_separator is {separator.GetRawText()}, expected \".\" or \"/\".");
    }

    private static List<ChunkCodec> CodecsOf(JsonElement filters, JsonElement compressor, int elementSize)
    {
        List<ChunkCodec> codecs = [];
        if (filters.ValueKind == JsonValueKind.Array)
        {
            codecs.AddRange(filters.EnumerateArray().Select(filter => FilterOf(filter, elementSize)));
        }
        else if (filters.ValueKind != JsonValueKind.Null)
        {
            throw new InvalidDataException($"filters is {filters.GetRawText()}, expected a list or null.");
        }

        if (compressor.ValueKind != JsonValueKind.Null)
        {
            codecs.Add(ZarrV2Codecs.Create(compressor, elementSize));
        }

        return codecs;
    }

    private static ChunkCodec FilterOf(JsonElement configuration, int elementSize)
    {
        ChunkCodec codec = ZarrV2Codecs.Create(configuration, elementSize);
        return FixedLengthFilters.Contains(codec.Name)
            ? codec
            : throw new NotSupportedException($"filter '{codec.Name}' is not read: its output has no fixed length.");
    }
}
