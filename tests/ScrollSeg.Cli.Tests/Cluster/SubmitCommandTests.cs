using System.Text.Json;
using ScrollSeg.Cli;
using ScrollSeg.Cli.Cluster;
using ScrollSeg.Testing;

namespace ScrollSeg.Tests.Cluster;

public sealed class SubmitCommandTests : IDisposable
{
    // What a plan needs includes what this process holds already, which the other tests of the assembly have a part in.
    private const string Memory = "8GiB";

    private readonly TemporaryFolder _folder = new();

    private string Scan => field ??= SmallScan.Write(_folder["scan.zarr"]);

    private string Output => _folder["o'ut put/masks.zarr"];

    private string Run => _folder["o'ut put/masks.run"];

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Submit_Slurm_PreparesTheRunAndWritesTheScriptBesideIt()
    {
        (int code, string output, string error) = await RunAsync("submit", "slurm", Scan, "-o", Output, "--model", "threshold:80", "--memory", Memory, "--shards", "4", "--cpus", "2");

        Assert.True(code == ExitCode.Done, error);
        string script = File.ReadAllText(Path.Combine(Run, "cluster", "slurm.sh"));
        Assert.Equal(Path.Combine(Run, "cluster", "slurm.sh"), output.Trim());
        Assert.True(File.Exists(Path.Combine(Run, "run.json")) && File.Exists(Path.Combine(Run, "statistics.json")));
        Assert.False(Path.Exists(Path.Combine(Run, "segment-z")) || Path.Exists(Output + ".partial"));
        Assert.Contains($"segment {Scan} --output '{Output.Replace("'", "'\\''", StringComparison.Ordinal)}' --model threshold:80 --memory {8L << 30} --grace 90s", script, StringComparison.Ordinal);
        Assert.Contains("job=$(array 0-3 0)", script, StringComparison.Ordinal);
        Assert.Contains("--mem=9216M", script, StringComparison.Ordinal);
        Assert.DoesNotContain("--gres", script, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Submit_RunAlone_KnowsItsCommandAndWhatIsLeft()
    {
        await RunAsync("submit", "slurm", Scan, "-o", Output, "--model", "threshold:80", "--shards", "4", "--script", "-");
        HostEnvironment second = Host("SLURM_ARRAY_TASK_ID=2");
        (int shard, _, string words) = await RunAsync(second, "segment", Scan, "-o", Output, "--model", "threshold:80"); // the count is the run's

        (int code, string script, string error) = await RunAsync("submit", "slurm", "--run", Run, "--script", "-", "--memory", Memory, "--overwrite", "false");

        Assert.True((shard, code) == (ExitCode.Done, ExitCode.Done), words + error);
        Assert.Contains("Shard 2/4 is done", words, StringComparison.Ordinal);
        Assert.Contains("job=$(array 0-1,3 0)", script, StringComparison.Ordinal);
        Assert.Contains("--model threshold:80", script, StringComparison.Ordinal);
        Assert.Contains($"--memory {8L << 30} ", script, StringComparison.Ordinal);
        Assert.DoesNotContain("--overwrite", script, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Submit_Overwrite_DiscardsBeforeTheTasksAndNeverInThem()
    {
        await RunAsync("segment", Scan, "-o", Output, "--model", "threshold:80");

        (int refused, _, _) = await RunAsync("submit", "slurm", Scan, "-o", Output, "--model", "threshold:90", "--shards", "2");
        (int code, string script, string error) = await RunAsync("submit", "slurm", Scan, "-o", Output, "--model", "threshold:90", "--shards", "2", "--overwrite", "--script", "-");

        Assert.True((refused, code) == (ExitCode.Mismatch, ExitCode.Done), error);
        Assert.DoesNotContain("overwrite", script, StringComparison.Ordinal);
        Assert.Contains("job=$(array 0-1 0)", script, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Submit_Gpus_AreAskedForAndUsed()
    {
        (_, string one, _) = await RunAsync("submit", "slurm", Scan, "-o", Output, "--model", "threshold:80", "--shards", "2", "--device", "cuda", "--script", "-");
        (_, string four, _) = await RunAsync("submit", "slurm", Scan, "-o", Output, "--model", "threshold:80", "--shards", "2", "--gpus", "4", "--script", "-");

        Assert.Contains("--gres=gpu:1", one, StringComparison.Ordinal);
        Assert.Contains("--device cuda ", one, StringComparison.Ordinal);
        Assert.Contains("--gres=gpu:4", four, StringComparison.Ordinal);
        Assert.Contains("--device cuda:all", four, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Submit_Kubernetes_WritesAManifest()
    {
        (int code, string output, string error) = await RunAsync(
            "submit", "kubernetes", Scan, "-o", Output, "--model", "threshold:80", "--shards", "3", "--image", "scrollseg:1", "--pvc", "data:/data", "--pvc", "more:/more", "--grace", "20s");

        Assert.True(code == ExitCode.Done, error);
        string manifest = File.ReadAllText(output.Trim());
        Assert.Contains("completions: 3", manifest, StringComparison.Ordinal);
        Assert.Contains("terminationGracePeriodSeconds: 50", manifest, StringComparison.Ordinal);
        Assert.Contains("claimName: \"more\"", manifest, StringComparison.Ordinal);
        Assert.Contains("command: [\"scrollseg\"]", manifest, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--shards N", "slurm")]
    [InlineData("--grace 3m must end before", "slurm", "--shards", "2", "--grace", "3m")]
    [InlineData("--partition", "slurm", "--shards", "2", "--partition", "a b")]
    [InlineData("--throttle 0", "slurm", "--shards", "2", "--throttle", "0")]
    [InlineData("--time", "slurm", "--shards", "2", "--time", "soon")]
    [InlineData("--gpus", "slurm", "--shards", "2", "--gpus", "many")]
    [InlineData("--device cpu", "slurm", "--shards", "2", "--gpus", "1", "--device", "cpu")]
    [InlineData("--device cuda:all", "slurm", "--shards", "2", "--device", "cuda:all")]
    [InlineData("--tile", "slurm", "--shards", "2", "--tile", "2")]
    [InlineData("--pvc", "kubernetes", "--shards", "2", "--image", "x", "--pvc", "data")]
    [InlineData("--image", "kubernetes", "--shards", "2")]
    public async Task Submit_ImpossibleOption_IsAUsageErrorAndWritesNothing(string words, params string[] options)
    {
        (int code, _, string error) = await RunAsync(["submit", options[0], Scan, "-o", Output, "--model", "threshold:80", .. options[1..]]);

        Assert.True(code == ExitCode.Usage, error);
        Assert.Contains(words, error, StringComparison.Ordinal);
        Assert.False(Path.Exists(Run));
    }

    [Fact]
    public async Task Submit_NeitherVolumeNorRun_IsAUsageError()
    {
        (int code, _, string error) = await RunAsync("submit", "slurm", "--shards", "2");
        (int noOutput, _, _) = await RunAsync("submit", "slurm", Scan, "--shards", "2");
        (int noRun, _, _) = await RunAsync("submit", "slurm", "--run", Run, "--shards", "2");

        Assert.Equal((ExitCode.Usage, ExitCode.Usage, ExitCode.InputOutput), (code, noOutput, noRun));
        Assert.Contains("Give a VOLUME", error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Segment_HalfAConfiguration_IsAUsageErrorAndComputesNothing()
    {
        (int code, _, string error) = await RunAsync(Host("SLURM_ARRAY_TASK_ID=2"), "segment", Scan, "-o", Output, "--model", "threshold:80");

        Assert.Equal(ExitCode.Usage, code);
        Assert.Contains("SCROLLSEG_SHARD_COUNT", error, StringComparison.Ordinal);
        Assert.False(Path.Exists(Run));
    }

    [Fact]
    public async Task Segment_ShardOption_IsAboveTheEnvironment()
    {
        (int code, string output, string error) = await RunAsync(
            Host("SLURM_ARRAY_TASK_ID=2"), "segment", Scan, "-o", Output, "--model", "threshold:80", "--shard", "0/4", "--json");

        Assert.True(code == ExitCode.Done, error);
        Assert.Equal(64, JsonDocument.Parse(output).RootElement.GetProperty("slices").GetInt32());
    }

    private static HostEnvironment Host(params string[] variables) => HostEnvironment.Bare with
    {
        Variables = variables.Select(text => text.Split('=', 2)).ToDictionary(pair => pair[0], pair => pair[1]),
    };

    private static Task<(int Code, string Output, string Error)> RunAsync(params string[] args) => RunAsync(HostEnvironment.Bare, args);

    private static async Task<(int Code, string Output, string Error)> RunAsync(HostEnvironment host, params string[] args)
    {
        using StringWriter output = new();
        using StringWriter error = new();
        int code = await CommandLine.RunAsync(args, output, error, host);
        return (code, output.ToString(), error.ToString());
    }
}
