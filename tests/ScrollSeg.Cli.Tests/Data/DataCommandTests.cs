using System.Diagnostics;
using System.Text.Json;
using ScrollSeg.Cli;
using ScrollSeg.Testing;
using ScrollSeg.Testing.Http;
using ScrollSeg.Volumes;

namespace ScrollSeg.Tests.Data;

/// <summary>Sets the process's configuration folder: the only class that does.</summary>
public sealed class DataCommandTests : IDisposable
{
    private const string Variable = "XDG_CONFIG_HOME";

    private readonly TemporaryFolder _folder = new();
    private readonly string? _before = Environment.GetEnvironmentVariable(Variable);

    public DataCommandTests() => Environment.SetEnvironmentVariable(Variable, _folder["configuration"]);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private string Served => _folder["served"];

    private string Out => _folder["box.zarr"];

    public void Dispose()
    {
        Environment.SetEnvironmentVariable(Variable, _before);
        _folder.Dispose();
    }

    [Fact]
    public async Task List_ShowsDatasetsAndCheckpoints()
    {
        (int code, string output, _) = await RunAsync("data", "list");
        (_, string json, _) = await RunAsync("data", "list", "scroll1a-7.91um", "--json");
        (_, string details, _) = await RunAsync("data", "list", "fragment1");

        Assert.Equal(ExitCode.Done, code);
        Assert.Contains("scroll1a-7.91um         zarr   [14376, 7888, 8096] uint8", output, StringComparison.Ordinal);
        Assert.Contains("sam_vit_b", output, StringComparison.Ordinal);
        JsonElement row = JsonDocument.Parse(json).RootElement[0];
        Assert.Equal("educelab-scrolls", row.GetProperty("agreement").GetString());
        Assert.Equal([14376, 7888, 8096], row.GetProperty("shape").EnumerateArray().Select(extent => extent.GetInt32()));
        Assert.Contains("/{00:64}.tif", details, StringComparison.Ordinal);
        Assert.Contains("University of", details, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("3:20,9:17,20:40", 0, 3 * 2 * 2)] // chunks of 8, 8, 16
    [InlineData("0:8,0:8,0:16", 0, 1)]
    [InlineData("16:40,:,32:", 0, 3 * 5 * 2)] // of which all are absent
    [InlineData("5:20,:,:16", 1, 3 * 3 * 1)]
    public async Task Pull_Region_FetchesItsChunksAndNoOthers(string region, int level, int chunks)
    {
        await PublishedScan.WriteAsync(Path.Combine(Served, "scan.zarr"));
        await using FolderServer server = new(Served);

        (int code, string output, string error) = await PullAsync(server, "--region", region, "--level", $"{level}");

        Assert.True(code == ExitCode.Done, error);
        Assert.Equal(Out, output.Trim());
        IReadOnlyDictionary<string, int> fetched = ChunksOf(server);
        Assert.Equal(chunks, fetched.Count);
        Assert.All(fetched, chunk => Assert.Equal(1, chunk.Value));
        foreach (string key in fetched.Keys.Where(key => File.Exists(Path.Combine(Served, key))))
        {
            Assert.Equal(await File.ReadAllBytesAsync(Path.Combine(Served, key), Token), await File.ReadAllBytesAsync(Path.Combine(Out, key["scan.zarr/".Length..]), Token));
        }

        await using VolumeReader reader = await VolumeFormats.OpenAsync(Out, new ReaderOptions(), Token);
        Box3 box = Cli.Parsing.Region.Parse(region).In(reader.Info);
        Assert.Equal([$"{level}"], reader.Info.Levels.Select(one => one.Path));
        Assert.Equal(await PublishedScan.ReadAsync($"{server.Address}/scan.zarr/{level}", box), await PublishedScan.ReadAsync(Out, box));
        Assert.Equal((ExitCode.Done, true), await VerifyAsync("intact"));
    }

    [Fact]
    public async Task Pull_Shards_BringsThemWhole()
    {
        await PublishedScan.WriteAsync(Path.Combine(Served, "scan.zarr"), zarrFormat: 3, shard: new Shape3(16, 16, 32));
        await using FolderServer server = new(Served);
        (int code, _, string error) = await PullAsync(server, "--region", "0:17,0:3,0:3");

        Assert.True(code == ExitCode.Done, error);
        Assert.Equal(2, ChunksOf(server).Count);
        Box3 box = Box3.FromBounds((0, 0, 0), (17, 3, 3));
        Assert.Equal(await PublishedScan.ReadAsync(Path.Combine(Served, "scan.zarr"), box), await PublishedScan.ReadAsync(Out, box));
    }

    [Fact]
    public async Task Pull_Again_FetchesOnlyWhatIsMissingOfAFurtherRegion()
    {
        await PublishedScan.WriteAsync(Path.Combine(Served, "scan.zarr"));
        await using FolderServer server = new(Served);
        await PullAsync(server, "--region", "0:8,0:8,:");
        server.ForgetRequests();

        (_, _, string error) = await PullAsync(server, "--region", "0:8,0:8,:");
        Assert.Contains("has all of z 0..8, y 0..8, x 0..50 already", error, StringComparison.Ordinal);
        Assert.Empty(ChunksOf(server));

        await PullAsync(server, "--region", "0:8,0:16,:");
        Assert.Equal(4, ChunksOf(server).Count);
        await PullAsync(server, "--region", "0:8,0:8,:", "--level", "1");

        await using VolumeReader reader = await VolumeFormats.OpenAsync(Out, new ReaderOptions(), Token);
        Assert.Equal(["0", "1"], reader.Info.Levels.Select(level => level.Path));
        Assert.Equal((ExitCode.Done, true), await VerifyAsync("intact: 10 objects"));
    }

    [Fact]
    public async Task Pull_Killed_GoesOnWithoutFetchingAgain()
    {
        await PublishedScan.WriteAsync(Path.Combine(Served, "scan.zarr"));
        await using FolderServer server = new(Served) { Fault = request => IsChunk(request.Key) && IsLate(request) ? new Misbehaviour { Silent = true } : null };
        string manifest = WriteManifest(server);
        using (Process process = Process.Start(new ProcessStartInfo(
            "dotnet", [Path.Combine(AppContext.BaseDirectory, "scrollseg.dll"), "data", "pull", manifest, "-o", Out])
        {
            RedirectStandardError = true,
            RedirectStandardOutput = true,
        })!)
        {
            while (_started < 50 && !process.HasExited)
            {
                await Task.Delay(5, Token);
            }

            process.Kill(); // SIGKILL
            await process.WaitForExitAsync(Token);
        }

        Assert.False(Path.Exists(Out));
        Assert.False(File.Exists(Path.Combine(Out + ".partial", ".zattrs"))); // what is there does not open as if it were complete
        HashSet<string> there = [.. Directory.GetFiles(Out + ".partial", "*", SearchOption.AllDirectories)
            .Where(file => !Path.GetFileName(file).StartsWith('.')).Select(file => $"scan.zarr/{Path.GetRelativePath(Out + ".partial", file)}")];
        Assert.NotEmpty(there);
        server.Fault = _ => null;
        server.ForgetRequests();

        (int code, _, string error) = await RunAsync("data", "pull", manifest, "-o", Out);

        Assert.True(code == ExitCode.Done, error);
        Assert.DoesNotContain(ChunksOf(server).Keys, there.Contains);
        Assert.Equal(
            Contents(Path.Combine(Served, "scan.zarr", "0")), Contents(Path.Combine(Out, "0")));
        Assert.Equal((ExitCode.Done, true), await VerifyAsync("intact: 100 objects"));
    }

    [Theory]
    [InlineData(403, "403")]
    [InlineData(400, "400")]
    public async Task Pull_ChunkThatIsRefused_IsAnErrorAndNothingLooksComplete(int status, string problem)
    {
        await PublishedScan.WriteAsync(Path.Combine(Served, "scan.zarr"));
        await using FolderServer server = new(Served) { Fault = request => request.Key.EndsWith("0/0/1/0", StringComparison.Ordinal) ? Misbehaviour.Answer(status) : null };

        (int code, _, string error) = await PullAsync(server, "--region", "0:8,0:16,0:16");

        Assert.Equal(ExitCode.InputOutput, code);
        Assert.Contains(problem, error, StringComparison.Ordinal);
        Assert.False(Path.Exists(Out));
        Assert.Equal((ExitCode.UnitsFailed, true), await VerifyAsync("is incomplete"));
        server.Fault = _ => null;
        Assert.Equal(ExitCode.Done, (await PullAsync(server, "--region", "0:8,0:16,0:16")).Code);
    }

    [Fact]
    public async Task Pull_TruncatedChunk_IsFetchedAgain()
    {
        await PublishedScan.WriteAsync(Path.Combine(Served, "scan.zarr"));
        await using FolderServer server = new(Served) { Fault = request => IsChunk(request.Key) && request.Number == 1 ? new Misbehaviour { CloseAfter = 10 } : null };

        (int code, _, string error) = await PullAsync(server, "--region", "0:8,0:8,0:16");

        Assert.True(code == ExitCode.Done, error);
        Assert.Equal(2, Assert.Single(ChunksOf(server)).Value);
        Assert.Equal(File.ReadAllBytes(Path.Combine(Served, "scan.zarr/0/0/0/0")), File.ReadAllBytes(Path.Combine(Out, "0/0/0/0")));
    }

    [Fact]
    public async Task Pull_ToWhatIsThere_IsRefused()
    {
        await PublishedScan.WriteAsync(Path.Combine(Served, "scan.zarr"));
        await PublishedScan.WriteAsync(Path.Combine(Served, "other", "scan.zarr"));
        await using FolderServer server = new(Served);
        Directory.CreateDirectory(Out);
        Assert.Equal(ExitCode.Mismatch, (await PullAsync(server)).Code);

        Directory.Delete(Out);
        await PullAsync(server, "--region", "0:8,0:8,0:16");
        (int otherPlace, _, string error) = await RunAsync("data", "pull", WriteManifest(server, "other/scan.zarr"), "-o", Out);
        Assert.Equal(ExitCode.Mismatch, otherPlace);
        Assert.Contains("is of another pull", error, StringComparison.Ordinal);

        string header = Path.Combine(Served, "scan.zarr/0/.zarray");
        File.WriteAllText(header, File.ReadAllText(header).Replace("\"level\": 3", "\"level\": 4", StringComparison.Ordinal) + " ");
        (int replaced, _, error) = await PullAsync(server, "--region", "0:8,0:16,0:16");
        Assert.Equal(ExitCode.Mismatch, replaced);
        Assert.Contains("has another header", error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--region", "0:41,:,:", "is empty or not in")]
    [InlineData("--level", "2", "has 2 levels, 0 to 1")]
    public async Task Pull_WhatIsNotThere_IsUsage(string option, string value, string problem)
    {
        await PublishedScan.WriteAsync(Path.Combine(Served, "scan.zarr"));
        await using FolderServer server = new(Served);

        (int code, _, string error) = await PullAsync(server, option, value);

        Assert.Equal(ExitCode.Usage, code);
        Assert.Contains(problem, error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Verify_AlteredMissingAndForeignChunks_AreNamed()
    {
        await PublishedScan.WriteAsync(Path.Combine(Served, "scan.zarr"));
        await using FolderServer server = new(Served);
        await PullAsync(server);
        byte[] chunk = File.ReadAllBytes(Path.Combine(Out, "0/1/1/1"));
        chunk[^1] ^= 1;
        File.WriteAllBytes(Path.Combine(Out, "0/1/1/1"), chunk);
        File.Delete(Path.Combine(Out, "0/0/0/0"));
        File.WriteAllBytes(Path.Combine(Out, "0/0/0/1"), [1]);
        Directory.CreateDirectory(Path.Combine(Out, "0/4/4"));
        File.WriteAllBytes(Path.Combine(Out, "0/4/4/3"), [1]);

        (int code, string output, _) = await RunAsync("data", "verify", Out, "--json");

        Assert.Equal(ExitCode.UnitsFailed, code);
        string problems = string.Join('\n', JsonDocument.Parse(output).RootElement[0].GetProperty("problems").EnumerateArray().Select(problem => problem.GetString()));
        Assert.Contains("0/1/1/1: has the SHA-256", problems, StringComparison.Ordinal);
        Assert.Contains("0/0/0/0: is missing", problems, StringComparison.Ordinal);
        Assert.Contains("0/0/0/1: has 1 bytes", problems, StringComparison.Ordinal);
        Assert.Contains("0/4/4/3: exists, its source has no such chunk", problems, StringComparison.Ordinal);

        File.Delete(Path.Combine(Out, "0/4/4/3"));
        await PullAsync(server); // brings what is missing or of another length; what was altered in place only verify sees
        Assert.Equal((ExitCode.UnitsFailed, true), await VerifyAsync("0/1/1/1: has the SHA-256"));
        File.Delete(Path.Combine(Out, "0/1/1/1"));
        await PullAsync(server);
        Assert.Equal((ExitCode.Done, true), await VerifyAsync("intact"));
    }

    [Fact]
    public async Task Pull_UnderAnAgreement_NeedsConsentOnce()
    {
        await PublishedScan.WriteAsync(Path.Combine(Served, "scan.zarr"));
        await using FolderServer server = new(Served);
        string manifest = WriteManifest(server, extra: "terms: Be kind.");

        (int refused, _, string error) = await RunAsync("data", "pull", manifest, "-o", Out, "--region", "0:1,0:1,0:1");
        Assert.Equal(ExitCode.Usage, refused);
        Assert.Contains("Be kind.", error, StringComparison.Ordinal);
        Assert.Contains("--accept-licence tiny", error, StringComparison.Ordinal);
        Assert.Empty(server.Log);

        Assert.Equal(ExitCode.Done, (await RunAsync("data", "pull", manifest, "-o", Out, "--region", "0:1,0:1,0:1", "--accept-licence", "tiny")).Code);
        Assert.Equal(ExitCode.Done, (await RunAsync("data", "pull", manifest, "-o", Out, "--region", "0:1,0:9,0:1")).Code);
    }

    [Fact]
    public async Task Verify_PlaceWithoutAPull_IsUsage() => Assert.Equal(ExitCode.Usage, (await RunAsync("data", "verify", _folder["nothing"])).Code);

    private int _started;

    /// <summary>Whether so many chunks were asked for that the rest gets no answer.</summary>
    private bool IsLate(ServedRequest request) => request.Number == 1 && Interlocked.Increment(ref _started) > 40;

    private static bool IsChunk(string key) => !Path.GetFileName(key).StartsWith('.') && !key.EndsWith("zarr.json", StringComparison.Ordinal);

    private static Dictionary<string, int> ChunksOf(FolderServer server) =>
        server.Gets.Where(get => IsChunk(get.Key)).ToDictionary(get => get.Key, get => get.Value);

    private static string[] Contents(string folder) => SmallScan.Contents(folder);

    private Task<(int Code, string Output, string Error)> PullAsync(FolderServer server, params string[] options) =>
        RunAsync(["data", "pull", WriteManifest(server), "-o", Out, .. options]);

    private async Task<(int Code, bool Says)> VerifyAsync(string text)
    {
        (int code, string output, _) = await RunAsync("data", "verify", Out);
        return (code, output.Contains(text, StringComparison.Ordinal));
    }

    private string WriteManifest(FolderServer server, string key = "scan.zarr", string extra = "")
    {
        string path = _folder[$"{key.Replace('/', '-')}.yaml"];
        File.WriteAllText(path, $"""
            name: tiny
            what: A test
            url: {server.Address}/{key}
            license: CC0-1.0
            citation: nobody
            source: made up
            {extra}
            """);
        return path;
    }

    private static async Task<(int Code, string Output, string Error)> RunAsync(params string[] args)
    {
        using StringWriter output = new();
        using StringWriter error = new();
        int code = await CommandLine.RunAsync(args, output, error);
        return (code, output.ToString(), error.ToString());
    }
}
