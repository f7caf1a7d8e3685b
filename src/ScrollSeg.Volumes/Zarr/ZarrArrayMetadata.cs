using System.Text.Json.Nodes;
using ScrollSeg.Volumes.Codecs;

namespace ScrollSeg.Volumes.Zarr;

/// <summary>The header of an array that is to be written.</summary>
internal static class ZarrArrayMetadata
{
    /// <summary>The content of <c>.zarray</c> or <c>zarr.json</c>.</summary>
    /// <exception cref="NotSupportedException">The version has no such array.</exception>
    public static JsonObject Of(ZarrArraySpec spec) => spec.ZarrFormat == 2 ? Version2(spec) : Version3(spec);

    /// <summary>Object of a group that holds attributes, version 3.</summary>
    public static JsonObject Group(JsonObject attributes) =>
        new() { ["zarr_format"] = 3, ["node_type"] = "group", ["attributes"] = attributes };

    private static JsonObject Version2(ZarrArraySpec spec) => spec.ShardShape is not null
        ? throw new NotSupportedException("Zarr v2 has no shards; version 3 has.")
        : new JsonObject
        {
            ["zarr_format"] = 2,
            ["shape"] = Array(spec.Shape),
            ["chunks"] = Array(spec.ChunkShape),
            ["dtype"] = ZarrDataType.Format(spec.Type),
            ["compressor"] = spec.Codec is null ? null : ZarrV2Codecs.Describe(spec.Codec),
            ["fill_value"] = ZarrFillValue.From(spec.FillValue, spec.Type).ToJson(),
            ["order"] = "C",
            ["filters"] = null,
            ["dimension_separator"] = spec.Separator.ToString(),
        };

    private static JsonObject Version3(ZarrArraySpec spec) => new()
    {
        ["zarr_format"] = 3,
        ["node_type"] = "array",
        ["shape"] = Array(spec.Shape),
        ["data_type"] = spec.Type.NumpyName(),
        ["chunk_grid"] = Named("regular", new JsonObject { ["chunk_shape"] = Array(spec.ObjectShape) }),
        ["chunk_key_encoding"] = Named("default", new JsonObject { ["separator"] = spec.Separator.ToString() }),
        ["fill_value"] = ZarrFillValue.From(spec.FillValue, spec.Type).ToJson(),
        ["codecs"] = spec.ShardShape is null ? Codecs(spec, hasChecksum: false) : [Sharding(spec)],
        ["dimension_names"] = new JsonArray("z", "y", "x"),
    };

    private static JsonObject Sharding(ZarrArraySpec spec) => Named("sharding_indexed", new JsonObject
    {
        ["chunk_shape"] = Array(spec.ChunkShape),
        ["codecs"] = Codecs(spec, hasChecksum: true),
        ["index_codecs"] = new JsonArray(Bytes(elementSize: sizeof(ulong)), Checksum()),
        ["index_location"] = "end",
    });

    private static JsonArray Codecs(ZarrArraySpec spec, bool hasChecksum)
    {
        JsonArray codecs = [Bytes(spec.Type.ByteSize())];
        if (spec.Codec is not null)
        {
            codecs.Add(ZarrV3Codecs.Describe(spec.Codec));
        }

        if (hasChecksum)
        {
            codecs.Add(Checksum());
        }

        return codecs;
    }

    private static JsonObject Bytes(int elementSize) =>
        elementSize == 1 ? new JsonObject { ["name"] = "bytes" } : Named("bytes", new JsonObject { ["endian"] = "little" });

    private static JsonObject Checksum() => new() { ["name"] = "crc32c" };

    private static JsonObject Named(string name, JsonObject configuration) =>
        new() { ["name"] = name, ["configuration"] = configuration };

    private static JsonArray Array(Shape3 shape) => [shape.Z, shape.Y, shape.X];
}
