#:project ../../src/ScrollSeg.Volumes/ScrollSeg.Volumes.csproj
#:property OutputType=Exe
#:property NoWarn=CS1591

// Encodes made-up chunks with every encoder we have, for check_encoded_chunks.py:
//     dotnet run tools/interop/EncodeChunks.cs -- FOLDER
// writes N.raw, N.encoded and N.json (the codec as .zarray names it).
using System.Text.Json;
using ScrollSeg.Volumes.Codecs;

string folder = args[0];
int[] lengths = [0, 1, 2, 127, 128, 1000, 65_536, 600_002, 1_300_000];
List<string> configurations =
[
    .. from cname in (string[])["lz4", "lz4hc", "zlib", "zstd"]
       from level in (int[])[0, 1, 5, 9]
       from shuffle in (int[])[-1, 0, 1, 2]
       select $$"""{"id":"blosc","cname":"{{cname}}","clevel":{{level}},"shuffle":{{shuffle}},"blocksize":0}""",
    """{"id":"blosc","cname":"lz4","clevel":5,"shuffle":1,"blocksize":1000}""",
    """{"id":"zstd","level":3}""",
    """{"id":"zstd","level":-3}""",
    """{"id":"gzip","level":5}""",
    """{"id":"gzip","level":0}""",
    """{"id":"zlib","level":1}""",
    """{"id":"lz4","acceleration":1}""",
    """{"id":"shuffle","elementsize":2}""",
    """{"id":"crc32"}""",
    """{"id":"adler32"}""",
    """{"id":"delta","dtype":"<u2","astype":"<i2"}""",
];

int number = 0;
foreach (string configuration in configurations)
{
    using JsonDocument document = JsonDocument.Parse(configuration);
    foreach (int elementSize in (int[])[1, 2, 4, 8])
    {
        ChunkCodec codec = ZarrV2Codecs.Create(document.RootElement, elementSize);
        foreach (int length in lengths.Where(length => codec.Name is not ("shuffle" or "delta") || length % 2 == 0))
        {
            byte[] bytes = Bytes(length, elementSize, noise: number % 3);
            byte[] encoded = new byte[codec.MaxEncodedLength(length)];
            encoded = encoded[..codec.Encode(bytes, encoded)];
            File.WriteAllBytes(Path.Combine(folder, $"{number}.raw"), bytes);
            File.WriteAllBytes(Path.Combine(folder, $"{number}.encoded"), encoded);
            File.WriteAllText(Path.Combine(folder, $"{number++}.json"), ZarrV2Codecs.Describe(codec).ToJsonString());
        }
    }
}

// noise 0: slow ramps; 1: with two noisy bits; 2: random bytes.
static byte[] Bytes(int length, int elementSize, int noise)
{
    Random random = new(length + noise);
    byte[] bytes = new byte[length];
    for (int i = 0; i < length; i++)
    {
        long value = i / elementSize * 3L + (noise == 1 ? random.Next(4) : 0);
        bytes[i] = noise == 2 ? (byte)random.Next(256) : (byte)(value >> (8 * (i % elementSize)));
    }

    return bytes;
}
