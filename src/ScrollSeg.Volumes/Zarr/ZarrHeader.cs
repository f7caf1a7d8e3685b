using System.Globalization;
using System.Text.Json;
using ScrollSeg.Volumes.Codecs;

namespace ScrollSeg.Volumes.Zarr;

/// <summary>What <c>.zarray</c> or <c>zarr.json</c> says of an array of any rank, checked. Version 2 is read here (Zarr v2,
/// "Metadata"), version 3 by <see cref="ZarrV3Header"/>.</summary>
internal sealed record ZarrHeader
{
    /// <summary>NumPy's limit before 2.0, and far beyond what a volume needs.</summary>
    public const int HighestRank = 32;

    /// <summary>Version of Zarr: 2 or 3.</summary>
    public required int Version { get; init; }

    /// <summary>Extent per axis, in elements, slowest axis first.</summary>
    public required int[] Shape { get; init; }

    /// <summary>How a chunk is encoded: the smallest part that can be read alone.</summary>
    public required ChunkCoding Coding { get; init; }

    /// <summary>How chunks lie together in one object; <see langword="null"/> if each is an object of its own.</summary>
    public ShardCodec? Shards { get; init; }

    /// <summary>What absent chunks hold.</summary>
    public required ZarrFillValue FillValue { get; init; }

    /// <summary>Between the indices of a chunk's key: <c>.</c> or <c>/</c>.</summary>
    public required char Separator { get; init; }

    /// <summary>What keys of chunks begin with: <c>c</c> or nothing.</summary>
    public string KeyPrefix { get; init; } = "";

    /// <summary>Names of the axes where the header gives them; <see langword="null"/> for one without.</summary>
    public IReadOnlyList<string?>? DimensionNames { get; init; }

    /// <summary>Extent of every chunk per axis, in elements; those at the end overhang.</summary>
    public int[] ChunkShape => Coding.Shape;

    /// <summary>Distance in a decoded chunk from one element to the next along each axis, in elements.</summary>
    public int[] ChunkStrides => Coding.Strides;

    /// <summary>Bytes of a decoded chunk.</summary>
    public int ChunkBytes => Coding.Bytes;

    /// <summary>Type and byte order of the elements.</summary>
    public ZarrDataType DataType => Coding.DataType;

    /// <summary>Number of axes.</summary>
    public int Rank => Shape.Length;

    /// <summary>Type of the elements in memory.</summary>
    public VoxelType Type => DataType.Type;

    /// <summary>The codecs in a few words.</summary>
    public string CodecDescription => Shards?.Description ?? Coding.Chain.Description;

    /// <summary>The key of the object that holds a chunk, relative to the array: its indices between separators, behind the
    /// prefix if there is one; <c>0</c> or <c>c</c> for rank 0.</summary>
    public string KeyOfChunk(ReadOnlySpan<int> index)
    {
        System.Text.StringBuilder key = new(KeyPrefix, KeyPrefix.Length + (index.Length * 4));
        for (int axis = 0; axis < index.Length; axis++)
        {
            _ = key.Length > 0 ? key.Append(Separator) : key;
            key.Append(CultureInfo.InvariantCulture, $"{index[axis] / (Shards?.Count[axis] ?? 1)}");
        }

        return key.Length > 0 ? key.ToString() : "0";
    }

    /// <summary>Which of its shard's chunks a chunk is, C order.</summary>
    public int NumberInShard(ReadOnlySpan<int> index)
    {
        int number = 0;
        for (int axis = 0; Shards is not null && axis < index.Length; axis++)
        {
            number = (number * Shards.Count[axis]) + (index[axis] % Shards.Count[axis]);
        }

        return number;
    }

    /// <summary>Whether a key, relative to the array, is one that chunks have.</summary>
    public bool IsKeyOfChunk(string key, char separator)
    {
        if (KeyPrefix.Length > 0)
        {
            return key == KeyPrefix || (key.StartsWith($"{KeyPrefix}{separator}", StringComparison.Ordinal) &&
                ZarrChunkKey.Matches(key[(KeyPrefix.Length + 1)..], Rank, separator));
        }

        return ZarrChunkKey.Matches(key, Rank, separator);
    }

    /// <summary>Reads and checks a header. Keys that the specification does not name are passed over.</summary>
    /// <param name="json">The content of <c>.zarray</c> or <c>zarr.json</c>.</param>
    /// <param name="version">Which of them.</param>
    /// <param name="path">Where it came from, for messages.</param>
    /// <exception cref="VolumeFormatException">It is damaged, contradicts itself or asks for what is not supported.</exception>
    public static ZarrHeader Parse(ReadOnlyMemory<byte> json, int version, string path)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(json);
            return version == 2 ? Parse(document.RootElement) : ZarrV3Header.Parse(document.RootElement);
        }
        catch (JsonException e)
        {
            throw new VolumeFormatException(path, $"is no valid JSON: {e.Message}", e);
        }
        catch (InvalidOperationException e)
        {
            // what JsonElement throws for text that is no UTF-8, or has half a surrogate pair, when it is asked for
            throw new VolumeFormatException(path, $"holds text that is no text: {e.Message}", e);
        }
        catch (OverflowException e)
        {
            throw new VolumeFormatException(path, "chunks grow beyond 2 GiB in the filters.", e);
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
            throw new InvalidDataException($"zarr_format is {JsonExcerpt.Of(version)}, expected 2.");
        }

        int[] shape = Extents(Required(root, "shape"), "shape");
        int[] chunks = Extents(Required(root, "chunks"), "chunks");
        ZarrDataType type = ZarrDataType.Parse(Required(root, "dtype"));
        CheckSizes(shape, chunks, type.Type);
        int chunkBytes = BytesOf(chunks, type.Type);
        int[] strides = Strides(chunks, Order(Required(root, "order")));
        CodecChain chain = new(CodecsOf(Required(root, "filters"), Required(root, "compressor"), type.Type.ByteSize()), chunkBytes);
        return new ZarrHeader
        {
            Version = 2,
            Shape = shape,
            Coding = new ChunkCoding(chunks, strides, type, chain),
            FillValue = ZarrFillValue.Parse(Required(root, "fill_value"), type.Type),
            Separator = SeparatorOf(root),
        };
    }

    /// <summary>A key that must be there.</summary>
    /// <exception cref="InvalidDataException">It is not.</exception>
    internal static JsonElement Required(JsonElement root, string key) =>
        root.TryGetProperty(key, out JsonElement value)
            ? value
            : throw new InvalidDataException($"the key '{key}' is missing.");

    /// <summary>A list of extents.</summary>
    /// <exception cref="InvalidDataException">It is none.</exception>
    internal static int[] Extents(JsonElement list, string key)
    {
        if (list.ValueKind != JsonValueKind.Array || list.GetArrayLength() > HighestRank)
        {
            throw new InvalidDataException($"{key} is {JsonExcerpt.Of(list)}, expected a list of at most {HighestRank} whole numbers.");
        }

        int[] extents = new int[list.GetArrayLength()];
        for (int axis = 0; axis < extents.Length; axis++)
        {
            if (list[axis].ValueKind != JsonValueKind.Number || !list[axis].TryGetInt32(out extents[axis]) || extents[axis] < 1)
            {
                throw new InvalidDataException(
                    $"{key} is {JsonExcerpt.Of(list)}: axis {axis} is no whole number from 1 to {int.MaxValue}.");
            }
        }

        return extents;
    }

    /// <summary>Refuses arrays that cannot be addressed.</summary>
    /// <exception cref="InvalidDataException">They cannot.</exception>
    internal static void CheckSizes(int[] shape, int[] chunks, VoxelType type)
    {
        if (shape.Length != chunks.Length)
        {
            throw new InvalidDataException($"shape has {shape.Length} axes, chunks has {chunks.Length}.");
        }

        Int128 bytes = type.ByteSize();
        for (int axis = 0; axis < shape.Length; axis++)
        {
            // multiplied one by one and checked at once: 32 factors would overflow 128 bits
            bytes *= shape[axis];
            long covered = ((long)shape[axis] + chunks[axis] - 1) / chunks[axis] * chunks[axis];
            if (bytes > long.MaxValue || covered > int.MaxValue)
            {
                throw new InvalidDataException($"shape [{string.Join(", ", shape)}] is too large to be addressed.");
            }
        }
    }

    /// <summary>Bytes of a decoded chunk.</summary>
    /// <exception cref="InvalidDataException">It is larger than a span can be.</exception>
    internal static int BytesOf(int[] chunk, VoxelType type)
    {
        long bytes = type.ByteSize();
        foreach (int extent in chunk)
        {
            bytes *= extent; // both below 2^31
            if (bytes > int.MaxValue)
            {
                throw new InvalidDataException($"chunks of [{string.Join(", ", chunk)}] {type.NumpyName()} are larger than 2 GiB each.");
            }
        }

        return (int)bytes;
    }

    private static bool Order(JsonElement order) => order.ValueKind == JsonValueKind.String && order.GetString() is "C" or "F"
        ? order.GetString() == "F"
        : throw new InvalidDataException($"order is {JsonExcerpt.Of(order)}, expected \"C\" or \"F\".");

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
            : throw new InvalidDataException($"dimension_separator is {JsonExcerpt.Of(separator)}, expected \".\" or \"/\".");
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
            throw new InvalidDataException($"filters is {JsonExcerpt.Of(filters)}, expected a list or null.");
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
        return codec.IsFixedLength // so that what a compressor has to give back is known without trusting the file
            ? codec
            : throw new NotSupportedException($"filter '{codec.Name}' is not read: its output has no fixed length.");
    }
}
