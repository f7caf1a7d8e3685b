using System.Security.Cryptography;
using System.Text.Json.Nodes;
using ScrollSeg.Segmentation.Baselines;
using ScrollSeg.Segmentation.Planning;
using ScrollSeg.Segmentation.Runs;
using ScrollSeg.Testing;
using ScrollSeg.Volumes;
using ScrollSeg.Volumes.Storage;
using ScrollSeg.Volumes.Zarr;

namespace ScrollSeg.Segmentation.Tests.Runs;

/// <summary>Runs over small volumes into a folder of their own.</summary>
public abstract class SegmentRunFixture : IDisposable
{
    protected static readonly Shape3 Shape = new(70, 90, 150);

    protected TemporaryFolder Folder { get; } = new();

    protected static CancellationToken Token => TestContext.Current.CancellationToken;

    protected string Output => Folder["masks.zarr"];

    public void Dispose()
    {
        Folder.Dispose();
        GC.SuppressFinalize(this);
    }

    protected static int ValueAt(int z, int y, int x) => 1 + (((z * 3) + (y * 2) + x) % 220);

    protected static MemoryVolume Ramp() => MemoryVolume.Of(Shape, new Shape3(32, 64, 64), (z, y, x) => (ushort)ValueAt(z, y, x));

    /// <summary>Several units: each 64 slices, two rows of chunks.</summary>
    protected static MemoryVolume Tower() =>
        MemoryVolume.Of(new Shape3(300, 20, 20), new Shape3(32, 20, 20), (z, y, x) => (ushort)ValueAt(z, y, x));

    protected RunFolder Run() => RunFolder.TryOpen(Folder["masks.run"], new AtomicFile(FileOperations.System))!;

    protected RunCompletion Completion()
    {
        return new RunCompletion(Run(), new AtomicFile(FileOperations.System), new SilentProgress());
    }

    protected IEnumerable<string> Verify(VerificationLevel level) =>
        new RunVerification(Run(), new SilentProgress()).FindDamage(level, Token);

    protected void StartAnew()
    {
        foreach (string entry in Directory.GetDirectories(Folder.Path))
        {
            Directory.Delete(entry, recursive: true);
        }
    }

    protected Task<SegmentReport> RunAsync(
        VolumeReader volume,
        string model,
        Func<SegmentRequest, SegmentRequest>? change = null,
        IRunProgress? progress = null,
        IModelSource? models = null)
    {
        SegmentRequest request = new()
        {
            Output = Output,
            Model = model,
            Durability = Durability.Full,
            Options = new SegmentOptions { MemoryBudget = 2L << 30, Tile = 48 },
        };
        return new SegmentRun(change?.Invoke(request) ?? request, volume, [models ?? new BaselineModelSource()], progress ?? new SilentProgress())
            .RunAsync(Token);
    }

    /// <summary>Begins a run, and has its stages cut into units of single chunks, which the plan would do for want of memory
    /// only.</summary>
    protected void PrepareCut(VolumeReader volume, string model, Func<SegmentRequest, SegmentRequest> change, IModelSource? models = null)
    {
        SegmentRequest request = change(new SegmentRequest
        {
            Output = Output,
            Model = model,
            Options = new SegmentOptions { MemoryBudget = 2L << 30, Tile = 48 },
        });
        new SegmentRun(request, volume, [models ?? new BaselineModelSource()], new SilentProgress()).PrepareAsync(Token).GetAwaiter().GetResult();
        string file = Folder["masks.run/run.json"];
        JsonNode run = JsonNode.Parse(File.ReadAllText(file))!;
        int[] chunk = [.. run["chunk"]!.AsArray().Select(extent => extent!.GetValue<int>())];
        foreach (JsonNode? direction in run["directions"]!.AsArray())
        {
            int[] order = direction!["axis"]!.GetValue<string>() switch { "z" => [0, 1, 2], "y" => [1, 0, 2], _ => [2, 0, 1] };
            direction["unit"] = new JsonArray([.. order.Select(axis => (JsonNode?)chunk[axis])]);
        }

        if (run["combine"] is JsonNode combine)
        {
            combine["unit"] = new JsonArray([.. chunk.Select(extent => (JsonNode?)extent)]);
        }

        File.WriteAllText(file, run.ToJsonString());
    }

    protected Task<IReadOnlyList<string>> RecomputeAsync(VolumeReader volume, string model, Func<SegmentRequest, SegmentRequest> change)
    {
        SegmentRequest request = new()
        {
            Output = Output,
            Model = model,
            Options = new SegmentOptions { MemoryBudget = 2L << 30, Tile = 48 },
        };
        return new SegmentRun(change(request), volume, [new BaselineModelSource()], new SilentProgress()).RecomputeAsync(100, 0, Token);
    }

    protected async Task<VoxelBuffer> ReadAsync(string array)
    {
        await using ZarrVolume volume = await ZarrVolume.OpenAsync(Path.Combine(Output, array), new ReaderOptions(), Token);
        VoxelBuffer voxels = VoxelBuffer.Rent(volume.Info.Shape, volume.Info.Type);
        await volume.ReadAsync(volume.Info.Bounds, voxels, Token);
        return voxels;
    }

    protected Dictionary<string, string> Hashes() => Directory.GetFiles(Output, "*", SearchOption.AllDirectories).ToDictionary(
        path => Path.GetRelativePath(Output, path), path => Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(path))));

    protected class SilentProgress : IRunProgress
    {
        public virtual void Begin(string name, long total, string unit)
        {
        }

        public virtual void Advance(long done)
        {
        }

        public void Note(string text)
        {
        }
    }

    protected sealed class DrainAt(CancellationTokenSource drain, int slices) : SilentProgress
    {
        private string _stage = "";

        public override void Begin(string name, long total, string unit) => _stage = name;

        public override void Advance(long done)
        {
            if (_stage == "segment" && done >= slices)
            {
                drain.Cancel();
            }
        }
    }
}
