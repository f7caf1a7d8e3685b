using ScrollSeg.Testing;
using ScrollSeg.Testing.Http;
using ScrollSeg.Volumes.Codecs;
using ScrollSeg.Volumes.Storage;
using ScrollSeg.Volumes.Storage.Remote;
using ScrollSeg.Volumes.Zarr;

namespace ScrollSeg.Volumes.Tests.Zarr;

/// <summary>Volumes behind a web server: equal to those in a folder, or the right error.</summary>
public sealed class ZarrHttpTests : IAsyncDisposable
{
    private static readonly ReaderOptions Options = new()
    {
        Remote = new RemoteOptions
        {
            Backoff = new Backoff { Tries = 4, First = TimeSpan.FromMilliseconds(1) },
            RequestsAtOnce = 7,
        },
    };

    private readonly TemporaryFolder _folder = new();
    private readonly FolderServer _server;
    private readonly byte[] _voxels;

    public ZarrHttpTests()
    {
        Shape3 shape = new(13, 21, 19);
        using VoxelBuffer voxels = VoxelBuffer.Rent(shape, VoxelType.UInt16);
        new Random(4).NextBytes(voxels.Bytes);
        _voxels = voxels.Bytes.ToArray();
        ZarrArraySpec spec = new(shape, new Shape3(4, 8, 8), VoxelType.UInt16) { Codec = ZarrV2Codecs.FromName("blosc-lz4", 2) };
        NgffImage image = new("a", [new NgffLevel("0", (2, 2, 2), (0, 0, 0))], InMicrometres: true);
        NgffWriter.WriteImage(_folder["a.zarr"], image, TestArrays.Files);
        TestArrays.Write(_folder["a.zarr/0"], spec, voxels);
        _server = new FolderServer(_folder.Path);
    }

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private string Address => $"{_server.Address}/a.zarr";

    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        _folder.Dispose();
    }

    [Theory]
    [InlineData("")]
    [InlineData("/")]
    [InlineData("/0")]
    public async Task Open_OfAGroupOrLevel_TellsWhatAFolderTells(string level)
    {
        await using VolumeReader there = await VolumeFormats.OpenAsync(Address + level, Options, Token);
        await using VolumeReader here = await VolumeFormats.OpenAsync(_folder["a.zarr"] + level, Options, Token);

        Assert.Equal(here.Info.Shape, there.Info.Shape);
        Assert.Equal(here.Info.Format, there.Info.Format);
        Assert.Equal(here.Info.Levels, there.Info.Levels);
        Assert.Equal(here.Info.VoxelSize, there.Info.VoxelSize);
        Assert.Equal(Address, there.Info.Group);
        Assert.Empty(there.Info.Defects);
    }

    [Fact]
    public async Task Read_OfWhole_FetchesEachChunkOnce()
    {
        await using VolumeReader volume = await VolumeFormats.OpenAsync(Address, Options, Token);
        _server.ForgetRequests();

        Assert.Equal(_voxels, await TestArrays.ReadAllAsync(volume));

        Assert.Equal(4 * 3 * 3, _server.Gets.Count);
        Assert.All(_server.Gets, key => Assert.Equal(1, key.Value));
        Assert.InRange(_server.MostUnderWay, 1, Options.Remote.RequestsAtOnce);
    }

    [Fact]
    public async Task Read_FromAServerThatFailsEveryOtherTime_IsEqual()
    {
        _server.Fault = request => (request.Number % 6) switch
        {
            1 => Misbehaviour.Answer(503),
            3 => new Misbehaviour { ResetAfter = 5 },
            5 => new Misbehaviour { CloseAfter = 9 },
            _ => null,
        };
        await using VolumeReader volume = await VolumeFormats.OpenAsync(Address, Options, Token);

        Assert.Equal(_voxels, await TestArrays.ReadAllAsync(volume));
    }

    [Fact]
    public async Task Read_OfAnAbsentChunk_IsTheFillValue()
    {
        File.Delete(_folder["a.zarr/0/1/0/2"]);
        await using VolumeReader volume = await VolumeFormats.OpenAsync(Address, Options, Token);
        using VoxelBuffer voxels = VoxelBuffer.Rent(volume.Info.Shape, volume.Info.Type);

        IReadOnlyList<Box3> absent = await volume.ReadAsync(volume.Info.Bounds, voxels, Token);

        Assert.Equal([new Box3((4, 0, 16), new Shape3(4, 8, 3))], absent);
    }

    [Fact]
    public async Task Read_OfAChunkThatCannotBeHad_IsNeverTheFillValue()
    {
        await using VolumeReader volume = await VolumeFormats.OpenAsync(Address, Options, Token);
        _server.Fault = request => request.Key.EndsWith("1/0/2", StringComparison.Ordinal) ? Misbehaviour.Answer(500) : null;

        IOException error = await Assert.ThrowsAsync<IOException>(() => TestArrays.ReadAllAsync(volume));

        Assert.Contains($"{Address}/0/1/0/2: the server answers 500", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Read_OfADamagedChunk_IsNotTriedAgain()
    {
        string chunk = _folder["a.zarr/0/1/0/2"];
        await File.WriteAllBytesAsync(chunk, (await File.ReadAllBytesAsync(chunk, Token))[..^3], Token);
        await using VolumeReader volume = await VolumeFormats.OpenAsync(Address, Options, Token);
        _server.ForgetRequests();

        VolumeFormatException error = await Assert.ThrowsAsync<VolumeFormatException>(() => TestArrays.ReadAllAsync(volume));

        Assert.StartsWith($"{Address}/0/1/0/2: ", error.Message, StringComparison.Ordinal);
        Assert.Equal(1, _server.Gets["a.zarr/0/1/0/2"]);
    }

    [Theory]
    [InlineData("b.zarr", "the server has no .zarray, .zattrs or zarr.json there")]
    [InlineData("a.zarr/1", "the server has no .zarray, .zattrs or zarr.json there")]
    public async Task Open_OfNothing_SaysSo(string path, string problem)
    {
        VolumeFormatException error = await Assert.ThrowsAsync<VolumeFormatException>(
            () => VolumeFormats.OpenAsync($"{_server.Address}/{path}", Options, Token));

        Assert.Contains(problem, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Open_WithoutItsFirstChunks_SaysThatTheyMayBeAbsent()
    {
        File.Delete(_folder["a.zarr/0/1/1/1"]);
        File.Delete(_folder["a.zarr/0/0/0/0"]);

        await using VolumeReader volume = await VolumeFormats.OpenAsync(Address, Options, Token);

        Assert.Contains("the server does not list", Assert.Single(volume.Info.Defects), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Fingerprint_OfAServer_NoticesHeadersAndNothingElse()
    {
        await using VolumeReader volume = await VolumeFormats.OpenAsync(Address, Options, Token);
        string[] before = [await volume.FingerprintAsync(false, Token), await volume.FingerprintAsync(true, Token)];
        Assert.NotEqual(before[0], before[1]);

        File.SetLastWriteTimeUtc(_folder["a.zarr/0/0/0/0"], new DateTime(2001, 1, 1, 0, 0, 0, DateTimeKind.Utc));
        Assert.Equal(before[0], await volume.FingerprintAsync(false, Token));
        Assert.Equal(before[1], await volume.FingerprintAsync(true, Token));

        File.SetLastWriteTimeUtc(_folder["a.zarr/0/.zarray"], new DateTime(2001, 1, 1, 0, 0, 0, DateTimeKind.Utc));
        Assert.Equal(before[0], await volume.FingerprintAsync(false, Token));
        Assert.NotEqual(before[1], await volume.FingerprintAsync(true, Token));

        string attributes = _folder["a.zarr/.zattrs"];
        await File.WriteAllTextAsync(attributes, (await File.ReadAllTextAsync(attributes, Token)).Replace("\"a\"", "\"b\"", StringComparison.Ordinal), Token);
        await using VolumeReader again = await VolumeFormats.OpenAsync(Address, Options, Token);
        Assert.NotEqual(before[0], await again.FingerprintAsync(false, Token));
    }
}

/// <summary>What every reader does, through a web server.</summary>
public sealed class HttpZarrContractTests : ZarrVolumeContract, IAsyncDisposable
{
    private FolderServer? _server;

    public async ValueTask DisposeAsync()
    {
        if (_server is not null)
        {
            await _server.DisposeAsync();
        }

        Dispose();
    }

    protected override async Task<VolumeReader> OpenAsync(VoxelBuffer voxels, ReaderOptions options)
    {
        await using VolumeReader local = await base.OpenAsync(voxels, options);
        _server = new FolderServer(local.Info.Path);
        return await ZarrVolume.OpenAsync(_server.Address, options, TestContext.Current.CancellationToken);
    }
}
