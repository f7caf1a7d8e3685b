using System.Text.Json;
using System.Text.Json.Nodes;

namespace ScrollSeg.Volumes.Codecs;

/// <summary>The codecs from bytes to bytes that a <c>zarr.json</c> may name (Zarr v3 core, "Codecs"; zarr-extensions).</summary>
public static class ZarrV3Codecs
{
    private const string NumcodecsPrefix = "numcodecs.";

    /// <summary>numcodecs' own that zarr-python offers in version 3 and that turn bytes into bytes.</summary>
    private static readonly string[] FromNumcodecs =
        ["zlib", "gzip", "zstd", "lz4", "blosc", "shuffle", "crc32", "crc32c", "adler32", "bz2", "lzma"];

    /// <summary>Makes a codec.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="configuration">Its configuration; an undefined element if it has none.</param>
    /// <param name="elementSize">Bytes per voxel, which Blosc needs for writing where the configuration does not say.</param>
    /// <exception cref="NotSupportedException">The codec is not known.</exception>
    /// <exception cref="InvalidDataException">The configuration is not what the codec's should be.</exception>
    public static ChunkCodec Create(string name, JsonElement configuration, int elementSize)
    {
        CodecSettings settings = new(name, configuration);
        try
        {
            return name switch
            {
                "gzip" => new GzipCodec(settings.Int32("level", 5)),
                "zstd" => new ZstdCodec(settings.Int32("level", 0), settings.Boolean("checksum", false)),
                "crc32c" => new ChecksumFilter(ChecksumAlgorithm.Crc32C),
                "blosc" => new BloscCodec(BloscOptionsOf(settings, elementSize)),
                _ when name.StartsWith(NumcodecsPrefix, StringComparison.Ordinal) &&
                    FromNumcodecs.Contains(name[NumcodecsPrefix.Length..]) =>
                        ZarrV2Codecs.Create(settings with { Id = name[NumcodecsPrefix.Length..] }, elementSize),
                _ => throw new NotSupportedException($"The Zarr codec \"{name}\" is not supported."),
            };
        }
        catch (ArgumentOutOfRangeException problem)
        {
            throw new InvalidDataException($"codec \"{name}\": {problem.Message}", problem);
        }
    }

    /// <summary>The object that stands for a codec in a <c>zarr.json</c>.</summary>
    /// <exception cref="NotSupportedException">Zarr v3 has no such codec.</exception>
    public static JsonObject Describe(ChunkCodec codec) => codec switch
    {
        GzipCodec gzip => Named("gzip", new JsonObject { ["level"] = gzip.Level }),
        ZstdCodec zstd => Named("zstd", new JsonObject { ["level"] = zstd.Level, ["checksum"] = zstd.Checksum }),
        ChecksumFilter { Algorithm: ChecksumAlgorithm.Crc32C, AtEnd: true } => new JsonObject { ["name"] = "crc32c" },
        BloscCodec blosc => Named("blosc", new JsonObject
        {
            ["cname"] = BloscCodec.NameOf(blosc.Options.Compressor),
            ["clevel"] = blosc.Options.Level,
            ["shuffle"] = blosc.Options.EffectiveShuffle switch
            {
                BloscShuffle.None => "noshuffle",
                BloscShuffle.Bit => "bitshuffle",
                _ => "shuffle",
            },
            ["typesize"] = blosc.Options.ElementSize,
            ["blocksize"] = blosc.Options.BlockSize,
        }),
        _ => throw new NotSupportedException($"The codec \"{codec.Name}\" is not written in Zarr v3."),
    };

    private static JsonObject Named(string name, JsonObject configuration) =>
        new() { ["name"] = name, ["configuration"] = configuration };

    private static BloscOptions BloscOptionsOf(CodecSettings settings, int elementSize) => new()
    {
        Compressor = ZarrV2Codecs.CompressorOf(settings.String("cname")),
        Level = settings.Int32("clevel", 5),
        Shuffle = settings.String("shuffle") switch
        {
            "noshuffle" => BloscShuffle.None,
            "shuffle" => BloscShuffle.Byte,
            "bitshuffle" => BloscShuffle.Bit,
            string other => throw new InvalidDataException(
                $"codec \"blosc\": shuffle is \"{other}\", expected noshuffle, shuffle or bitshuffle."),
        },
        BlockSize = settings.Int32("blocksize", 0),
        ElementSize = settings.Int32("typesize", elementSize),
    };
}
