using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using ScrollSeg.Volumes.Codecs;

namespace ScrollSeg.Benchmarks;

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
