using ScrollSeg.Testing;
using ScrollSeg.Testing.Http;
using ScrollSeg.Volumes.Storage;
using ScrollSeg.Volumes.Storage.Remote;
using ScrollSeg.Volumes.Tests.Zarr;
using ScrollSeg.Volumes.Zarr;

namespace ScrollSeg.Volumes.Tests.Storage.Remote;

public sealed class ChunkCacheTests : IDisposable
{
    private const int Block = 4096;

    private readonly TemporaryFolder _folder = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void TryRead_OfWhatWasKept_GivesIt()
    {
        using ChunkCache cache = Open(100 * Block);
        Keep(cache, "a", [1, 2, 3], valueLength: 77);

        using StoredBytes? bytes = cache.TryRead("a");

        Assert.Equal([1, 2, 3], bytes!.Span.ToArray());
        Assert.Equal(77, bytes.ValueLength);
        Assert.Null(cache.TryRead("b"));
    }

    [Fact]
    public async Task Keep_FromManyThreads_StaysBelowTheLimitAtEveryMoment()
    {
        const long Limit = 40 * Block;
        using ChunkCache cache = Open(Limit);
        using CancellationTokenSource done = new();
        long most = 0;
        Task watching = Task.Run(
            () =>
            {
                Dictionary<string, long> before = [];
                while (!done.IsCancellationRequested)
                {
                    // no name is used twice: what two looks find was there at the moment between them
                    Dictionary<string, long> now = SizesOnDisk();
                    most = Math.Max(most, before.Where(file => now.ContainsKey(file.Key)).Sum(file => file.Value));
                    before = now;
                }
            },
            Token);

        Parallel.For(0, 600, new ParallelOptions { MaxDegreeOfParallelism = 8 }, i =>
        {
            Keep(cache, $"{i}", new byte[100 + (i * 37 % (3 * Block))]);
            cache.TryRead($"{i / 2}")?.Dispose();
            Assert.InRange(cache.Bytes, 0, Limit);
        });
        await done.CancelAsync();
        await watching;

        Assert.InRange(most, 1, Limit);
        Assert.Equal(cache.Bytes, BytesOnDisk());
    }

    [Fact]
    public void Keep_WithoutRoom_DropsWhatWasNotUsedForLongest()
    {
        using ChunkCache cache = Open(3 * Block);
        foreach (string name in new[] { "a", "b", "c" })
        {
            Keep(cache, name, [1]);
        }

        cache.TryRead("a")?.Dispose();
        Keep(cache, "d", [1]);

        Assert.Equal([true, false, true, true], new[] { "a", "b", "c", "d" }.Select(name => Has(cache, name)));
        Keep(cache, "e", new byte[4 * Block]); // more than all of it
        Assert.False(Has(cache, "e"));
        Assert.True(Has(cache, "d"));
    }

    [Fact]
    public void TryRead_OfADamagedFile_IsAbsentAndRemoved()
    {
        using ChunkCache cache = Open(10 * Block);
        Keep(cache, "a", new byte[500]);
        string file = Assert.Single(Directory.GetFiles(_folder["cache"], "*.cached", SearchOption.AllDirectories));
        byte[] bytes = File.ReadAllBytes(file);
        bytes[200] ^= 1;
        File.WriteAllBytes(file, bytes);

        Assert.Null(cache.TryRead("a"));

        Assert.False(File.Exists(file));
        Assert.Equal(0, cache.Bytes);
    }

    [Fact]
    public void Open_OfAnEarlierCache_TakesItOverBelowItsLimit()
    {
        using (ChunkCache first = Open(10 * Block))
        {
            for (int i = 0; i < 10; i++)
            {
                Keep(first, $"{i}", [1]);
            }
        }

        File.WriteAllText(_folder["cache/not-ours.txt"], "stays");
        File.WriteAllText(Path.Combine(Directory.GetDirectories(_folder["cache"])[0], "ab.cached.3.tmp"), "left by a kill");
        using ChunkCache second = Open(4 * Block);

        Assert.Equal(4 * Block, second.Bytes);
        Assert.Equal(4 * Block, BytesOnDisk());
        Assert.True(File.Exists(_folder["cache/not-ours.txt"]));
    }

    [Fact]
    public async Task Volume_ReadTwice_IsFetchedOnce()
    {
        using VoxelBuffer voxels = VoxelBuffer.Rent(new Shape3(9, 10, 11), VoxelType.UInt16);
        new Random(2).NextBytes(voxels.Bytes);
        TestArrays.Write(_folder["a.zarr"], new ZarrArraySpec(voxels.Shape, new Shape3(4, 4, 4), voxels.Type), voxels);
        await using FolderServer server = new(_folder.Path);
        ReaderOptions options = new() { Remote = new RemoteOptions { CacheFolder = _folder["cache"] } };

        for (int i = 0; i < 2; i++)
        {
            await using VolumeReader volume = await VolumeFormats.OpenAsync($"{server.Address}/a.zarr", options, Token);
            server.ForgetRequests();
            Assert.Equal(voxels.Bytes.ToArray(), await TestArrays.ReadAllAsync(volume));
            Assert.Equal(i == 0 ? 27 : 0, server.Log.Count);
        }

        // a store that was written anew is another one
        File.SetLastWriteTimeUtc(_folder["a.zarr/.zarray"], new DateTime(2001, 1, 1, 0, 0, 0, DateTimeKind.Utc));
        await using VolumeReader anew = await VolumeFormats.OpenAsync($"{server.Address}/a.zarr", options, Token);
        server.ForgetRequests();
        await TestArrays.ReadAllAsync(anew);
        Assert.Equal(27, server.Log.Count);
    }

    private static void Keep(ChunkCache cache, string name, byte[] content, long? valueLength = null)
    {
        using StoredBytes bytes = StoredBytes.Rent(content.Length, valueLength ?? content.Length);
        content.CopyTo(bytes.Span);
        cache.Keep(name, bytes);
    }

    private static bool Has(ChunkCache cache, string name)
    {
        using StoredBytes? bytes = cache.TryRead(name);
        return bytes is not null;
    }

    private ChunkCache Open(long limit) => ChunkCache.Open(_folder["cache"], limit);

    private long BytesOnDisk() => SizesOnDisk().Values.Sum();

    private Dictionary<string, long> SizesOnDisk()
    {
        Dictionary<string, long> sizes = [];
        foreach (string path in Directory.EnumerateFiles(_folder["cache"], "*.cached*", SearchOption.AllDirectories))
        {
            FileInfo file = new(path);
            if (file.Exists)
            {
                sizes[path] = (file.Length + Block - 1) / Block * Block;
            }
        }

        return sizes;
    }
}
