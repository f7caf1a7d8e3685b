using ScrollSeg.Testing;
using ScrollSeg.Testing.Http;
using ScrollSeg.Volumes.Storage;
using ScrollSeg.Volumes.Storage.Remote;

namespace ScrollSeg.Volumes.Tests.Storage.Remote;

/// <summary>A server that does everything wrong: the bytes are right, or the error is.</summary>
public sealed class HttpStoreTests : IAsyncDisposable
{
    private static readonly RemoteOptions Quick = new()
    {
        Backoff = new Backoff { Tries = 3, First = TimeSpan.FromMilliseconds(1), Longest = TimeSpan.FromSeconds(1) },
        StallTimeout = TimeSpan.FromMilliseconds(2000),
    };

    private readonly TemporaryFolder _folder = new();
    private readonly FolderServer _server;
    private readonly byte[] _value = new byte[5000];

    public HttpStoreTests()
    {
        new Random(5).NextBytes(_value);
        Directory.CreateDirectory(_folder["a b"]);
        File.WriteAllBytes(_folder["a b/ö%c"], _value);
        File.WriteAllBytes(_folder["chunk"], _value);
        File.WriteAllBytes(_folder["empty"], []);
        _server = new FolderServer(_folder.Path);
    }

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        _folder.Dispose();
    }

    [Fact]
    public async Task Read_OfAKey_GivesItsBytes()
    {
        Assert.Equal(_value, await ReadAsync("chunk"));
        Assert.Equal(_value, await ReadAsync("a b/ö%c"));
        Assert.Empty((await ReadAsync("empty"))!);
    }

    [Fact]
    public async Task Read_OfManyKeys_UsesItsConnectionsAgain()
    {
        for (int i = 0; i < 20; i++)
        {
            await ReadAsync(i % 2 == 0 ? "chunk" : "absent");
        }

        Assert.Equal(1, _server.Connections);
    }

    [Theory]
    [InlineData(404)]
    [InlineData(410)]
    public async Task Read_OfWhatIsNotThere_IsAbsent(int status)
    {
        _server.Fault = request => Misbehaviour.Answer(status);

        Assert.Null(await ReadAsync("chunk"));
        Assert.False(await Store().ExistsAsync("chunk", Token));
        Assert.Equal(1, _server.Gets["chunk"]);
    }

    [Theory]
    [InlineData(408)]
    [InlineData(429)]
    [InlineData(500)]
    [InlineData(502)]
    [InlineData(503)]
    [InlineData(504)]
    public async Task Read_AfterAStatusThatPasses_GivesTheBytes(int status)
    {
        _server.Fault = request => request.Number < 3 ? Misbehaviour.Answer(status) : null;

        Assert.Equal(_value, await ReadAsync("chunk"));
        Assert.Equal(3, _server.Gets["chunk"]);
    }

    [Fact]
    public async Task Read_OfAServerThatStaysDown_NamesAddressStatusAndTries()
    {
        _server.Fault = _ => Misbehaviour.Answer(503);

        IOException error = await Assert.ThrowsAsync<IOException>(() => ReadAsync("chunk"));

        Assert.StartsWith($"{_server.Address}/chunk: the server answers 503", error.Message, StringComparison.Ordinal);
        Assert.EndsWith("Tried 3 times.", error.Message, StringComparison.Ordinal);
        Assert.Equal(3, _server.Gets["chunk"]);
    }

    [Theory]
    [InlineData(400)]
    [InlineData(401)]
    [InlineData(405)]
    [InlineData(501)]
    [InlineData(204)]
    public async Task Read_WithAStatusThatStays_IsNotTriedAgain(int status)
    {
        _server.Fault = _ => Misbehaviour.Answer(status);

        RemoteException error = await Assert.ThrowsAsync<RemoteException>(() => ReadAsync("chunk"));

        Assert.Contains($"the server answers {status}", error.Message, StringComparison.Ordinal);
        Assert.Equal(1, _server.Gets["chunk"]);
    }

    [Fact]
    public async Task Read_WithRetryAfter_WaitsThatLong()
    {
        _server.Fault = request => request.Number == 1 ? Misbehaviour.Answer(429, "Retry-After: 1") : null;
        long start = TimeProvider.System.GetTimestamp();

        Assert.Equal(_value, await ReadAsync("chunk"));

        Assert.True(TimeProvider.System.GetElapsedTime(start) > TimeSpan.FromSeconds(0.99));
    }

    [Fact]
    public async Task Read_WithRetryAfterBeyondPatience_IsNotTriedAgain()
    {
        _server.Fault = _ => Misbehaviour.Answer(503, "Retry-After: 3600");

        await Assert.ThrowsAsync<RemoteException>(() => ReadAsync("chunk"));

        Assert.Equal(1, _server.Gets["chunk"]);
    }

    [Fact]
    public async Task Read_OfAForbiddenKeyAmongOthers_IsAnError()
    {
        _server.Fault = request => request.Key == "chunk" ? Misbehaviour.Answer(403) : null;

        RemoteException error = await Assert.ThrowsAsync<RemoteException>(() => ReadAsync("chunk"));

        Assert.Contains("403", error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("--forbidden-is-absent", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Read_WhereWhatIsAbsentIsForbidden_NamesTheOption()
    {
        _server.Fault = request => request.Key == "chunk" ? null : Misbehaviour.Answer(403);

        Assert.Equal(_value, await ReadAsync("chunk"));
        RemoteException error = await Assert.ThrowsAsync<RemoteException>(() => ReadAsync("absent"));
        Assert.Contains("--forbidden-is-absent", error.Message, StringComparison.Ordinal);
        Assert.Null(await ReadAsync("absent", Quick with { ForbiddenIsAbsent = true }));
    }

    [Theory]
    [InlineData("reset")]
    [InlineData("close")]
    [InlineData("stall")]
    [InlineData("silent")]
    public async Task Read_CutShort_IsTriedAgain(string how)
    {
        _server.Fault = request => request.Number < 3 ? Cut(how) : null;

        Assert.Equal(_value, await ReadAsync("chunk"));
        Assert.Equal(3, _server.Gets["chunk"]);
    }

    [Theory]
    [InlineData("reset", "")] // what was sent before a reset may be lost with it
    [InlineData("close", "expected 5000 bytes, the answer ended after 1234")]
    [InlineData("stall", "no byte came for too long, after 1234 of 5000 bytes")]
    [InlineData("silent", "did not answer in time")]
    public async Task Read_AlwaysCutShort_SaysWhatCame(string how, string problem)
    {
        _server.Fault = _ => Cut(how);

        IOException error = await Assert.ThrowsAsync<IOException>(() => ReadAsync("chunk"));

        Assert.StartsWith($"{_server.Address}/chunk: ", error.Message, StringComparison.Ordinal);
        Assert.Contains(problem, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Read_OfNoServer_SaysSo()
    {
        HttpStore store = new(new Uri("http://127.0.0.1:1/x.zarr"), Quick);

        IOException error = await Assert.ThrowsAsync<IOException>(async () => await store.ReadAsync("0", Token));

        Assert.Contains("http://127.0.0.1:1/x.zarr/0: no answer from the server", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Read_ThroughARedirect_FollowsIt()
    {
        _server.Fault = request => request.Key == "moved" ? Misbehaviour.Answer(302, "Location: /chunk") : null;

        Assert.Equal(_value, await ReadAsync("moved"));
    }

    [Fact]
    public async Task Read_OfARedirectInACircle_Ends()
    {
        _server.Fault = _ => Misbehaviour.Answer(302, "Location: /chunk");

        RemoteException error = await Assert.ThrowsAsync<RemoteException>(() => ReadAsync("chunk"));

        Assert.Contains("sends on to /chunk", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Read_OfAnEncodedBody_IsRefused()
    {
        _server.Fault = _ => new Misbehaviour { Headers = ["Content-Encoding: gzip"] };

        RemoteException error = await Assert.ThrowsAsync<RemoteException>(() => ReadAsync("chunk"));

        Assert.Contains("'gzip'", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task ReadRange_OfAnyPart_GivesIt(bool knowsRanges)
    {
        await using FolderServer server = new(_folder.Path) { KnowsRanges = knowsRanges };
        HttpStore store = new(new Uri(server.Address), Quick);
        foreach (ByteRange range in new[] { ByteRange.From(0, 1), ByteRange.From(17, 1000), ByteRange.From(4990, 10), ByteRange.AtEnd(100), ByteRange.AtEnd(9000) })
        {
            using StoredBytes? part = await store.ReadRangeAsync("chunk", range, Token);
            (long offset, int length) = range.Within(5000)!.Value;
            Assert.Equal(_value.AsSpan((int)offset, length), part!.Span);
            Assert.Equal(5000, part.ValueLength);
        }

        Assert.Null(await store.ReadRangeAsync("absent", ByteRange.AtEnd(4), Token));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task ReadRange_BeyondTheEnd_IsBadData(bool knowsRanges)
    {
        await using FolderServer server = new(_folder.Path) { KnowsRanges = knowsRanges };
        HttpStore store = new(new Uri(server.Address), Quick);

        VolumeFormatException error = await Assert.ThrowsAsync<VolumeFormatException>(
            async () => await store.ReadRangeAsync("chunk", ByteRange.From(4990, 11), Token));

        Assert.Contains("holds 5000 bytes; bytes 4990 to 5000 are wanted", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ReadRange_AnsweredWithFewerBytes_IsTriedAgainThenReported()
    {
        _server.Fault = request => request.Number < 3 ? new Misbehaviour { ShortenRange = 7 } : null;
        using (StoredBytes? part = await Store().ReadRangeAsync("chunk", ByteRange.From(100, 50), Token))
        {
            Assert.Equal(_value.AsSpan(100, 50), part!.Span);
        }

        _server.Fault = _ => new Misbehaviour { ShortenRange = 7 };
        IOException error = await Assert.ThrowsAsync<IOException>(
            async () => await Store().ReadRangeAsync("chunk", ByteRange.From(100, 50), Token));

        Assert.Contains("bytes 100 to 149 were asked for, the server sends 'bytes 100-142/5000'", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Read_WhenCancelled_Stops()
    {
        using CancellationTokenSource source = CancellationTokenSource.CreateLinkedTokenSource(Token);
        _server.Fault = _ =>
        {
            source.Cancel();
            return new Misbehaviour { Silent = true };
        };

        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await Store().ReadAsync("chunk", source.Token));
    }

    [Fact]
    public async Task Exists_OnAServerWithoutHead_AsksOtherwise()
    {
        _server.Fault = request => request.Method == "HEAD" ? Misbehaviour.Answer(405) : null;

        Assert.True(await Store().ExistsAsync("chunk", Token));
        Assert.False(await Store().ExistsAsync("absent", Token));
    }

    [Fact]
    public void Above_OfAnAddress_IsTheOneAStepUp()
    {
        ChunkStore? above = new HttpStore(new Uri("http://host/a/x.zarr/0/"), Quick).Above(out string name);

        Assert.Equal(("http://host/a/x.zarr", "0"), (above?.Location, name));
        Assert.Null(new HttpStore(new Uri("http://host/"), Quick).Above(out _));
    }

    private static Misbehaviour Cut(string how) => how switch
    {
        "reset" => new Misbehaviour { ResetAfter = 1234 },
        "close" => new Misbehaviour { CloseAfter = 1234 },
        "stall" => new Misbehaviour { StallAfter = 1234 },
        _ => new Misbehaviour { Silent = true },
    };

    private HttpStore Store() => new(new Uri(_server.Address), Quick);

    private async Task<byte[]?> ReadAsync(string key, RemoteOptions? options = null)
    {
        using StoredBytes? bytes = await new HttpStore(new Uri(_server.Address), options ?? Quick).ReadAsync(key, Token);
        return bytes?.Span.ToArray();
    }
}
