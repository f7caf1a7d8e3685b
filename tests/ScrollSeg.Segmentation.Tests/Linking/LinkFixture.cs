using ScrollSeg.Segmentation.Linking;
using ScrollSeg.Segmentation.Runs;
using ScrollSeg.Testing;
using ScrollSeg.Volumes;
using ScrollSeg.Volumes.Codecs;
using ScrollSeg.Volumes.Storage;
using ScrollSeg.Volumes.Zarr;

namespace ScrollSeg.Segmentation.Tests.Linking;

/// <summary>A link stage over a volume in memory, into a folder of its own.</summary>
internal sealed class LinkFixture : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly AtomicFile _files = new(FileOperations.System, Durability.None);

    public required MemoryVolume Volume { get; init; }

    public required LinkOptions Options { get; init; }

    public required Shape3 Chunk { get; init; }

    public required Shape3 Unit { get; init; }

    public ulong Low { get; init; } = 1;

    public ulong High { get; init; } = 1;

    public string State => _folder["link"];

    public CancellationToken Drain { get; set; }

    public static CancellationToken Token => TestContext.Current.CancellationToken;

    public LinkStage Stage() => new(new LinkInput(Volume, Low, High), Options, Unit, State, _files)
    {
        Store = _folder["store"],
        Mask = Create("mask", VoxelType.UInt8),
        Instances = Options.Instances ? Create("instances", VoxelType.UInt32) : null,
        Threads = 2,
        Drain = Drain,
    };

    public Task<IReadOnlyList<string>> RunAsync(Shard? shard = null) => Stage().RunAsync(shard ?? Shard.Whole, new Silence(), Token);

    public async Task<uint[]> ReadInstancesAsync() => (await ReadAsync("instances")).Voxels<uint>().ToArray();

    public async Task<bool[]> ReadMaskAsync() => [.. (await ReadAsync("mask")).Bytes.ToArray().Select(value => value != 0)];

    public void Dispose() => _folder.Dispose();

    private LinkOutput Create(string name, VoxelType type)
    {
        ZarrArraySpec spec = new(Volume.Info.Shape, Chunk, type) { Codec = ZarrV2Codecs.FromName("blosc-lz4", type.ByteSize()) };
        return new LinkOutput(ZarrArrayWriter.Create(Path.Combine(_folder["store"], name), spec, _files), name + "/");
    }

    private async Task<VoxelBuffer> ReadAsync(string name)
    {
        await using ZarrVolume volume = await ZarrVolume.OpenAsync(Path.Combine(_folder["store"], name), new ReaderOptions(), Token);
        VoxelBuffer voxels = VoxelBuffer.Rent(volume.Info.Shape, volume.Info.Type);
        await volume.ReadAsync(volume.Info.Bounds, voxels, Token);
        return voxels;
    }

    internal sealed class Silence : IRunProgress
    {
        public void Begin(string name, long total, string unit)
        {
        }

        public void Advance(long done)
        {
        }

        public void Note(string text)
        {
        }
    }
}
