using System.Text.Json;
using ScrollSeg.Volumes.Codecs;

namespace ScrollSeg.Volumes.Zarr;

/// <summary>Reads the <c>zarr.json</c> of an array (Zarr v3 core, "Array metadata").</summary>
internal static class ZarrV3Header
{
    private static readonly string[] ArrayKeys =
    [
        "zarr_format", "node_type", "shape", "data_type", "chunk_grid", "chunk_key_encoding", "fill_value", "codecs", "attributes",
        "dimension_names", "storage_transformers",
    ];

    private static readonly string[] GroupKeys = ["zarr_format", "node_type", "attributes", "consolidated_metadata"];

    /// <summary>Reads an array's header.</summary>
    /// <exception cref="InvalidDataException">It is damaged or contradicts itself.</exception>
    /// <exception cref="NotSupportedException">It asks for what is not supported.</exception>
    public static ZarrHeader Parse(JsonElement root)
    {
        CheckKeys(root, ArrayKeys);
        int[] shape = ZarrHeader.Extents(ZarrHeader.Required(root, "shape"), "shape");
        VoxelType type = TypeOf(ZarrHeader.Required(root, "data_type"));
        int[] objects = ObjectShapeOf(ZarrHeader.Required(root, "chunk_grid"));
        RefuseTransformers(root);
        ZarrHeader.CheckSizes(shape, objects, type);
        ZarrFillValue fill = ZarrFillValue.Parse(ZarrHeader.Required(root, "fill_value"), type);
        (ChunkCoding coding, ShardCodec? shards) = ZarrV3Codings.Read(ZarrHeader.Required(root, "codecs"), objects, type, fill);
        (string prefix, char separator) = KeysOf(ZarrHeader.Required(root, "chunk_key_encoding"));
        return new ZarrHeader
        {
            Version = 3,
            Shape = shape,
            Coding = coding,
            Shards = shards,
            FillValue = fill,
            KeyPrefix = prefix,
            Separator = separator,
            DimensionNames = NamesOf(root, shape.Length),
        };
    }

    /// <summary>Refuses a <c>zarr.json</c> of another version, or with keys that say that they must be understood.</summary>
    /// <returns>Whether it is that of an array, not of a group.</returns>
    /// <exception cref="InvalidDataException">It is no <c>zarr.json</c>, or asks for what is not known.</exception>
    public static bool IsArray(JsonElement root)
    {
        if (root.ValueKind != JsonValueKind.Object)
        {
            throw new InvalidDataException($"holds a JSON {root.ValueKind}, expected an object.");
        }

        JsonElement version = ZarrHeader.Required(root, "zarr_format");
        if (version.ValueKind != JsonValueKind.Number || !version.TryGetInt32(out int number) || number != 3)
        {
            throw new InvalidDataException($"zarr_format is {JsonExcerpt.Of(version)}, expected 3.");
        }

        JsonElement node = ZarrHeader.Required(root, "node_type");
        string? type = node.ValueKind == JsonValueKind.String ? node.GetString() : null;
        if (type is not ("array" or "group"))
        {
            throw new InvalidDataException($"node_type is {JsonExcerpt.Of(node)}, expected \"array\" or \"group\".");
        }

        if (type == "group")
        {
            CheckKeys(root, GroupKeys);
        }

        return type == "array";
    }

    /// <summary>Name and configuration of an extension point, which may be a bare name.</summary>
    /// <exception cref="InvalidDataException">It is neither.</exception>
    public static (string Name, JsonElement Configuration) Extension(JsonElement value, string key)
    {
        if (value.ValueKind == JsonValueKind.String)
        {
            return (value.GetString() ?? "", default);
        }

        if (value.ValueKind != JsonValueKind.Object || !value.TryGetProperty("name", out JsonElement name) ||
            name.ValueKind != JsonValueKind.String)
        {
            throw new InvalidDataException($"{key} holds {JsonExcerpt.Of(value)}, expected an object with a name.");
        }

        bool isConfigured = value.TryGetProperty("configuration", out JsonElement configuration) &&
            configuration.ValueKind != JsonValueKind.Null;
        return !isConfigured || configuration.ValueKind == JsonValueKind.Object
            ? (name.GetString() ?? "", isConfigured ? configuration : default)
            : throw new InvalidDataException($"{key}: the configuration of '{name}' is {JsonExcerpt.Of(configuration)}, expected an object.");
    }

    private static void CheckKeys(JsonElement root, string[] known)
    {
        foreach (JsonProperty property in root.EnumerateObject())
        {
            bool mayBeIgnored = property.Value.ValueKind == JsonValueKind.Object &&
                property.Value.TryGetProperty("must_understand", out JsonElement must) && must.ValueKind == JsonValueKind.False;
            if (!known.Contains(property.Name) && !mayBeIgnored)
            {
                throw new NotSupportedException(
                    $"the key '{property.Name}' is not known, and does not say \"must_understand\": false.");
            }
        }
    }

    private static VoxelType TypeOf(JsonElement value)
    {
        (string name, _) = Extension(value, "data_type");
        foreach (VoxelType type in Enum.GetValues<VoxelType>())
        {
            if (type.NumpyName() == name)
            {
                return type;
            }
        }

        throw new NotSupportedException($"data_type '{name}' is not read as voxels: only bool, whole numbers and floats are.");
    }

    private static int[] ObjectShapeOf(JsonElement value)
    {
        (string name, JsonElement configuration) = Extension(value, "chunk_grid");
        return name == "regular"
            ? ZarrHeader.Extents(Setting(configuration, "chunk_shape", "chunk_grid"), "chunk_shape")
            : throw new NotSupportedException($"chunk_grid '{name}' is not read; only regular grids are.");
    }

    private static JsonElement Setting(JsonElement configuration, string key, string owner) =>
        configuration.ValueKind == JsonValueKind.Object && configuration.TryGetProperty(key, out JsonElement value)
            ? value
            : throw new InvalidDataException($"{owner}: the key '{key}' is missing in its configuration.");

    private static (string Prefix, char Separator) KeysOf(JsonElement value)
    {
        (string name, JsonElement configuration) = Extension(value, "chunk_key_encoding");
        (string prefix, char separator) = name switch
        {
            "default" => ("c", '/'),
            "v2" => ("", '.'),
            _ => throw new NotSupportedException($"chunk_key_encoding '{name}' is not read; only default and v2 are."),
        };
        if (configuration.ValueKind != JsonValueKind.Object || !configuration.TryGetProperty("separator", out JsonElement given))
        {
            return (prefix, separator);
        }

        return given.ValueKind == JsonValueKind.String && given.GetString() is "." or "/"
            ? (prefix, given.GetString()![0])
            : throw new InvalidDataException($"chunk_key_encoding: separator is {JsonExcerpt.Of(given)}, expected \".\" or \"/\".");
    }

    private static void RefuseTransformers(JsonElement root)
    {
        if (root.TryGetProperty("storage_transformers", out JsonElement list) &&
            !(list.ValueKind == JsonValueKind.Array && list.GetArrayLength() == 0))
        {
            string names = list.ValueKind == JsonValueKind.Array
                ? string.Join(", ", list.EnumerateArray().Select(item => Extension(item, "storage_transformers").Name))
                : JsonExcerpt.Of(list);
            throw new NotSupportedException($"storage transformer '{names}' is not read; there are none in the specification.");
        }
    }

    private static List<string?>? NamesOf(JsonElement root, int rank)
    {
        if (!root.TryGetProperty("dimension_names", out JsonElement list) || list.ValueKind == JsonValueKind.Null)
        {
            return null;
        }

        bool isList = list.ValueKind == JsonValueKind.Array && list.GetArrayLength() == rank &&
            list.EnumerateArray().All(name => name.ValueKind is JsonValueKind.String or JsonValueKind.Null);
        return isList
            ? [.. list.EnumerateArray().Select(name => name.GetString())]
            : throw new InvalidDataException($"dimension_names is {JsonExcerpt.Of(list)}, expected {rank} names or nulls.");
    }
}
