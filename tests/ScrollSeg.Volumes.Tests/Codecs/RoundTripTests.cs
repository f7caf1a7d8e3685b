using System.Text.Json;
using System.Text.Json.Nodes;
using CsCheck;
using ScrollSeg.Volumes.Codecs;

namespace ScrollSeg.Volumes.Tests.Codecs;

/// <summary>What the encoders write, the decoders read; whatever the bytes, and whatever the length.</summary>
public sealed class RoundTripTests
{
    private static readonly int[] Lengths = [0, 1, 2, 3, 7, 8, 16, 127, 128, 129, 255, 1000, 4096, 65_537, 600_001];

    public static TheoryData<string> Codecs =>
    [
        """{"id":"blosc","cname":"lz4","clevel":5,"shuffle":1,"blocksize":0}""",
        """{"id":"blosc","cname":"lz4","clevel":5,"shuffle":2,"blocksize":0}""",
        """{"id":"blosc","cname":"lz4","clevel":1,"shuffle":0,"blocksize":256}""",
        """{"id":"blosc","cname":"lz4","clevel":0,"shuffle":1,"blocksize":0}""",
        """{"id":"blosc","cname":"lz4hc","clevel":9,"shuffle":-1,"blocksize":0}""",
        """{"id":"blosc","cname":"zlib","clevel":1,"shuffle":1,"blocksize":0}""",
        """{"id":"blosc","cname":"zstd","clevel":3,"shuffle":1,"blocksize":0}""",
        """{"id":"blosc","cname":"zstd","clevel":3,"shuffle":2,"blocksize":1000}""",
        """{"id":"zstd","level":3}""",
        """{"id":"zstd","level":-5,"checksum":true}""",
        """{"id":"gzip","level":5}""",
        """{"id":"gzip","level":0}""",
        """{"id":"gzip","level":1}""",
        """{"id":"zlib","level":9}""",
        """{"id":"zlib","level":-1}""",
        """{"id":"lz4","acceleration":1}""",
        """{"id":"shuffle","elementsize":4}""",
        """{"id":"shuffle","elementsize":3}""",
        """{"id":"crc32"}""",
        """{"id":"crc32c"}""",
        """{"id":"crc32c","location":"start"}""",
        """{"id":"adler32"}""",
        """{"id":"delta","dtype":"|u1","astype":"|u1"}""",
        """{"id":"delta","dtype":"|i1","astype":">i8"}""",
    ];

    [Theory]
    [MemberData(nameof(Codecs))]
    public void Decode_OfEncoded_IsTheIdentity(string configuration)
    {
        using JsonDocument document = JsonDocument.Parse(configuration);
        int seed = 1;
        foreach (int elementSize in new[] { 2, 1, 3, 4, 8, 16, 17 })
        {
            ChunkCodec codec = ZarrV2Codecs.Create(document.RootElement, elementSize);
            foreach (int length in Lengths.Where(length => length < 5000 || elementSize == 2))
            {
                AssertRoundTrip(codec, ChunkBytes.Smooth(length, elementSize, seed++));
                AssertRoundTrip(codec, ChunkBytes.Random(length, seed++));
            }
        }
    }

    [Theory]
    [MemberData(nameof(Codecs))]
    public void Describe_OfCreated_GivesTheConfigurationBack(string configuration)
    {
        using JsonDocument document = JsonDocument.Parse(configuration);

        JsonObject described = ZarrV2Codecs.Describe(ZarrV2Codecs.Create(document.RootElement));

        Assert.True(JsonNode.DeepEquals(JsonNode.Parse(configuration), described), described.ToJsonString());
    }

    [Theory]
    [MemberData(nameof(Codecs))]
    public void Encode_IntoLessRoomThanAskedFor_IsACallersMistake(string configuration)
    {
        using JsonDocument document = JsonDocument.Parse(configuration);
        ChunkCodec codec = ZarrV2Codecs.Create(document.RootElement);
        byte[] room = new byte[codec.MaxEncodedLength(1000) - 1];

        Assert.Throws<ArgumentException>(() => codec.Encode(new byte[1000], room));
    }

    [Fact]
    public void Decode_OfEncodedByAnyBlosc_IsTheIdentity() =>
        Gen.Select(
            Gen.Enum<BloscCompressor>().Where(compressor => compressor != BloscCompressor.BloscLz),
            Gen.Enum<BloscShuffle>(),
            Gen.Int[0, 9],
            Gen.Int[1, 255],
            Gen.Int[0, 5000],
            Gen.Int[0, 20_000]).Sample(
            (compressor, shuffle, level, elementSize, blockSize, length) => AssertRoundTrip(
                new BloscCodec(new BloscOptions
                {
                    Compressor = compressor,
                    Shuffle = shuffle,
                    Level = level,
                    ElementSize = elementSize,
                    BlockSize = blockSize,
                }),
                ChunkBytes.Smooth(length, Math.Min(elementSize, 8), length)),
            iter: 300);

    /// <summary>The last block has one byte, and a compressed one must be shorter.</summary>
    [Theory]
    [InlineData(BloscCompressor.Lz4)]
    [InlineData(BloscCompressor.Lz4Hc)]
    [InlineData(BloscCompressor.Zlib)]
    [InlineData(BloscCompressor.Zstd)]
    public void Decode_OfABlockOfOneByte_IsTheIdentity(BloscCompressor compressor) => AssertRoundTrip(
        new BloscCodec(new BloscOptions { Compressor = compressor, ElementSize = 1, BlockSize = 128 }), new byte[(128 * 5) + 1]);

    private static void AssertRoundTrip(ChunkCodec codec, byte[] bytes)
    {
        byte[] encoded = new byte[codec.MaxEncodedLength(bytes.Length)];
        int length = codec.Encode(bytes, encoded);
        Assert.InRange(length, bytes.Length == 0 ? 0 : 1, encoded.Length);
        byte[] decoded = ChunkBytes.Random(bytes.Length, 4711);
        codec.Decode(encoded.AsSpan(0, length), decoded);
        Assert.True(bytes.AsSpan().SequenceEqual(decoded), $"{codec.Description}, {bytes.Length} bytes");
    }
}
