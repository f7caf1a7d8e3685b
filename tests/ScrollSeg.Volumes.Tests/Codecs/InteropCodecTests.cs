using System.Runtime.InteropServices;
using System.Text.Json;
using ScrollSeg.Testing;
using ScrollSeg.Volumes.Codecs;

namespace ScrollSeg.Volumes.Tests.Codecs;

/// <summary>What c-blosc 1.3 to 1.18 and numcodecs wrote, from their own compatibility tests.</summary>
public sealed class InteropCodecTests
{
    private const string Numcodecs = "interop/codecs/numcodecs/fixture";
    private const string CBlosc = "interop/codecs/c-blosc/compat";

    [Theory]
    [InlineData("blosc", 13 * 13)]
    [InlineData("zstd", 10 * 13)]
    [InlineData("lz4", 7 * 13)]
    [InlineData("gzip", 6 * 13)]
    [InlineData("zlib", 6 * 13)]
    [InlineData("crc32c", 13)]
    [InlineData("shuffle", 4 * 13)]
    public void Decode_NumcodecsFixtures_GivesTheirArrays(string id, int expectedFiles)
    {
        string? folder = TestData.Find($"{Numcodecs}/{id}");
        Assert.SkipWhen(folder is null, TestData.Missing($"{Numcodecs}/{id}"));
        int files = 0;
        foreach (string codecFolder in Directory.GetDirectories(folder, "codec.*"))
        {
            using JsonDocument configuration = JsonDocument.Parse(File.ReadAllText(Path.Combine(codecFolder, "config.json")));
            foreach (string encodedPath in Directory.GetFiles(codecFolder, "encoded.*.dat"))
            {
                files++;
                string arrayPath = Path.Combine(folder, Path.GetFileName(encodedPath).Replace("encoded", "array").Replace(".dat", ".npy"));
                AssertDecodes(configuration.RootElement, encodedPath, NumpyFile.Read(arrayPath).Content);
            }
        }

        Assert.Equal(expectedFiles, files);
    }

    [Fact]
    public void Decode_CBloscFrames_GivesTheirNumbers()
    {
        string? folder = TestData.Find(CBlosc);
        Assert.SkipWhen(folder is null, TestData.Missing(CBlosc));
        byte[] expected = MemoryMarshal.AsBytes(Enumerable.Range(0, 1_000_000).ToArray().AsSpan()).ToArray();
        string[] paths = Directory.GetFiles(folder, "*.cdata");
        foreach (string path in paths)
        {
            byte[] decoded = new byte[expected.Length];
            byte[] frame = File.ReadAllBytes(path);
            if (path.Contains("snappy", StringComparison.Ordinal))
            {
                InvalidDataException refusal = Assert.Throws<InvalidDataException>(() => new BloscCodec().Decode(frame, decoded));
                Assert.Contains("snappy", refusal.Message, StringComparison.Ordinal);
                continue;
            }

            new BloscCodec().Decode(frame, decoded);
            Assert.True(expected.AsSpan().SequenceEqual(decoded), path);
        }

        Assert.Equal(29, paths.Length);
    }

    private static void AssertDecodes(JsonElement configuration, string encodedPath, byte[] expected)
    {
        byte[] encoded = File.ReadAllBytes(encodedPath);
        if (configuration.TryGetProperty("cname", out JsonElement cname) && cname.GetString() == "snappy")
        {
            NotSupportedException refusal = Assert.Throws<NotSupportedException>(() => ZarrV2Codecs.Create(configuration));
            Assert.Contains("snappy", refusal.Message, StringComparison.Ordinal);
            return;
        }

        byte[] decoded = new byte[expected.Length];
        ZarrV2Codecs.Create(configuration).Decode(encoded, decoded);
        Assert.True(expected.AsSpan().SequenceEqual(decoded), encodedPath);
    }
}
