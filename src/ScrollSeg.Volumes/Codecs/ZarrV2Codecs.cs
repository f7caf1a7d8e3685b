using System.Text.Json;
using System.Text.Json.Nodes;

namespace ScrollSeg.Volumes.Codecs;

/// <summary>The codecs that a <c>.zarray</c> may name, with numcodecs' names and settings.</summary>
public static class ZarrV2Codecs
{
    private const string Names = "blosc-zstd, blosc-lz4, zstd, gzip, none";

    /// <summary>Makes the codec of a <c>compressor</c> or of an entry of <c>filters</c>.</summary>
    /// <param name="configuration">The object, with an <c>id</c>. Settings that are absent have numcodecs' defaults.</param>
    /// <param name="elementSize">Bytes per voxel, which Blosc needs for writing and the metadata do not say. 1.</param>
    /// <exception cref="NotSupportedException">The codec is not known, or only in another form.</exception>
    /// <exception cref="InvalidDataException">The configuration is not what the codec's should be.</exception>
    public static ChunkCodec Create(JsonElement configuration, int elementSize = 1) =>
        Create(new CodecSettings(configuration), elementSize);

    /// <summary>Makes the codec that settings name.</summary>
    internal static ChunkCodec Create(CodecSettings settings, int elementSize)
    {
        try
        {
            return settings.Id switch
            {
                "blosc" => new BloscCodec(BloscOptionsOf(settings, elementSize)),
                "zstd" => new ZstdCodec(settings.Int32("level", 1), settings.Boolean("checksum", false)),
                "gzip" => new GzipCodec(settings.Int32("level", 1)),
                "zlib" => new ZlibCodec(settings.Int32("level", 1)),
                "lz4" => new Lz4Codec(settings.Int32("acceleration", 1)),
                "shuffle" => new ShuffleFilter(settings.Int32("elementsize", 4)),
                "delta" => new DeltaFilter(settings.String("dtype"), settings.String("astype", settings.String("dtype"))),
                "bitround" => new BitRoundFilter(settings.Int32("keepbits", 0)),
                "crc32" => new ChecksumFilter(ChecksumAlgorithm.Crc32, IsAtEnd(settings)),
                "crc32c" => new ChecksumFilter(ChecksumAlgorithm.Crc32C, IsAtEnd(settings)),
                "adler32" => new ChecksumFilter(ChecksumAlgorithm.Adler32, IsAtEnd(settings)),
                string id => throw new NotSupportedException($"The Zarr codec \"{id}\" is not supported."),
            };
        }
        catch (ArgumentOutOfRangeException problem)
        {
            throw new InvalidDataException($"codec \"{settings.Id}\": {problem.Message}", problem);
        }
    }

    /// <summary>The object that stands for a codec in a <c>.zarray</c>.</summary>
    /// <exception cref="NotSupportedException">Zarr v2 has no such codec.</exception>
    public static JsonObject Describe(ChunkCodec codec) => codec switch
    {
        BloscCodec blosc => new JsonObject
        {
            ["id"] = blosc.Name,
            ["cname"] = BloscCodec.NameOf(blosc.Options.Compressor),
            ["clevel"] = blosc.Options.Level,
            ["shuffle"] = (int)blosc.Options.Shuffle,
            ["blocksize"] = blosc.Options.BlockSize,
        },
        ZstdCodec { Checksum: true } zstd => new JsonObject
        {
            ["id"] = zstd.Name,
            ["level"] = zstd.Level,
            ["checksum"] = true,
        },
        ZstdCodec zstd => new JsonObject { ["id"] = zstd.Name, ["level"] = zstd.Level },
        GzipCodec gzip => new JsonObject { ["id"] = gzip.Name, ["level"] = gzip.Level },
        ZlibCodec zlib => new JsonObject { ["id"] = zlib.Name, ["level"] = zlib.Level },
        Lz4Codec lz4 => new JsonObject { ["id"] = lz4.Name, ["acceleration"] = lz4.Acceleration },
        ShuffleFilter shuffle => new JsonObject { ["id"] = shuffle.Name, ["elementsize"] = shuffle.ElementSize },
        DeltaFilter delta => new JsonObject
        {
            ["id"] = delta.Name,
            ["dtype"] = delta.DecodedType,
            ["astype"] = delta.EncodedType,
        },
        BitRoundFilter bitRound => new JsonObject { ["id"] = bitRound.Name, ["keepbits"] = bitRound.KeepBits },
        ChecksumFilter checksum when checksum.AtEnd == new ChecksumFilter(checksum.Algorithm).AtEnd =>
            new JsonObject { ["id"] = checksum.Name },
        ChecksumFilter checksum => new JsonObject
        {
            ["id"] = checksum.Name,
            ["location"] = checksum.AtEnd ? "end" : "start",
        },
        _ => throw new NotSupportedException($"The codec \"{codec.Name}\" has no name in Zarr v2."),
    };

    /// <summary>The codec that the command line's <c>--codec</c> names.</summary>
    /// <param name="name"><c>blosc-zstd</c> (level 3), <c>blosc-lz4</c> (level 5), both with byte shuffle, <c>zstd</c>
    /// (level 3), <c>gzip</c> (level 5), or <c>none</c>.</param>
    /// <param name="elementSize">Bytes per voxel.</param>
    /// <returns>The codec; <see langword="null"/> for <c>none</c>.</returns>
    /// <exception cref="ArgumentException">Another name.</exception>
    public static ChunkCodec? FromName(string name, int elementSize) => name switch
    {
        "blosc-zstd" => Blosc(BloscCompressor.Zstd, level: 3, elementSize),
        "blosc-lz4" => Blosc(BloscCompressor.Lz4, level: 5, elementSize),
        "zstd" => new ZstdCodec(level: 3),
        "gzip" => new GzipCodec(level: 5),
        "none" => null,
        _ => throw new ArgumentException($"The codec \"{name}\" is not known: use one of {Names}.", nameof(name)),
    };

    /// <summary>Blosc's compressor of a name.</summary>
    /// <exception cref="NotSupportedException">It is not read.</exception>
    internal static BloscCompressor CompressorOf(string name) => name switch
    {
        "blosclz" => BloscCompressor.BloscLz,
        "lz4" => BloscCompressor.Lz4,
        "lz4hc" => BloscCompressor.Lz4Hc,
        "zlib" => BloscCompressor.Zlib,
        "zstd" => BloscCompressor.Zstd,
        _ => throw new NotSupportedException($"Blosc's compressor \"{name}\" is not supported."),
    };

    private static BloscCodec Blosc(BloscCompressor compressor, int level, int elementSize) =>
        new(new BloscOptions { Compressor = compressor, Level = level, ElementSize = elementSize });

    /// <summary>Where a checksum stands; <see langword="null"/> if the metadata leave that to the algorithm.</summary>
    private static bool? IsAtEnd(CodecSettings settings) => settings.String("location", "") switch
    {
        "" => null,
        "start" => false,
        "end" => true,
        string location => throw new NotSupportedException(
            $"The codec \"{settings.Id}\" with the location \"{location}\" is not supported: expected start or end."),
    };

    private static BloscOptions BloscOptionsOf(CodecSettings settings, int elementSize) => new()
    {
        Compressor = CompressorOf(settings.String("cname", "lz4")),
        Level = settings.Int32("clevel", 5),
        Shuffle = (BloscShuffle)settings.Int32("shuffle", 1),
        BlockSize = settings.Int32("blocksize", 0),
        ElementSize = elementSize,
    };
}
