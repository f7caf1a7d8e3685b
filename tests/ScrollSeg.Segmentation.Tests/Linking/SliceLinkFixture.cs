using ScrollSeg.Segmentation.Linking;
using ScrollSeg.Segmentation.Runs;
using ScrollSeg.Testing;
using ScrollSeg.Volumes;
using ScrollSeg.Volumes.Storage;
using ScrollSeg.Volumes.Zarr;

namespace ScrollSeg.Segmentation.Tests.Linking;

/// <summary>A stage that links slices, over a volume in memory.</summary>
internal sealed class SliceLinkFixture : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly AtomicFile _files = new(FileOperations.System, Durability.None);
    private readonly Shape3 _chunk;
    private readonly MemoryVolume _volume;
    private readonly int _gap;

    public SliceLinkFixture(Shape3 shape, uint[] numbers, Shape3 chunk, int gap)
    {
        VoxelBuffer voxels = VoxelBuffer.Rent(shape, VoxelType.UInt32);
        numbers.CopyTo(voxels.Voxels<uint>());
        (_volume, _chunk, _gap) = (new MemoryVolume(voxels, chunk), chunk, gap);
    }

    public async Task<uint[]> RunAsync()
    {
        ZarrArraySpec spec = new(_volume.Info.Shape, _chunk, VoxelType.UInt32);
        SliceLinkStage stage = new(_volume, _gap, _chunk, _folder["link"], _files)
        {
            Store = _folder["store"],
            Instances = new LinkOutput(ZarrArrayWriter.Create(_folder["store/instances"], spec, _files), "instances/"),
            Threads = 2,
        };
        Assert.Empty(await stage.RunAsync(Shard.Whole, new LinkFixture.Silence(), LinkFixture.Token));
        stage.DeleteScratch();

        await using ZarrVolume volume = await ZarrVolume.OpenAsync(_folder["store/instances"], new ReaderOptions(), LinkFixture.Token);
        using VoxelBuffer voxels = VoxelBuffer.Rent(volume.Info.Shape, volume.Info.Type);
        await volume.ReadAsync(volume.Info.Bounds, voxels, LinkFixture.Token);
        return voxels.Voxels<uint>().ToArray();
    }

    public void Dispose()
    {
        _volume.DisposeAsync().AsTask().Wait();
        _folder.Dispose();
    }
}
