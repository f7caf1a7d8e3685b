using System.Security.Cryptography;
using ScrollSeg.Cli;
using ScrollSeg.Cli.Data;
using ScrollSeg.Cli.Downloads;
using ScrollSeg.Cli.Parsing;
using ScrollSeg.Segmentation.Runs;
using ScrollSeg.Testing;
using ScrollSeg.Testing.Http;

namespace ScrollSeg.Tests.Data;

public sealed class FilesPullTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly HttpClient _client = DownloadClient.Create();

    public FilesPullTests()
    {
        Directory.CreateDirectory(_folder["served"]);
        for (int i = 7; i < 13; i++)
        {
            File.WriteAllBytes(Path.Combine(_folder["served"], $"{i:000}.tif"), Content(i));
        }

        File.WriteAllBytes(Path.Combine(_folder["served"], "mask.png"), Content(99));
    }

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private string Out => _folder["out"];

    public void Dispose()
    {
        _client.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public async Task Run_Stack_BringsTheSlicesOfTheRegionAndTheOtherFiles()
    {
        await using FolderServer server = new(_folder["served"]);

        await RunAsync(server, "1:3,:,:");
        Assert.Equal(["008.tif", "009.tif", "mask.png"], Files());
        await RunAsync(server, "2:4,:,:");

        Assert.Equal(["008.tif", "009.tif", "010.tif", "mask.png"], Files());
        Assert.All(server.Gets, get => Assert.Equal(1, get.Value));
        Assert.Equal(Content(10), File.ReadAllBytes(Path.Combine(Out, "010.tif")));
        PullVerification verified = await PullVerification.RunAsync(Out, Token);
        Assert.Equal((4, 0), (verified.Objects, verified.Problems.Count));
        File.Delete(Path.Combine(Out, "009.tif"));
        Assert.Single((await PullVerification.RunAsync(Out, Token)).Problems);
    }

    [Theory]
    [InlineData(true, 30_000)]   // the hash tells that the parts belong together
    [InlineData(false, 30_000)]  // the server's own mark does
    public async Task Run_Interrupted_GoesOnWithinTheFile(bool hasHash, int cut)
    {
        await using FolderServer server = new(_folder["served"]) { Fault = _ => new Misbehaviour { ResetAfter = cut } };
        DatasetFile mask = Mask(server, hasHash);

        await Assert.ThrowsAsync<DownloadException>(() => RunAsync([mask], tries: 1));
        Assert.False(Path.Exists(Out));
        server.Fault = _ => null;
        await RunAsync([mask]);

        Assert.Equal(Content(99), File.ReadAllBytes(Path.Combine(Out, "mask.png")));
        string? range = server.Log[^1].Range;
        long from = long.Parse(range!.TrimEnd('-'), System.Globalization.CultureInfo.InvariantCulture);
        Assert.InRange(from, 1, cut); // a reset may take bytes with it that were under way
        Assert.Equal(["mask.png"], Files());
    }

    [Fact]
    public async Task Run_FileThatChangedInBetween_IsNotPutTogetherFromTwoVersions()
    {
        await using FolderServer server = new(_folder["served"]) { Fault = _ => new Misbehaviour { ResetAfter = 30_000 } };
        DatasetFile mask = Mask(server, hasHash: false);
        await Assert.ThrowsAsync<DownloadException>(() => RunAsync([mask], tries: 1));

        File.WriteAllBytes(Path.Combine(_folder["served"], "mask.png"), Content(100));
        File.SetLastWriteTimeUtc(Path.Combine(_folder["served"], "mask.png"), new DateTime(2030, 1, 1, 0, 0, 0, DateTimeKind.Utc));
        server.Fault = _ => null;
        await RunAsync([mask]);

        Assert.Equal(Content(100), File.ReadAllBytes(Path.Combine(Out, "mask.png")));
    }

    [Fact]
    public async Task Run_BodyThatIsCutOff_IsGivenUpAfterSomeTries()
    {
        await using FolderServer server = new(_folder["served"]) { Fault = _ => new Misbehaviour { CloseAfter = 0 } };

        DownloadException e = await Assert.ThrowsAsync<DownloadException>(() => RunAsync([Mask(server, hasHash: false)], tries: 3));

        Assert.Contains("3 times in a row; 0 bytes are kept", e.Message, StringComparison.Ordinal);
        Assert.False(Path.Exists(Out));
    }

    [Theory]
    [InlineData(404, "answered 404")]
    [InlineData(403, "answered 403")]
    public async Task Run_FileThatIsNotGiven_IsAnError(int status, string problem)
    {
        await using FolderServer server = new(_folder["served"]) { Fault = request => request.Key == "009.tif" ? Misbehaviour.Answer(status) : null };

        DownloadException e = await Assert.ThrowsAsync<DownloadException>(() => RunAsync(server, "0:6,:,:"));

        Assert.Contains(problem, e.Message, StringComparison.Ordinal);
        Assert.Contains("is incomplete", Assert.Single((await PullVerification.RunAsync(Out, Token)).Problems), StringComparison.Ordinal);
        server.Fault = _ => null;
        server.ForgetRequests();
        string[] there = [.. Directory.GetFiles(Out + ".partial").Select(file => Path.GetFileName(file))]; // parts have names of their own
        await RunAsync(server, "0:6,:,:");
        Assert.Contains("009.tif", server.Gets.Keys);
        Assert.DoesNotContain(server.Gets.Keys, there.Contains);
    }

    [Fact]
    public async Task Run_AnotherFileThanTheManifests_IsRefused()
    {
        await using FolderServer server = new(_folder["served"]);
        DatasetFile mask = Mask(server, hasHash: false);

        DownloadException size = await Assert.ThrowsAsync<DownloadException>(() => RunAsync([mask with { Bytes = 5 }]));
        WrongFileException hash = await Assert.ThrowsAsync<WrongFileException>(() => RunAsync([mask with { Sha256 = new string('0', 64) }], output: _folder["b"]));
        DownloadException space = await Assert.ThrowsAsync<DownloadException>(() => RunAsync([mask with { Bytes = long.MaxValue }], output: _folder["c"]));

        Assert.Contains("has 70000 bytes, its manifest says 5", size.Message, StringComparison.Ordinal);
        Assert.Contains("it is another file, and was discarded", hash.Message, StringComparison.Ordinal);
        Assert.Contains("are free. Choose an --output on a larger disk.", space.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("0:7,:,:")]
    [InlineData("0:2,0:5,:")]
    [InlineData("3:3,:,:")]
    public async Task Run_RegionThatIsNoSlices_IsUsage(string region)
    {
        await using FolderServer server = new(_folder["served"]);

        UsageException e = await Assert.ThrowsAsync<UsageException>(() => RunAsync(server, region));

        Assert.Contains("expected z0:z1,:,: within 0:6", e.Message, StringComparison.Ordinal);
    }

    private static byte[] Content(int seed)
    {
        byte[] content = new byte[70_000];
        new Random(seed).NextBytes(content);
        return content;
    }

    private static DatasetFile Mask(FolderServer server, bool hasHash) => new("mask.png", $"{server.Address}/mask.png")
    {
        Sha256 = hasHash ? Convert.ToHexStringLower(SHA256.HashData(Content(99))) : null,
    };

    private string[] Files() => [.. Directory.GetFiles(Out).Select(file => Path.GetFileName(file)).Order(StringComparer.Ordinal)];

    private Task<string> RunAsync(FolderServer server, string region) =>
        RunAsync([new DatasetFile("{007:012}.tif", server.Address + "/{007:012}.tif"), Mask(server, hasHash: true)], region);

    private Task<string> RunAsync(DatasetFile[] files, string? region = null, int tries = 2, string? output = null)
    {
        DatasetManifest manifest = new("tiny", "A test", new FilesContent(files), "CC0-1.0", "nobody", "made up");
        ResumableDownload download = new(_client) { Tries = tries, Pause = TimeSpan.FromMilliseconds(1) };
        PullRequest request = new(output ?? Out, region is null ? null : Region.Parse(region), null);
        return FilesPull.RunAsync(manifest, (FilesContent)manifest.Content, request, download, new Silent(), Token);
    }

    private sealed class Silent : IRunProgress
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
