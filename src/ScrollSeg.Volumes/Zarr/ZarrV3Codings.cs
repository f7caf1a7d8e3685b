using System.Text.Json;
using ScrollSeg.Volumes.Codecs;

namespace ScrollSeg.Volumes.Zarr;

/// <summary>Puts the codecs of a <c>zarr.json</c> together: any number from array to array, one from array to bytes, any
/// number from bytes to bytes (Zarr v3 core, "Chunk encoding").</summary>
internal static class ZarrV3Codings
{
    private const string Sharding = "sharding_indexed";

    /// <summary>Shards in shards are rare, and a list that is made to go deeper is made to do harm.</summary>
    private const int DeepestNesting = 4;

    /// <summary>Reads the list of an array.</summary>
    /// <param name="list">The codecs.</param>
    /// <param name="shape">Extent of an object of the array.</param>
    /// <param name="type">Type of the elements.</param>
    /// <param name="fill">What absent chunks hold.</param>
    /// <returns>How a chunk is encoded, and how chunks lie in shards if parts of those can be read: where nothing is done to
    /// a shard as a whole. Else a shard is a chunk.</returns>
    public static (ChunkCoding Chunk, ShardCodec? Shards) Read(JsonElement list, int[] shape, VoxelType type, ZarrFillValue fill)
    {
        Parts parts = Parse(list, shape, type, fill, depth: 0);
        return parts is { Codecs: [ShardCodec shards], IsTransposed: false }
            ? (shards.Chunk, shards)
            : (parts.ToCoding(), null);
    }

    private static Parts Parse(JsonElement list, int[] shape, VoxelType type, ZarrFillValue fill, int depth)
    {
        if (list.ValueKind != JsonValueKind.Array || depth > DeepestNesting)
        {
            throw new InvalidDataException($"codecs is {JsonExcerpt.Of(list)}, expected a list, shards nested {DeepestNesting} deep at most.");
        }

        Parts parts = new(shape, type);
        foreach (JsonElement entry in list.EnumerateArray())
        {
            (string name, JsonElement configuration) = ZarrV3Header.Extension(entry, "codecs");
            switch (name)
            {
                case "transpose":
                    parts.Transpose(OrderOf(configuration, shape.Length));
                    break;
                case "bytes" or "endian":
                    parts.ToBytes(IsBigEndian(configuration, type), null);
                    break;
                case Sharding:
                    parts.ToBytes(!BitConverter.IsLittleEndian, ShardsOf(configuration, parts.EncodedShape, type, fill, depth));
                    break;
                default:
                    parts.Add(ZarrV3Codecs.Create(name, configuration, type.ByteSize()));
                    break;
            }
        }

        return parts.IsComplete ? parts : throw new InvalidDataException("codecs lacks one that turns an array into bytes, such as bytes.");
    }

    private static ShardCodec ShardsOf(JsonElement configuration, int[] shape, VoxelType type, ZarrFillValue fill, int depth)
    {
        int[] chunkShape = ZarrHeader.Extents(Setting(configuration, "chunk_shape"), $"{Sharding}: chunk_shape");
        if (chunkShape.Length != shape.Length)
        {
            throw new InvalidDataException($"{Sharding}: chunk_shape has {chunkShape.Length} axes, the shard has {shape.Length}.");
        }

        ChunkCoding chunk = Parse(Setting(configuration, "codecs"), CheckFits(chunkShape, shape), type, fill, depth + 1).ToCoding();
        Parts index = Parse(Setting(configuration, "index_codecs"), [1], VoxelType.UInt64, default, depth + 1);
        bool isAtEnd = true;
        if (configuration.TryGetProperty("index_location", out JsonElement location))
        {
            isAtEnd = location.ValueKind == JsonValueKind.String && location.GetString() is "start" or "end"
                ? location.GetString() == "end"
                : throw new InvalidDataException($"{Sharding}: index_location is {JsonExcerpt.Of(location)}, expected \"start\" or \"end\".");
        }

        return index.IsTransposed
            ? throw new NotSupportedException($"{Sharding}: a transposed index is not read.")
            : new ShardCodec(shape, chunk, index.Codecs, index.IsBigEndian, isAtEnd, fill);
    }

    /// <summary>So that no chunk is larger than what holds it, whose size was checked.</summary>
    private static int[] CheckFits(int[] chunk, int[] shard) => chunk.Zip(shard).All(axis => axis.First <= axis.Second)
        ? chunk
        : throw new InvalidDataException(
            $"{Sharding}: chunks of [{string.Join(", ", chunk)}] do not fit into shards of [{string.Join(", ", shard)}].");

    private static JsonElement Setting(JsonElement configuration, string key) =>
        configuration.ValueKind == JsonValueKind.Object && configuration.TryGetProperty(key, out JsonElement value)
            ? value
            : throw new InvalidDataException($"{Sharding}: the key '{key}' is missing in its configuration.");

    private static bool IsBigEndian(JsonElement configuration, VoxelType type)
    {
        if (configuration.ValueKind == JsonValueKind.Object && configuration.TryGetProperty("endian", out JsonElement endian) &&
            endian.ValueKind != JsonValueKind.Null)
        {
            return endian.ValueKind == JsonValueKind.String && endian.GetString() is "little" or "big"
                ? endian.GetString() == "big"
                : throw new InvalidDataException($"codec \"bytes\": endian is {JsonExcerpt.Of(endian)}, expected \"little\" or \"big\".");
        }

        return type.ByteSize() > 1
            ? throw new InvalidDataException($"codec \"bytes\": endian is missing, which {type.NumpyName()} needs.")
            : false;
    }

    private static int[] OrderOf(JsonElement configuration, int rank)
    {
        JsonElement list = configuration.ValueKind == JsonValueKind.Object && configuration.TryGetProperty("order", out JsonElement value)
            ? value
            : default;
        bool isList = list.ValueKind == JsonValueKind.Array && list.GetArrayLength() == rank &&
            list.EnumerateArray().All(axis => axis.ValueKind == JsonValueKind.Number && axis.TryGetInt32(out _));
        int[] order = isList ? [.. list.EnumerateArray().Select(axis => axis.GetInt32())] : [];
        return isList && order.Order().SequenceEqual(Enumerable.Range(0, rank))
            ? order
            : throw new InvalidDataException(
                $"codec \"transpose\": order is {(list.ValueKind == JsonValueKind.Undefined ? "missing" : JsonExcerpt.Of(list))}, " +
                $"expected the numbers 0 to {rank - 1} in some order.");
    }

    /// <summary>A list of codecs as far as it was read.</summary>
    private sealed class Parts(int[] shape, VoxelType type)
    {
        private readonly List<ChunkCodec> _codecs = [];

        /// <summary>Which axis of the chunk each axis of the encoded array is.</summary>
        private int[] _axes = [.. Enumerable.Range(0, shape.Length)];

        public IReadOnlyList<ChunkCodec> Codecs => _codecs;

        public bool IsComplete { get; private set; }

        public bool IsBigEndian { get; private set; }

        public bool IsTransposed => !_axes.SequenceEqual(Enumerable.Range(0, _axes.Length));

        /// <summary>Extents of the array behind all transpositions.</summary>
        public int[] EncodedShape => [.. _axes.Select(axis => shape[axis])];

        public void Transpose(int[] order)
        {
            RefuseAfterBytes("transpose");
            _axes = [.. order.Select(axis => _axes[axis])];
        }

        public void ToBytes(bool isBigEndian, ShardCodec? shards)
        {
            RefuseAfterBytes(shards is null ? "bytes" : Sharding);
            IsComplete = true;
            IsBigEndian = isBigEndian;
            if (shards is not null)
            {
                _codecs.Add(shards);
            }
        }

        public void Add(ChunkCodec codec)
        {
            if (!IsComplete)
            {
                throw new InvalidDataException($"codec \"{codec.Name}\" stands before the one that turns the array into bytes.");
            }

            _codecs.Add(codec);
        }

        public ChunkCoding ToCoding()
        {
            int[] encoded = ChunkCoding.RowMajor(EncodedShape);
            int[] strides = new int[shape.Length];
            for (int i = 0; i < strides.Length; i++)
            {
                strides[_axes[i]] = encoded[i];
            }

            CodecChain chain = new(_codecs, ZarrHeader.BytesOf(shape, type));
            return new ChunkCoding(shape, strides, new ZarrDataType(type, IsBigEndian), chain);
        }

        private void RefuseAfterBytes(string name)
        {
            if (IsComplete)
            {
                throw new InvalidDataException($"codec \"{name}\" stands behind the one that turns the array into bytes.");
            }
        }
    }
}
