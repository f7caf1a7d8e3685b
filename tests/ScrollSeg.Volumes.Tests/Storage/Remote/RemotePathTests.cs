using ScrollSeg.Testing;
using ScrollSeg.Testing.Http;
using ScrollSeg.Volumes.Storage;
using ScrollSeg.Volumes.Storage.Remote;

namespace ScrollSeg.Volumes.Tests.Storage.Remote;

public sealed class RemotePathTests
{
    [Theory]
    [InlineData("s3://bucket/scan.zarr/0", null, "https://bucket.s3.amazonaws.com/scan.zarr/0")]
    [InlineData("s3://bucket", null, "https://bucket.s3.amazonaws.com")]
    [InlineData("s3://my.bucket/scan 1.zarr/", null, "https://s3.amazonaws.com/my.bucket/scan%201.zarr")]
    [InlineData("s3://bucket/a.zarr", "http://localhost:9000/", "http://localhost:9000/bucket/a.zarr")]
    [InlineData("HTTP://host/a.zarr/", null, "http://host/a.zarr")]
    public void Open_OfAnAddress_IsWhereItLies(string path, string? endpoint, string expected)
    {
        ChunkStore store = RemotePath.Open(path, new RemoteOptions { S3Endpoint = endpoint is null ? null : new Uri(endpoint) });

        Assert.Equal(expected, store.Location);
        Assert.True(RemotePath.IsRemote(path));
    }

    [Theory]
    [InlineData("s3://")]
    [InlineData("s3:///a.zarr")]
    [InlineData("s3://UPPER/a.zarr")]
    [InlineData("s3://evil.com:80/a.zarr")]
    [InlineData("s3://bucket/../a.zarr")]
    [InlineData("http://")]
    [InlineData("http://host/a.zarr?token=1")]
    [InlineData("http://user:secret@host/a.zarr")]
    public void Open_OfWhatIsNoAddress_IsRefusedWithoutItsSecrets(string path)
    {
        VolumeFormatException error = Assert.Throws<VolumeFormatException>(() => RemotePath.Open(path, new RemoteOptions()));

        Assert.DoesNotContain("token", error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("secret", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("eu-west-3", "https://bucket.s3.eu-west-3.amazonaws.com/k")]
    [InlineData("evil.com/", null)]
    public void RootIn_ARegionThatTheServerNames_IsAmazons(string region, string? expected)
    {
        S3Address address = S3Address.Parse("s3://bucket/k", null);
        if (expected is null)
        {
            Assert.Throws<VolumeFormatException>(() => address.RootIn(region));
            return;
        }

        Assert.Equal(expected, address.RootIn(region).AbsoluteUri);
    }

    [Fact]
    public async Task Read_OfABucketInAnotherRegion_GoesThere()
    {
        using TemporaryFolder folder = new();
        Directory.CreateDirectory(folder["west"]);
        await File.WriteAllTextAsync(folder["west/key"], "there", TestContext.Current.CancellationToken);
        await using FolderServer server = new(folder.Path);
        server.Fault = request => request.Key.StartsWith("east", StringComparison.Ordinal)
            ? Misbehaviour.Answer(301, "x-amz-bucket-region: west")
            : null;
        RemoteOptions options = new() { Backoff = new Backoff { First = TimeSpan.FromMilliseconds(1) } };
        HttpStore store = new(new Uri($"{server.Address}/east"), options, region => new Uri($"{server.Address}/{region}"));

        using StoredBytes? bytes = await store.ReadAsync("key", TestContext.Current.CancellationToken);

        Assert.Equal("there"u8, bytes!.Span);
        Assert.Equal($"{server.Address}/west", store.Location);
    }

    [Fact]
    public async Task Read_OfABucketThatIsNowhere_Ends()
    {
        using TemporaryFolder folder = new();
        await using FolderServer server = new(folder.Path);
        server.Fault = request => Misbehaviour.Answer(301, $"x-amz-bucket-region: r{request.Number}");
        RemoteOptions options = new() { Backoff = new Backoff { Tries = 4, First = TimeSpan.FromMilliseconds(1) } };
        int asked = 0;
        HttpStore store = new(new Uri($"{server.Address}/east"), options, _ => new Uri($"{server.Address}/{asked++}"));

        await Assert.ThrowsAsync<IOException>(async () => await store.ReadAsync("key", TestContext.Current.CancellationToken));

        Assert.Equal(4, server.Log.Count);
    }
}
