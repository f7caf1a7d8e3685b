using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using ScrollSeg.Volumes.Codecs;

namespace ScrollSeg.Benchmarks;

// WHY THIS EXISTS
//
// A volume is read as fast as its chunks are decoded: one GPU eats several hundred megabytes a second. The decoders are
// managed code (Blosc's framing, shuffles and LZ4 ours, zstd a port, zlib the runtime's), so that nothing native has to
// be installed; this table is what says that this costs nothing worth having. It would show a shuffle that fell back to
// its scalar twin (a tenth of the speed), an LZ4 that copies byte by byte, a context or buffer made anew for each chunk.
// To reach: 0.7 of the C library for blosc-lz4, 0.6 for zstd.
//
// WHAT IT MEASURES
//
// One chunk of 128^3 voxels, made by peers/codec_decode.py (wound sheets with soft edges, detector noise of 600 grey
// levels of 65,536, "quiet" 60; zeros outside a cylinder), encoded by numcodecs 0.11 (c-blosc 1.21.3, zstd 1.5.4), and
// decoded by turns here and by numcodecs into a buffer that is there already, on one thread each: medians of 15 rounds
// of medians of 5. Bytes allocated are those of one decode on the managed heap.
//
// WHAT IT DOES NOT
//
// Encoded chunk and buffer lie in the caches after the first decode: reading from disk and memory is left out. The
// numbers move by a tenth from run to run; compare the ratios, not the speeds. Noise decides what LZ4 meets: most of
// the low bytes of noisy u16 are stored as they are, and then the ratio is that of two copies.
//
// RESULTS (2 cores of an AMD EPYC, .NET 10, machine under load by others; medians of three runs)
//
// | case                     | encoded | C, GB/s | ours, GB/s | ours / C | bytes allocated |
// |---|---|---|---|---|---|
// | blosc-lz4-shuffle-u16    | 0.87 | 10.5 | 11.7 | 1.11 | 0 |
// | blosc-lz4-shuffle-u8     | 0.87 | 19.0 | 19.2 | 1.00 | 0 |
// | blosc-lz4-quiet-u8       | 0.70 |  3.3 |  2.9 | 0.88 | 0 |
// | blosc-lz4-bitshuffle-u16 | 0.91 |  3.0 |  3.6 | 1.19 | 0 |
// | blosc-lz4-bitshuffle-u8  | 0.84 |  1.8 |  4.4 | 2.47 | 0 |
// | blosc-zstd-shuffle-u16   | 0.77 |  1.1 |  1.1 | 0.95 | 0 |
// | blosc-zstd-shuffle-u8    | 0.59 |  1.0 |  0.9 | 0.86 | 0 |
// | blosc-zstd-quiet-u8      | 0.40 |  1.0 |  0.9 | 0.89 | 0 |
// | zstd-u16                 | 0.77 |  1.7 |  1.2 | 0.88 | 0 |
// | zstd-u8                  | 0.59 |  1.5 |  1.2 | 0.77 | 0 |
// | gzip-u16                 | 0.78 |  0.2 |  0.3 | 1.57 | 304 |
//
// With K4os.Compression.LZ4's decoder instead of ours (one run): 0.81, 0.65 and 0.87 in the first three rows.
//
// HOW TO RUN
//
//     dotnet run -c Release --project tests/ScrollSeg.Benchmarks -- codec-decode
//
// with a python3 that has numcodecs; SCROLLSEG_PEER_PYTHON names another one than the first on the PATH.

/// <summary>Decoding of one chunk on one core, beside the C libraries through numcodecs.</summary>
internal static class CodecDecode
{
    private const int Rounds = 15;
    private const int DecodesPerRound = 5;

    /// <summary>Runs peer and product by turns over the same encoded bytes and prints a table of medians.</summary>
    public static int Compare()
    {
        DirectoryInfo folder = Directory.CreateTempSubdirectory("scrollseg-codecs-");
        try
        {
            using Process peer = StartPeer(folder.FullName);
            Console.WriteLine("| case | encoded | C, GB/s | ours, GB/s | ours / C | bytes allocated |");
            Console.WriteLine("|---|---|---|---|---|---|");
            foreach ((string name, string configuration) in ReadCases(peer))
            {
                Console.WriteLine(CompareCase(peer, folder.FullName, name, configuration));
            }

            peer.StandardInput.Close();
            peer.WaitForExit();
            return peer.ExitCode;
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static Process StartPeer(string folder)
    {
        string script = Path.Combine(AppContext.BaseDirectory, "peers", "codec_decode.py");
        string python = Environment.GetEnvironmentVariable("SCROLLSEG_PEER_PYTHON") ?? "python3";
        ProcessStartInfo start = new(python, [script, folder]) { RedirectStandardInput = true, RedirectStandardOutput = true };
        return Process.Start(start) ?? throw new InvalidOperationException($"{python} did not start.");
    }

    private static List<(string Name, string Configuration)> ReadCases(Process peer)
    {
        List<(string, string)> cases = [];
        while (true)
        {
            string line = ReadLine(peer);
            if (line == "ready")
            {
                return cases;
            }

            int space = line.IndexOf(' ', StringComparison.Ordinal);
            cases.Add((line[..space], line[(space + 1)..]));
        }
    }

    private static string CompareCase(Process peer, string folder, string name, string configuration)
    {
        byte[] expected = File.ReadAllBytes(Path.Combine(folder, name + ".raw"));
        byte[] encoded = File.ReadAllBytes(Path.Combine(folder, name + ".encoded"));
        byte[] decoded = new byte[expected.Length];
        using JsonDocument document = JsonDocument.Parse(configuration);
        ChunkCodec codec = ZarrV2Codecs.Create(document.RootElement);
        // Long enough for the runtime to have compiled the loops for good, which it does in the background.
        Stopwatch warming = Stopwatch.StartNew();
        while (warming.Elapsed < TimeSpan.FromSeconds(1))
        {
            codec.Decode(encoded, decoded);
        }

        if (!decoded.AsSpan().SequenceEqual(expected))
        {
            throw new InvalidOperationException($"{name}: decoded to other bytes than the peer's.");
        }

        long allocated = GC.GetAllocatedBytesForCurrentThread();
        codec.Decode(encoded, decoded);
        allocated = GC.GetAllocatedBytesForCurrentThread() - allocated;

        List<double> ours = [];
        List<double> theirs = [];
        for (int round = 0; round < Rounds; round++)
        {
            ours.Add(MedianSeconds(() => codec.Decode(encoded, decoded)));
            peer.StandardInput.WriteLine($"{name} {DecodesPerRound}");
            theirs.Add(double.Parse(ReadLine(peer), CultureInfo.InvariantCulture));
        }

        double c = Median(theirs);
        double own = Median(ours);
        return string.Create(
            CultureInfo.InvariantCulture,
            $"| {name} | {encoded.Length / (double)expected.Length:0.00} | {expected.Length / c / 1e9:0.00} | "
            + $"{expected.Length / own / 1e9:0.00} | {c / own:0.00} | {allocated} |");
    }

    private static double MedianSeconds(Action decode)
    {
        List<double> seconds = [];
        for (int i = 0; i < DecodesPerRound; i++)
        {
            long start = Stopwatch.GetTimestamp();
            decode();
            seconds.Add(Stopwatch.GetElapsedTime(start).TotalSeconds);
        }

        return Median(seconds);
    }

    private static double Median(List<double> values)
    {
        values.Sort();
        return values[values.Count / 2];
    }

    private static string ReadLine(Process peer) => peer.StandardOutput.ReadLine()
        ?? throw new InvalidOperationException("The peer ended: it needs a python3 with numcodecs (see SCROLLSEG_PEER_PYTHON).");
}
