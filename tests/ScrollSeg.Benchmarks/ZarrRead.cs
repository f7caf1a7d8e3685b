using System.Diagnostics;
using System.Globalization;
using ScrollSeg.Volumes;
using ScrollSeg.Volumes.Codecs;
using ScrollSeg.Volumes.Storage;
using ScrollSeg.Volumes.Zarr;

namespace ScrollSeg.Benchmarks;

/// <summary>
/// Reading a whole Zarr array into memory, beside zarr-python. It exists because a chunk's way around its codec (fetching,
/// blocks from the pool, copying rows into place) can cost as much as the codec without any test noticing.
/// </summary>
/// <remarks>Files come from the page cache, so disks play no part. The voxels are smooth with 5 bits of noise, which
/// compresses about as a scan does. zarr-python decodes one chunk after the other, Blosc within a chunk in threads.</remarks>
internal static class ZarrRead
{
    private const int Rounds = 9;

    private static readonly Shape3 Shape = new(256, 512, 512);
    private static readonly Shape3 Chunk = new(64, 64, 64);

    /// <summary>Runs peer and product by turns over the same arrays and prints a table of medians.</summary>
    public static async Task<int> CompareAsync()
    {
        DirectoryInfo folder = Directory.CreateTempSubdirectory("scrollseg-zarr-");
        try
        {
            using Process peer = StartPeer();
            Console.WriteLine("| codec | stored / raw | zarr-python, GB/s | ours, 1 thread, GB/s | ours, all threads, GB/s | bytes allocated |");
            Console.WriteLine("|---|---|---|---|---|---|");
            foreach (string codec in new[] { "none", "blosc-lz4", "blosc-zstd", "zstd", "gzip" })
            {
                string path = Path.Combine(folder.FullName, $"{codec}.zarr");
                long stored = Write(path, codec);
                Console.WriteLine(await CompareCodecAsync(peer, path, codec, stored));
            }

            peer.StandardInput.Close();
            await peer.WaitForExitAsync();
            return peer.ExitCode;
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static Process StartPeer()
    {
        string script = Path.Combine(AppContext.BaseDirectory, "peers", "zarr_read.py");
        string python = Environment.GetEnvironmentVariable("SCROLLSEG_PEER_PYTHON") ?? "python3";
        ProcessStartInfo start = new(python, [script]) { RedirectStandardInput = true, RedirectStandardOutput = true };
        return Process.Start(start) ?? throw new InvalidOperationException($"{python} did not start.");
    }

    private static async Task<string> CompareCodecAsync(Process peer, string path, string codec, long stored)
    {
        List<double> theirs = [];
        List<double> one = [];
        List<double> all = [];
        using VoxelBuffer voxels = VoxelBuffer.Rent(Shape, VoxelType.UInt16);
        voxels.Clear();
        await using ZarrVolume single = await ZarrVolume.OpenAsync(path, new ReaderOptions { DecodeThreads = 1 }, default);
        await using ZarrVolume parallel = await ZarrVolume.OpenAsync(path, new ReaderOptions(), default);
        long allocated = 0;
        for (int round = 0; round < Rounds; round++)
        {
            await peer.StandardInput.WriteLineAsync(path);
            string line = await peer.StandardOutput.ReadLineAsync() ?? throw new InvalidOperationException("The peer ended.");
            theirs.Add(double.Parse(line, CultureInfo.InvariantCulture));
            one.Add(await SecondsAsync(single, voxels));
            long before = GC.GetTotalAllocatedBytes(precise: true);
            all.Add(await SecondsAsync(parallel, voxels));
            allocated = GC.GetTotalAllocatedBytes(precise: true) - before;
        }

        return string.Create(
            CultureInfo.InvariantCulture,
            $"| {codec} | {stored / (double)voxels.ByteCount:F2} | {Rate(voxels, theirs):F2} | {Rate(voxels, one):F2} | " +
            $"{Rate(voxels, all):F2} | {allocated} |");
    }

    private static async Task<double> SecondsAsync(ZarrVolume volume, VoxelBuffer voxels)
    {
        long start = Stopwatch.GetTimestamp();
        await volume.ReadAsync(volume.Info.Bounds, voxels);
        return Stopwatch.GetElapsedTime(start).TotalSeconds;
    }

    private static double Rate(VoxelBuffer voxels, List<double> seconds)
    {
        seconds.Sort();
        return voxels.ByteCount / seconds[seconds.Count / 2] / 1e9;
    }

    private static long Write(string path, string codec)
    {
        ZarrArraySpec spec = new(Shape, Chunk, VoxelType.UInt16) { Codec = ZarrV2Codecs.FromName(codec, 2) };
        ZarrArrayWriter writer = ZarrArrayWriter.Create(path, spec, new AtomicFile(FileOperations.System, Durability.None));
        Random random = new(1);
        using VoxelBuffer chunk = VoxelBuffer.Rent(Chunk, VoxelType.UInt16);
        long stored = 0;
        foreach ((int Z, int Y, int X) index in spec.Chunks.Touching(new Box3((0, 0, 0), Shape)))
        {
            Span<ushort> voxels = chunk.Voxels<ushort>();
            for (int i = 0; i < voxels.Length; i++)
            {
                voxels[i] = (ushort)(20_000 + (4000 * Math.Sin((i % 4096) / 300.0)) + random.Next(32));
            }

            stored += writer.WriteChunk(index, chunk)?.Bytes ?? 0;
        }

        return stored;
    }
}
