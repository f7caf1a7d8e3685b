using ScrollSeg.Testing;
using ScrollSeg.Volumes.Codecs;
using ScrollSeg.Volumes.Zarr;

namespace ScrollSeg.Volumes.Tests.Zarr;

public abstract class ZarrVolumeContract : VolumeReaderContract, IDisposable
{
    private readonly TemporaryFolder _folder = new();

    protected virtual Shape3 ChunkShape => new(4, 8, 8);

    protected virtual char Separator => '/';

    protected virtual string Codec => "none";

    protected virtual int ZarrFormat => ShardShape is null ? 2 : 3;

    protected virtual Shape3? ShardShape => null;

    public void Dispose()
    {
        _folder.Dispose();
        GC.SuppressFinalize(this);
    }

    protected override async Task<VolumeReader> OpenAsync(VoxelBuffer voxels, ReaderOptions options)
    {
        ZarrArraySpec spec = new(voxels.Shape, ChunkShape, voxels.Type)
        {
            Codec = ZarrV2Codecs.FromName(Codec, voxels.Type.ByteSize()),
            Separator = Separator,
            ZarrFormat = ZarrFormat,
            ShardShape = ShardShape,
        };

        TestArrays.Write(_folder["a.zarr"], spec, voxels);
        return await ZarrVolume.OpenAsync(_folder["a.zarr"], options, TestContext.Current.CancellationToken);
    }
}

public sealed class RawZarrContractTests : ZarrVolumeContract;

public sealed class BloscZarrContractTests : ZarrVolumeContract
{
    protected override string Codec => "blosc-zstd";

    protected override char Separator => '.';
}

public sealed class WholeSliceChunksContractTests : ZarrVolumeContract
{
    // chunks as wide as the volume decode straight into the destination
    protected override Shape3 ChunkShape => new(2, 21, 19);

    protected override VoxelType Type => VoxelType.Float32;
}

public sealed class OneRowChunksContractTests : ZarrVolumeContract
{
    protected override Shape3 Shape => new(3, 5, 19);

    protected override Shape3 ChunkShape => new(1, 1, 5);

    protected override VoxelType Type => VoxelType.Bool;
}
