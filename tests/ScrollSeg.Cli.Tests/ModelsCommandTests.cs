using System.Security.Cryptography;
using System.Text.Json;
using ScrollSeg.Cli;
using ScrollSeg.Cli.Models;
using ScrollSeg.Testing;
using ScrollSeg.Tests.Models;

namespace ScrollSeg.Tests;

/// <summary>Sets the process's cache folder: the only class that does.</summary>
public sealed class ModelsCommandTests : IDisposable
{
    private const string Variable = "XDG_CACHE_HOME";

    private readonly TemporaryFolder _folder = new();
    private readonly string? _before = Environment.GetEnvironmentVariable(Variable);

    public ModelsCommandTests() => Environment.SetEnvironmentVariable(Variable, _folder["cache"]);

    private string Cache => Path.Combine(_folder["cache"], "scrollseg", "models");

    public void Dispose()
    {
        Environment.SetEnvironmentVariable(Variable, _before);
        _folder.Dispose();
    }

    [Fact]
    public async Task List_EmptyCache_ShowsWhatCanBeHad()
    {
        (int code, string output, _) = await RunAsync("models", "list");

        Assert.Equal(ExitCode.Done, code);
        Assert.Equal(3, output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Length);
        Assert.Contains("sam_vit_b       375 MB  Apache-2.0  not here", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Pull_ManifestOfOnesOwn_FetchesVerifiesAndPrintsThePath()
    {
        byte[] content = new byte[100_000];
        new Random(1).NextBytes(content);
        await using LoopbackServer server = new(content, new LoopbackServer.Behaviour());
        string manifest = WriteManifest(server.Address, content);

        (int code, string output, string error) = await RunAsync("models", "pull", manifest);

        Assert.True(code == ExitCode.Done, error);
        Assert.Equal(Path.Combine(Cache, "tiny.pth"), output.Trim());
        Assert.Equal(content, await File.ReadAllBytesAsync(output.Trim(), TestContext.Current.CancellationToken));
        Assert.Contains("Cite: nobody", error, StringComparison.Ordinal);
        Assert.Equal(ExitCode.Done, (await RunAsync("models", "verify", manifest)).Code);

        content[0] ^= 1;
        await File.WriteAllBytesAsync(output.Trim(), content, TestContext.Current.CancellationToken);
        (code, output, _) = await RunAsync("models", "verify", manifest);
        Assert.Equal(ExitCode.BadInput, code);
        Assert.Contains($"{Path.Combine(Cache, "tiny.pth")}: ALTERED", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Pull_ServerWithoutTheFile_IsAnInputOutputError()
    {
        await using LoopbackServer server = new([1], new LoopbackServer.Behaviour { Status = "404 Not Found" });

        (int code, _, string error) = await RunAsync("models", "pull", WriteManifest(server.Address, [1]));

        Assert.Equal(ExitCode.InputOutput, code);
        Assert.Contains("answered 404 Not Found", error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Pull_UnknownName_IsUsage()
    {
        (int code, _, string error) = await RunAsync("models", "pull", "sam_vit_x");

        Assert.Equal(ExitCode.Usage, code);
        Assert.Contains("sam_vit_b", error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Verify_PartialFile_IsNamed()
    {
        Directory.CreateDirectory(Cache);
        await File.WriteAllBytesAsync(Path.Combine(Cache, "sam_vit_b_01ec64.pth.part"), new byte[5], TestContext.Current.CancellationToken);

        (int code, string output, _) = await RunAsync("models", "verify", "--json");

        Assert.Equal(ExitCode.BadInput, code);
        JsonElement row = JsonDocument.Parse(output).RootElement[0];
        Assert.Equal("partial", row.GetProperty("state").GetString());
        Assert.Equal(5, row.GetProperty("bytesHere").GetInt64());
        Assert.Equal(Path.Combine(Cache, "sam_vit_b_01ec64.pth"), row.GetProperty("path").GetString());
    }

    [Fact]
    public async Task Verify_NothingHere_FailsOnlyIfAskedByName()
    {
        Assert.Equal(ExitCode.Done, (await RunAsync("models", "verify")).Code);
        Assert.Equal(ExitCode.BadInput, (await RunAsync("models", "verify", "sam_vit_b")).Code);
    }

    [Fact]
    public async Task Segment_NameThatIsNotHere_NamesTheCommandThatFetchesIt()
    {
        Assert.Contains("sam_vit_b", CachedModelSource.Default.Accepts);
        Directory.CreateDirectory(_folder["slices"]);
        (int code, _, string error) = await RunAsync("predict", await ImageAsync(), "--model", "sam_vit_b", "--point", "2,2,1");

        Assert.Equal(ExitCode.Usage, code);
        Assert.Contains("`scrollseg models pull sam_vit_b`", error, StringComparison.Ordinal);
    }

    [Fact]
    public void OfUser_RelativeCacheHome_IsIgnored()
    {
        Environment.SetEnvironmentVariable(Variable, "relative");

        Assert.True(Path.IsPathFullyQualified(ModelCache.OfUser().PathOf(ModelCatalog.Read("sam_vit_b"))));
    }

    private async Task<string> ImageAsync()
    {
        string path = _folder["image.png"];
        await File.WriteAllBytesAsync(
            path,
            Volumes.Images.PngFile.Encode(new Volumes.Images.PixelImage(4, 4, 1, Volumes.VoxelType.UInt8, new byte[16])),
            TestContext.Current.CancellationToken);
        return path;
    }

    private string WriteManifest(Uri address, byte[] content)
    {
        File.WriteAllText(_folder["tiny.yaml"], $"""
            name: tiny
            what: A test
            url: {address}
            bytes: {content.Length}
            sha256: {Convert.ToHexStringLower(SHA256.HashData(content))}
            license: CC0-1.0
            citation: nobody
            """);
        return _folder["tiny.yaml"];
    }

    private static async Task<(int Code, string Output, string Error)> RunAsync(params string[] args)
    {
        using StringWriter output = new();
        using StringWriter error = new();
        int code = await CommandLine.RunAsync(args, output, error);
        return (code, output.ToString(), error.ToString());
    }
}
