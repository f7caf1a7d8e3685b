using System.Security.Cryptography;
using ScrollSeg.Cli.Downloads;
using ScrollSeg.Cli.Models;
using ScrollSeg.Sam;
using ScrollSeg.Segmentation.Runs;
using ScrollSeg.Testing;
using Behaviour = ScrollSeg.Tests.Models.LoopbackServer.Behaviour;

namespace ScrollSeg.Tests.Models;

public sealed class ModelCacheTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly HttpClient _client = new() { Timeout = Timeout.InfiniteTimeSpan };
    private readonly byte[] _content = new byte[700_001];
    private readonly Notes _notes = new();

    public ModelCacheTests() => new Random(1).NextBytes(_content);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private string Final => Path.Combine(_folder["cache"], "tiny.pth");

    private string Part => Final + ".part";

    public void Dispose()
    {
        _client.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public async Task Pull_HonestServer_BringsTheFileUnderItsName()
    {
        await using LoopbackServer server = new(_content, new Behaviour());

        string path = await PullAsync(server);

        Assert.Equal(Final, path);
        Assert.Equal(_content, await File.ReadAllBytesAsync(path, Token));
        Assert.False(File.Exists(Part));
        Assert.Equal([-1], server.Requests);
        Assert.Equal((_content.Length, _content.Length), (_notes.Total, _notes.Done));
        Assert.Equal(CachedState.Here, new ModelCache(_folder["cache"]).Look(ManifestOf(server)).State);

        await PullAsync(server);
        Assert.Single(server.Requests); // the second pull asks for nothing
    }

    [Theory]
    [InlineData(1)]
    [InlineData(300_000)]
    [InlineData(700_000)]
    public async Task Pull_PartThatIsThere_IsGoneOnWith(int length)
    {
        WritePart(_content[..length]);
        await using LoopbackServer server = new(_content, new Behaviour());

        Assert.Equal(_content, await File.ReadAllBytesAsync(await PullAsync(server), Token));
        Assert.Equal([length], server.Requests);
    }

    [Fact]
    public async Task Pull_CompletePart_IsVerifiedWithoutARequest()
    {
        WritePart(_content);
        await using LoopbackServer server = new(_content, new Behaviour());

        Assert.Equal(_content, await File.ReadAllBytesAsync(await PullAsync(server), Token));
        Assert.Empty(server.Requests);
    }

    [Fact]
    public async Task Pull_ConnectionsThatBreak_AreTakenUpWhereTheyBroke()
    {
        await using LoopbackServer server = new(
            _content, new Behaviour { CutAfter = 100_000 }, new Behaviour { CutAfter = 0 }, new Behaviour { CutAfter = 250_000, StatesLength = false },
            new Behaviour { Status = "503 Service Unavailable", CutAfter = 0 }, new Behaviour());

        Assert.Equal(_content, await File.ReadAllBytesAsync(await PullAsync(server), Token));
        Assert.Equal([-1, 100_000, 100_000, 350_000, 350_000], server.Requests);
    }

    [Fact]
    public async Task Pull_ServerThatFallsSilent_IsGivenUpAndThePartKept()
    {
        await using LoopbackServer server = new(_content, new Behaviour { CutAfter = 100_000, FallsSilent = true }, new Behaviour { CutAfter = 0, FallsSilent = true });

        DownloadException e = await Assert.ThrowsAsync<DownloadException>(() => PullAsync(server, tries: 2, patience: 0.3));

        Assert.Contains("was silent for 0.3 s 2 times in a row; 100000 of 700001 bytes are kept in " + Part, e.Message, StringComparison.Ordinal);
        Assert.Equal(_content[..100_000], await File.ReadAllBytesAsync(Part, Token));
        Assert.False(File.Exists(Final));
        Assert.Equal((CachedState.Partial, 100_000), new ModelCache(_folder["cache"]).Look(ManifestOf(server)));
    }

    [Fact]
    public async Task Pull_ServerThatKnowsNoRanges_IsReadFromTheBeginning()
    {
        WritePart(_content[..300_000]);
        await using LoopbackServer server = new(_content, new Behaviour { IgnoresRange = true });

        Assert.Equal(_content, await File.ReadAllBytesAsync(await PullAsync(server), Token));
        Assert.Equal([300_000], server.Requests);
    }

    [Fact]
    public async Task Pull_PartOfAnotherFile_IsFetchedFromTheBeginningOnce()
    {
        WritePart(new byte[300_000]);
        await using LoopbackServer server = new(_content, new Behaviour());

        Assert.Equal(_content, await File.ReadAllBytesAsync(await PullAsync(server), Token));
        Assert.Equal([300_000, -1], server.Requests);
        Assert.Contains(_notes.Texts, text => text.Contains("did not have the hash", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Pull_PartThatIsTooLong_IsDiscarded()
    {
        WritePart(new byte[_content.Length + 1]);
        await using LoopbackServer server = new(_content, new Behaviour());

        Assert.Equal(_content, await File.ReadAllBytesAsync(await PullAsync(server), Token));
        Assert.Equal([-1], server.Requests);
    }

    [Fact]
    public async Task Pull_AlteredFile_IsNamedAndFetchedAgain()
    {
        Directory.CreateDirectory(_folder["cache"]);
        byte[] altered = [.. _content];
        altered[350_000] ^= 1;
        await File.WriteAllBytesAsync(Final, altered, Token);
        await using LoopbackServer server = new(_content, new Behaviour());

        Assert.Equal(_content, await File.ReadAllBytesAsync(await PullAsync(server), Token));
        Assert.Contains(_notes.Texts, text => text.StartsWith($"{Final} was altered", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Pull_OtherBytesOfTheSameLength_AreRefusedAndDiscarded()
    {
        byte[] other = [.. _content];
        other[^1] ^= 1;
        await using LoopbackServer server = new(other, new Behaviour());

        CheckpointException e = await Assert.ThrowsAsync<CheckpointException>(() => PullAsync(server));

        Assert.Contains("its manifest says " + Convert.ToHexStringLower(SHA256.HashData(_content)), e.Message, StringComparison.Ordinal);
        Assert.False(File.Exists(Final));
        Assert.Equal(0, new FileInfo(Part).Length);
    }

    public static TheoryData<string, int, string> Refusals => new()
    {
        { "404", 0, "answered 404 Not Found" },
        { "403", 300_000, "answered 403 Forbidden" },
        { "416", 300_000, "has nothing from byte 300000 on" },
        { "shorter", 0, "has 5000 bytes, its manifest says 700001" },
        { "other total", 300_000, "has 900000 bytes, its manifest says 700001" },
        { "other place", 300_000, "asked for the bytes from 300000 on, and answered with 'bytes 300007-" },
        { "longer", 0, "sends more than the 700001 bytes" },
        { "unasked part", 0, "asked for the bytes from 0 on" },
    };

    [Theory]
    [MemberData(nameof(Refusals))]
    public async Task Pull_ServerWithAnotherFile_IsRefusedAtOnce(string what, int part, string problem)
    {
        Behaviour behaviour = what switch
        {
            "404" => new Behaviour { Status = "404 Not Found" },
            "403" => new Behaviour { Status = "403 Forbidden" },
            "416" => new Behaviour { Status = "416 Range Not Satisfiable" },
            "shorter" => new Behaviour { Length = 5000, CutAfter = 5000 },
            "other total" => new Behaviour { Total = 900_000 },
            "other place" => new Behaviour { RangeShift = 7 },
            "unasked part" => new Behaviour { Status = "206 Partial Content" },
            _ => new Behaviour { StatesLength = false, Extra = new byte[10] },
        };
        WritePart(_content[..part]);
        await using LoopbackServer server = new(_content, behaviour);

        DownloadException e = await Assert.ThrowsAsync<DownloadException>(() => PullAsync(server));

        Assert.StartsWith(server.Address.ToString(), e.Message, StringComparison.Ordinal);
        Assert.Contains(problem, e.Message, StringComparison.Ordinal);
        Assert.Single(server.Requests);
        Assert.False(File.Exists(Final));
    }

    [Fact]
    public async Task Pull_LengthThatIsNotKept_IsTriedAgainAndThenGivenUp()
    {
        await using LoopbackServer server = new(_content, new Behaviour { CutAfter = 5000 }, new Behaviour { CutAfter = 0 });

        DownloadException e = await Assert.ThrowsAsync<DownloadException>(() => PullAsync(server, tries: 3));

        Assert.Contains("5000 of 700001 bytes are kept", e.Message, StringComparison.Ordinal);
        Assert.Equal(3, server.Requests.Count);
    }

    [Fact]
    public async Task Pull_NobodyListening_SaysSo()
    {
        Uri address;
        await using (LoopbackServer server = new(_content, new Behaviour()))
        {
            address = server.Address;
        }

        DownloadException e = await Assert.ThrowsAsync<DownloadException>(() => PullAsync(ManifestOf(address), tries: 2));

        Assert.Contains("2 times in a row", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Pull_WhileAnotherProcessDoes_IsRefused()
    {
        WritePart([]);
        await using FileStream other = new(Part, FileMode.Open, FileAccess.ReadWrite, FileShare.None);
        await using LoopbackServer server = new(_content, new Behaviour());

        await Assert.ThrowsAnyAsync<IOException>(() => PullAsync(server));

        Assert.Empty(server.Requests);
    }

    private Task<string> PullAsync(LoopbackServer server, int tries = 3, double patience = 30) =>
        PullAsync(ManifestOf(server.Address), tries, patience);

    private Task<string> PullAsync(ModelManifest manifest, int tries = 3, double patience = 30)
    {
        ResumableDownload download = new(_client) { Tries = tries, Pause = TimeSpan.FromMilliseconds(1), Patience = TimeSpan.FromSeconds(patience) };
        return new ModelCache(_folder["cache"]).PullAsync(manifest, download, _notes, Token);
    }

    private ModelManifest ManifestOf(LoopbackServer server) => ManifestOf(server.Address);

    private ModelManifest ManifestOf(Uri address) => new(
        "tiny", "A test", address, _content.Length, Convert.ToHexStringLower(SHA256.HashData(_content)), "CC0-1.0", "none");

    private void WritePart(byte[] bytes)
    {
        Directory.CreateDirectory(_folder["cache"]);
        File.WriteAllBytes(Part, bytes);
    }

    private sealed class Notes : IRunProgress
    {
        public List<string> Texts { get; } = [];

        public long Total { get; private set; }

        public long Done { get; private set; }

        public void Begin(string name, long total, string unit) => Total = total;

        public void Advance(long done) => Done = done;

        public void Note(string text) => Texts.Add(text);
    }
}
