using System.Buffers.Binary;
using System.IO.Compression;
using CsCheck;
using ScrollSeg.Testing;
using ScrollSeg.Testing.Http;
using ScrollSeg.Volumes.Codecs;
using ScrollSeg.Volumes.Storage;
using ScrollSeg.Volumes.Storage.Zip;
using ScrollSeg.Volumes.Tests.Zarr;
using ScrollSeg.Volumes.Zarr;

namespace ScrollSeg.Volumes.Tests.Storage.Zip;

/// <summary>Zips as .NET's own writer makes them, and such as were tampered with.</summary>
public sealed class ZipStoreTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly byte[] _value = [.. Enumerable.Range(0, 3000).Select(i => (byte)(i * i / 50))];

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(CompressionLevel.NoCompression)]
    [InlineData(CompressionLevel.Optimal)]
    public async Task Read_OfAnEntry_GivesItsBytes(CompressionLevel level)
    {
        Make(level, ("a/b", _value), ("a/empty", []), ("c", [1]));
        ZipStore store = await OpenAsync();

        Assert.Equal(_value, await ReadAsync(store, "a/b"));
        Assert.Empty((await ReadAsync(store, "a/empty"))!);
        Assert.Null(await ReadAsync(store, "a"));
        Assert.Null(await ReadAsync(store, "a/c"));
        Assert.True(await store.ExistsAsync("c", Token));
        Assert.False(await store.ExistsAsync("a", Token));
        List<StoreEntry> list = await store.ListAsync("a/", Token).ToListAsync(Token);
        Assert.Equal([("a/b", 3000L), ("a/empty", 0L)], list.Select(entry => (entry.Key, entry.Bytes)));
    }

    [Theory]
    [InlineData(CompressionLevel.NoCompression)]
    [InlineData(CompressionLevel.Optimal)]
    public async Task ReadRange_OfAnEntry_GivesThePart(CompressionLevel level)
    {
        Make(level, ("a/b", _value), ("c", [1]));
        ZipStore store = await OpenAsync();
        foreach (ByteRange range in new[] { ByteRange.From(0, 3000), ByteRange.From(2999, 1), ByteRange.AtEnd(12), ByteRange.AtEnd(5000) })
        {
            using StoredBytes? part = await store.ReadRangeAsync("a/b", range, Token);
            (long offset, int length) = range.Within(3000)!.Value;
            Assert.Equal(_value.AsSpan((int)offset, length), part!.Span);
            Assert.Equal(3000, part.ValueLength);
        }

        await Assert.ThrowsAsync<VolumeFormatException>(async () => await store.ReadRangeAsync("a/b", ByteRange.From(2999, 2), Token));
    }

    [Fact]
    public async Task Open_OfAFolderThatWasZipped_SkipsItsName()
    {
        Make(CompressionLevel.Optimal, ("scan.zarr/.zgroup", [1]), ("scan.zarr/0/.zarray", [2]));

        ZipStore store = await OpenAsync("0");

        Assert.Equal([2], (await ReadAsync(store, ".zarray"))!);
        ChunkStore? above = store.Above(out string name);
        Assert.Equal("0", name);
        Assert.True(await above!.ExistsAsync(".zgroup", Token));
        Assert.Null(above.Above(out _));
    }

    [Theory]
    [InlineData("")]
    [InlineData("/0")]
    public async Task Volume_InAZip_IsTheOneInTheFolder(string level)
    {
        byte[] voxels = MakeVolume();

        await using VolumeReader volume = await VolumeFormats.OpenAsync(_folder["x.zip"] + level, new ReaderOptions(), Token);

        Assert.Equal(voxels, await TestArrays.ReadAllAsync(volume));
        Assert.Empty(volume.Info.Defects);
        Assert.Equal(_folder["x.zip"], volume.Info.Group);
        Assert.Matches("^[0-9a-f]{64}$", await volume.FingerprintAsync(withTimes: true, Token));
    }

    [Fact]
    public async Task Volume_InAZipBehindAServer_IsTheOneInTheFolder()
    {
        byte[] voxels = MakeVolume();
        await using FolderServer server = new(_folder.Path);

        await using VolumeReader volume = await VolumeFormats.OpenAsync($"{server.Address}/x.zip/0", new ReaderOptions(), Token);

        Assert.Equal(voxels, await TestArrays.ReadAllAsync(volume));
        Assert.All(server.Log, request => Assert.NotNull(request.Range));
    }

    [Fact]
    public async Task Open_OfNothing_SaysSo()
    {
        FileNotFoundException error = await Assert.ThrowsAsync<FileNotFoundException>(() => OpenAsync());
        Assert.Contains("x.zip: there is no such file", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("../b")]
    [InlineData("/etc/b")]
    [InlineData("a/../../b")]
    [InlineData("a\\b")]
    [InlineData("a//b")]
    public Task Open_WithANameThatLeadsOut_IsRefused(string name)
    {
        Make(CompressionLevel.NoCompression, ("aaa", [1]), (name, [2]));
        return AssertRefusedAsync("leads out of the archive");
    }

    [Fact]
    public Task Open_OfOverlappingEntries_IsRefused()
    {
        Make(CompressionLevel.NoCompression, ("a", _value), ("b", _value));
        Patch((zip, directory) => zip.AsSpan(directory + 42, 4).CopyTo(zip.AsSpan(SecondEntry(zip, directory) + 42, 4)));
        return AssertRefusedAsync("entries overlap");
    }

    [Theory]
    [InlineData(24, 999_999_999u)] // its length
    [InlineData(20, 2999u)]        // its stored length
    public async Task Read_OfLengthsThatLie_IsRefused(int field, uint value)
    {
        Make(CompressionLevel.NoCompression, ("a", _value));
        Patch((zip, directory) => BinaryPrimitives.WriteUInt32LittleEndian(zip.AsSpan(directory + field), value));
        ZipStore store = await OpenAsync();

        VolumeFormatException error = await Assert.ThrowsAsync<VolumeFormatException>(() => ReadAsync(store, "a"));

        Assert.Contains("is stored as it is, but", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Read_OfMoreThanDeflateCanHold_IsRefusedBeforeMemoryIsTaken()
    {
        Make(CompressionLevel.Optimal, ("a", _value));
        Patch((zip, directory) => BinaryPrimitives.WriteUInt32LittleEndian(zip.AsSpan(directory + 24), 2_000_000_000));
        ZipStore store = await OpenAsync();

        VolumeFormatException error = await Assert.ThrowsAsync<VolumeFormatException>(() => ReadAsync(store, "a"));

        Assert.Contains("cannot hold 2000000000 bytes", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(CompressionLevel.NoCompression, "checksum")]
    [InlineData(CompressionLevel.Optimal, "")]
    public async Task Read_OfAFlippedBit_IsRefused(CompressionLevel level, string problem)
    {
        Make(level, ("a", _value));
        Patch((zip, _) => zip[200] ^= 4);
        ZipStore store = await OpenAsync();

        VolumeFormatException error = await Assert.ThrowsAsync<VolumeFormatException>(() => ReadAsync(store, "a"));

        Assert.StartsWith($"{_folder["x.zip"]}/a: ", error.Message, StringComparison.Ordinal);
        Assert.Contains(problem, error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(8, 1, "encrypted")]
    [InlineData(10, 14, "method 14")]
    public async Task Read_OfWhatIsNotSupported_SaysWhat(int field, ushort value, string problem)
    {
        Make(CompressionLevel.NoCompression, ("a", _value));
        Patch((zip, directory) => BinaryPrimitives.WriteUInt16LittleEndian(zip.AsSpan(directory + field), value));
        ZipStore store = await OpenAsync();

        VolumeFormatException error = await Assert.ThrowsAsync<VolumeFormatException>(() => ReadAsync(store, "a"));

        Assert.Contains(problem, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Open_OfACutZip_IsRefusedWhereverItIsCut()
    {
        Make(CompressionLevel.Optimal, ("a", _value), ("b", _value));
        byte[] whole = await File.ReadAllBytesAsync(_folder["x.zip"], Token);
        for (int length = 0; length < whole.Length; length += 37)
        {
            await File.WriteAllBytesAsync(_folder["x.zip"], whole[..length], Token);
            await AssertRefusedAsync("");
        }
    }

    [Fact]
    public async Task Open_OfBytesBeforeTheZip_IsRefused()
    {
        Make(CompressionLevel.NoCompression, ("a", _value));
        byte[] whole = await File.ReadAllBytesAsync(_folder["x.zip"], Token);
        await File.WriteAllBytesAsync(_folder["x.zip"], [.. "MZ something"u8, .. whole], Token);

        await AssertRefusedAsync("something was put before");
    }

    [Fact]
    public async Task Open_OfAZip64Directory_ReadsIt()
    {
        Make(CompressionLevel.NoCompression, ("a", _value));
        byte[] zip = await File.ReadAllBytesAsync(_folder["x.zip"], Token);
        int end = zip.Length - 22;
        byte[] large = new byte[56 + 20];
        BinaryPrimitives.WriteUInt32LittleEndian(large, 0x06064b50);
        BinaryPrimitives.WriteUInt64LittleEndian(large.AsSpan(4), 44);
        BinaryPrimitives.WriteUInt64LittleEndian(large.AsSpan(24), 1);
        BinaryPrimitives.WriteUInt64LittleEndian(large.AsSpan(32), 1);
        BinaryPrimitives.WriteUInt64LittleEndian(large.AsSpan(40), BinaryPrimitives.ReadUInt32LittleEndian(zip.AsSpan(end + 12)));
        BinaryPrimitives.WriteUInt64LittleEndian(large.AsSpan(48), BinaryPrimitives.ReadUInt32LittleEndian(zip.AsSpan(end + 16)));
        BinaryPrimitives.WriteUInt32LittleEndian(large.AsSpan(56), 0x07064b50);
        BinaryPrimitives.WriteUInt64LittleEndian(large.AsSpan(64), (ulong)end);
        zip.AsSpan(end + 8, 12).Fill(0xff);
        await File.WriteAllBytesAsync(_folder["x.zip"], [.. zip[..end], .. large, .. zip[end..]], Token);

        Assert.Equal(_value, await ReadAsync(await OpenAsync(), "a"));
    }

    [Fact]
    public void Open_OfAnyFlippedByte_IsReadOrRefused()
    {
        Make(CompressionLevel.Optimal, ("a/b", _value), ("a/c", [1, 2, 3]));
        byte[] whole = File.ReadAllBytes(_folder["x.zip"]);
        Gen.Select(Gen.Int[0, whole.Length - 1], Gen.Byte).Sample(
            (at, value) =>
            {
                byte[] changed = [.. whole];
                changed[at] = value;
                File.WriteAllBytes(_folder["x.zip"], changed);
                try
                {
                    byte[]? read = ReadAsync(OpenAsync().GetAwaiter().GetResult(), "a/b").GetAwaiter().GetResult();
                    Assert.True(read is null || read.AsSpan().SequenceEqual(_value), $"byte {at} as {value} was read as something else.");
                }
                catch (VolumeFormatException)
                {
                    // what it is for
                }
            },
            seed: "0N0XIzNsQ0O2", iter: 600, threads: 1);
    }

    private byte[] MakeVolume()
    {
        Shape3 shape = new(6, 9, 10);
        using VoxelBuffer voxels = VoxelBuffer.Rent(shape, VoxelType.UInt16);
        new Random(6).NextBytes(voxels.Bytes);
        ZarrArraySpec spec = new(shape, new Shape3(4, 4, 4), VoxelType.UInt16) { Codec = ZarrV2Codecs.FromName("blosc-lz4", 2) };
        NgffImage image = new("a", [new NgffLevel("0", (2, 2, 2), (0, 0, 0))], InMicrometres: true);
        NgffWriter.WriteImage(_folder["a.zarr"], image, TestArrays.Files);
        TestArrays.Write(_folder["a.zarr/0"], spec, voxels);
        ZipFile.CreateFromDirectory(_folder["a.zarr"], _folder["x.zip"]);
        return voxels.Bytes.ToArray();
    }

    private void Make(CompressionLevel level, params (string Name, byte[] Content)[] entries)
    {
        using ZipArchive zip = ZipFile.Open(_folder["x.zip"], ZipArchiveMode.Create);
        foreach ((string name, byte[] content) in entries)
        {
            using Stream stream = zip.CreateEntry(name, level).Open();
            stream.Write(content);
        }
    }

    private void Patch(Action<byte[], int> change)
    {
        byte[] zip = File.ReadAllBytes(_folder["x.zip"]);
        change(zip, BinaryPrimitives.ReadInt32LittleEndian(zip.AsSpan(zip.Length - 6)));
        File.WriteAllBytes(_folder["x.zip"], zip);
    }

    private static int SecondEntry(byte[] zip, int first) => first + 46 +
        BinaryPrimitives.ReadUInt16LittleEndian(zip.AsSpan(first + 28)) +
        BinaryPrimitives.ReadUInt16LittleEndian(zip.AsSpan(first + 30));

    private async Task<ZipStore> OpenAsync(string inside = "") =>
        await ZipStore.OpenAsync(new FolderStore(_folder.Path), "x.zip", inside, Token);

    private static async Task<byte[]?> ReadAsync(ChunkStore store, string key)
    {
        using StoredBytes? bytes = await store.ReadAsync(key, Token);
        return bytes?.Span.ToArray();
    }

    private async Task AssertRefusedAsync(string problem)
    {
        VolumeFormatException error = await Assert.ThrowsAsync<VolumeFormatException>(() => OpenAsync());
        Assert.StartsWith($"{_folder["x.zip"]}: ", error.Message, StringComparison.Ordinal);
        Assert.Contains(problem, error.Message, StringComparison.Ordinal);
    }
}
