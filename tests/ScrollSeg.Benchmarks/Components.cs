using System.Diagnostics;
using System.Globalization;
using ScrollSeg.Segmentation.Linking;
using ScrollSeg.Segmentation.Runs;
using ScrollSeg.Volumes;
using ScrollSeg.Volumes.Codecs;
using ScrollSeg.Volumes.Storage;
using ScrollSeg.Volumes.Zarr;

namespace ScrollSeg.Benchmarks;

/// <summary>Connected components of a mask, from Zarr to Zarr: <c>components MASK.zarr FOLDER [STEPS] [CODEC]</c>.</summary>
/// <remarks>
/// WHY THIS EXISTS. Linking reads the mask twice and writes four bytes for each voxel; a slow merge or a slow labelling of runs would
/// show only on volumes that no test has.
/// WHAT IT MEASURES. Wall and processor time of the whole stage, both passes and the merge, and the peak resident set of the
/// process; outputs are u32 numbers alone, without a pyramid, nothing synced.
/// WHAT IT DOES NOT. A disk: all of it is in the page cache.
/// WHAT WAS FOUND. 1024^3, blobs at 19 % and single voxels at 0.2 %, 1.4 million objects, 2 cores with others at work (load 8 to 14):
/// see README.md.
/// </remarks>
internal static class Components
{
    public static async Task<int> RunAsync(string[] args)
    {
        string folder = Path.Combine(args[1], $"components-{Guid.NewGuid():N}");
        LinkOptions options = args.Length > 2 ? LinkOptions.Parse(args[2]) : LinkOptions.Default;
        string codec = args.Length > 3 ? args[3] : "blosc-lz4";
        AtomicFile files = new(FileOperations.System, Durability.None);
        try
        {
            await using ZarrVolume mask = await ZarrVolume.OpenAsync(args[0], new ReaderOptions { DecodeThreads = 1 }, CancellationToken.None);
            ZarrArraySpec spec = new(mask.Info.Shape, new Shape3(128, 128, 128), VoxelType.UInt32)
            {
                Codec = ZarrV2Codecs.FromName(codec, elementSize: sizeof(uint)),
            };
            Shape3 unit = LinkStage.UnitFor(mask.Info.Shape, spec.ChunkShape, voxelBytes: 1, 1L << 30);
            LinkStage stage = new(new LinkInput(mask, 1, 1), options, unit, Path.Combine(folder, "state"), files)
            {
                Store = Path.Combine(folder, "store"),
                Instances = new LinkOutput(ZarrArrayWriter.Create(Path.Combine(folder, "store", "instances"), spec, files), "instances/"),
            };
            long started = Stopwatch.GetTimestamp();
            await stage.RunAsync(Shard.Whole, new Stages(started), CancellationToken.None);
            using Process self = Process.GetCurrentProcess();
            Console.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"{options}, {codec}: wall {Stopwatch.GetElapsedTime(started).TotalSeconds:0.0} s, user {self.UserProcessorTime.TotalSeconds:0.0} s, " +
                $"system {self.PrivilegedProcessorTime.TotalSeconds:0.0} s, peak {ProcessMemory.PeakBytes() >> 20} MiB, {stage.ReadCounts()[^1].Counts}"));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }

        return 0;
    }

    private sealed class Stages(long started) : IRunProgress
    {
        public void Begin(string name, long total, string unit) => Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture, $"{Stopwatch.GetElapsedTime(started).TotalSeconds,6:0.0} s: {name}, {total} {unit}"));

        public void Advance(long done)
        {
        }

        public void Note(string text) => Console.WriteLine(text);
    }
}
