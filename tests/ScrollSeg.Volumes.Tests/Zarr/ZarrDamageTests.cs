using System.Text.Json.Nodes;
using ScrollSeg.Testing;
using ScrollSeg.Volumes.Codecs;
using ScrollSeg.Volumes.Zarr;

namespace ScrollSeg.Volumes.Tests.Zarr;

/// <summary>Damaged stores: an error that names the file, never a volume of zeros.</summary>
public sealed class ZarrDamageTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private string Chunk => Path.Combine(_folder["a.zarr"], "1", "0", "1");

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("none")]
    [InlineData("gzip")]
    [InlineData("zstd")]
    [InlineData("blosc-lz4")]
    [InlineData("blosc-zstd")]
    public async Task Read_OfATruncatedChunk_NamesChunkAndCodec(string codec)
    {
        await using ZarrVolume volume = await WriteAndOpenAsync(codec);
        byte[] whole = await File.ReadAllBytesAsync(Chunk, TestContext.Current.CancellationToken);
        // the framework's gzip reader does not notice that the checksum behind the last voxel is cut off
        int end = codec == "gzip" ? whole.Length - 8 : whole.Length;
        for (int length = 0; length < end; length += Math.Max(1, whole.Length / 13))
        {
            await File.WriteAllBytesAsync(Chunk, whole[..length], TestContext.Current.CancellationToken);
            await AssertChunkRefusedAsync(volume, $"the chunk of {length} bytes ({volume.Info.Codec}) is damaged");
        }
    }

    [Theory]
    [InlineData("none")]
    [InlineData("gzip")]
    [InlineData("zstd")]
    [InlineData("blosc-lz4")]
    public async Task Read_OfGarbage_NamesChunkAndCodec(string codec)
    {
        await using ZarrVolume volume = await WriteAndOpenAsync(codec);
        byte[] garbage = new byte[777];
        new Random(3).NextBytes(garbage);
        await File.WriteAllBytesAsync(Chunk, garbage, TestContext.Current.CancellationToken);

        await AssertChunkRefusedAsync(volume, $"the chunk of 777 bytes ({volume.Info.Codec}) is damaged");
    }

    [Fact]
    public async Task Read_OfARawChunkOfAnotherSize_TellsBothSizes()
    {
        await using ZarrVolume volume = await WriteAndOpenAsync("none");
        await File.WriteAllBytesAsync(Chunk, new byte[100], TestContext.Current.CancellationToken);

        await AssertChunkRefusedAsync(volume, "it holds 100 bytes, expected 1024");
    }

    [Fact]
    public async Task Read_WithAShapeThatIsNotTheChunks_Fails()
    {
        await (await WriteAndOpenAsync("blosc-lz4")).DisposeAsync();
        string header = Path.Combine(_folder["a.zarr"], ".zarray");
        JsonObject json = JsonNode.Parse(await File.ReadAllTextAsync(header, TestContext.Current.CancellationToken))!.AsObject();
        json["chunks"] = new JsonArray(4, 8, 8);
        await File.WriteAllTextAsync(header, json.ToJsonString(), TestContext.Current.CancellationToken);
        await using ZarrVolume volume = await TestArrays.OpenAsync(_folder["a.zarr"]);

        VolumeFormatException refusal = await Assert.ThrowsAsync<VolumeFormatException>(() => TestArrays.ReadAllAsync(volume));

        Assert.Contains("512", refusal.Message, StringComparison.Ordinal);
        Assert.Contains("1024", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Read_OfAFolderInAChunksPlace_IsAnInputOutputError()
    {
        await using ZarrVolume volume = await WriteAndOpenAsync("none");
        File.Delete(Chunk);
        Directory.CreateDirectory(Chunk);

        IOException error = await Assert.ThrowsAsync<IOException>(() => TestArrays.ReadAllAsync(volume));
        Assert.Contains("expected a file, found a folder", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Read_OfALinkToNothing_IsNotTheFillValue()
    {
        await using ZarrVolume volume = await WriteAndOpenAsync("none");
        File.Delete(Chunk);
        File.CreateSymbolicLink(Chunk, _folder["not-fetched"]);

        IOException error = await Assert.ThrowsAsync<IOException>(() => TestArrays.ReadAllAsync(volume));
        Assert.Contains("is a link to", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Read_OfAnAbsentChunk_IsTheFillValue()
    {
        await using ZarrVolume volume = await WriteAndOpenAsync("none");
        File.Delete(Chunk);

        byte[] all = await TestArrays.ReadAllAsync(volume);

        Assert.Equal(1, volume.Counters.AbsentChunks);
        Assert.Equal(0, all[^1]); // the last voxel lies in chunk (1, 0, 1)
    }

    [Fact]
    public async Task Open_OfNothing_SaysSo()
    {
        DirectoryNotFoundException error =
            await Assert.ThrowsAsync<DirectoryNotFoundException>(() => TestArrays.OpenAsync(_folder["b.zarr"]));
        Assert.Contains("b.zarr: there is no such folder", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public Task Open_OfAFile_SaysSo()
    {
        File.WriteAllText(_folder["b.zarr"], "");
        return AssertNotOpenedAsync("b.zarr", "is a file");
    }

    [Fact]
    public Task Open_OfAnEmptyFolder_NamesWhatIsMissing()
    {
        Directory.CreateDirectory(_folder["b.zarr"]);
        return AssertNotOpenedAsync("b.zarr", "it has no .zarray, .zgroup, .zattrs or zarr.json");
    }

    [Fact]
    public async Task Open_OfChunksWithoutHeader_SaysThatTheHeaderWasLost()
    {
        await (await WriteAndOpenAsync("none")).DisposeAsync();
        File.Delete(Path.Combine(_folder["a.zarr"], ".zarray"));
        await AssertNotOpenedAsync("a.zarr", "has chunk files (0/0/0) but no .zarray or zarr.json");
    }

    [Fact]
    public async Task Open_OfAGroupWithoutMultiscales_ListsItsArrays()
    {
        NgffWriter.WriteGroup(_folder["b.zarr"], TestArrays.Files);
        ZarrArraySpec spec = new(new Shape3(1, 1, 1), new Shape3(1, 1, 1), VoxelType.UInt8);
        ZarrArrayWriter.Create(_folder["b.zarr/raw"], spec, TestArrays.Files);
        await AssertNotOpenedAsync("b.zarr", "name one of its arrays: raw");
    }

    private async Task<ZarrVolume> WriteAndOpenAsync(string codec)
    {
        ZarrArraySpec spec = new(new Shape3(16, 8, 16), new Shape3(8, 8, 8), VoxelType.UInt16)
        {
            Codec = ZarrV2Codecs.FromName(codec, 2),
        };

        using VoxelBuffer voxels = VoxelBuffer.Rent(spec.Shape, spec.Type);
        for (int i = 0; i < voxels.Voxels<ushort>().Length; i++)
        {
            voxels.Voxels<ushort>()[i] = (ushort)(1 + (i * i / 7));
        }

        TestArrays.Write(_folder["a.zarr"], spec, voxels);
        return await TestArrays.OpenAsync(_folder["a.zarr"]);
    }

    private async Task AssertChunkRefusedAsync(ZarrVolume volume, string problem)
    {
        VolumeFormatException refusal = await Assert.ThrowsAsync<VolumeFormatException>(() => TestArrays.ReadAllAsync(volume));
        Assert.StartsWith($"{Chunk}: ", refusal.Message, StringComparison.Ordinal);
        Assert.Contains(problem, refusal.Message, StringComparison.Ordinal);
    }

    private async Task AssertNotOpenedAsync(string name, string problem)
    {
        VolumeFormatException refusal = await Assert.ThrowsAsync<VolumeFormatException>(() => TestArrays.OpenAsync(_folder[name]));
        Assert.StartsWith($"{_folder[name]}: ", refusal.Message, StringComparison.Ordinal);
        Assert.Contains(problem, refusal.Message, StringComparison.Ordinal);
    }
}
