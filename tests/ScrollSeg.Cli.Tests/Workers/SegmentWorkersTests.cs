using System.Diagnostics;
using System.Text.Json;
using ScrollSeg.Cli;
using ScrollSeg.Cli.Cluster;
using ScrollSeg.Testing;

namespace ScrollSeg.Tests.Workers;

/// <summary>Real processes, on the CPU: the same mechanism as one per GPU.</summary>
public sealed class SegmentWorkersTests : IDisposable
{
    /// <summary>A network, so that a unit lasts long enough to be interrupted.</summary>
    private static readonly string[] Slow =
        ["--model", Path.Combine(AppContext.BaseDirectory, "Goldens", "sam_tiny.pth"), "--stride", "2", "--batch", "1", "--device", "cpu"];

    private readonly TemporaryFolder _folder = new();

    private string Scan => field ??= SmallScan.Write(_folder["scan.zarr"]);

    private string Alone => _folder["alone/masks.zarr"];

    private string Together => _folder["together/masks.zarr"];

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Workers_Two_MakeTheSameBytesAsOneProcess()
    {
        (_, string one, _) = await RunAsync("segment", Scan, "-o", Alone, "--model", "otsu", "--tile", "16", "--json");
        (int code, string output, string error) = await RunAsync("segment", Scan, "-o", Together, "--model", "otsu", "--tile", "16", "--json", "--workers", "2");
        (int again, _, string words) = await RunAsync("segment", Scan, "-o", Together, "--model", "otsu", "--tile", "16", "--workers", "3");

        Assert.True(code == ExitCode.Done, error);
        Assert.Equal(SmallScan.Contents(Alone), SmallScan.Contents(Together));
        JsonElement report = JsonDocument.Parse(output).RootElement;
        Assert.Equal(2, report.GetProperty("workers").GetInt32());
        Assert.Equal(JsonDocument.Parse(one).RootElement.GetProperty("tiles").GetInt64(), report.GetProperty("tiles").GetInt64());
        Assert.Contains("segment: 200 slices", error, StringComparison.Ordinal); // one display
        Assert.DoesNotContain("{", error, StringComparison.Ordinal);
        Assert.True(again == ExitCode.Done && words.Contains("complete already", StringComparison.Ordinal), words);
    }

    [Fact]
    public async Task Workers_OfOneShard_ShareItAndLeaveTheOthers()
    {
        (int code, _, string error) = await RunAsync("segment", Scan, "-o", Together, "--model", "otsu", "--workers", "2", "--shard", "1/2");
        (_, string status, _) = await RunAsync("status", "--run", _folder["together/masks.run"], "--json");
        (int rest, _, _) = await RunAsync("segment", Scan, "-o", Together, "--model", "otsu", "--shard", "0/2");
        (int last, _, _) = await RunAsync("finalize", "--run", _folder["together/masks.run"]);
        await RunAsync("segment", Scan, "-o", Alone, "--model", "otsu");

        Assert.True((code, rest, last) == (0, 0, 0), error);
        Assert.Equal(["0-0-0", "2-0-0"], JsonDocument.Parse(status).RootElement.GetProperty("firstMissing").EnumerateArray().Select(unit => unit.GetString()));
        Assert.Equal(SmallScan.Contents(Alone), SmallScan.Contents(Together));
    }

    [Fact]
    public async Task Workers_OneIsKilled_TheOthersFinishAndTheSameCommandResumes()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "The worker is found through /proc.");
        string[] args = ["segment", Scan, "-o", Together, .. Slow, "--workers", "2"];
        using Process parent = StartProgram(args);
        Task<string> error = parent.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        await UntilLockedAsync();

        using (Process killed = Process.GetProcessById(Children(parent.Id).First(child => child.Words.Contains("0/2")).Id))
        {
            killed.Kill();
        }

        await parent.WaitForExitAsync(TestContext.Current.CancellationToken);
        (_, string status, _) = await RunAsync("status", "--run", _folder["together/masks.run"], "--json");
        (int code, string words) = await CompleteAsync(args);
        await CompleteAsync([.. args[..2], "-o", Alone, .. args[4..^2]]);

        Assert.True(parent.ExitCode == 137, $"{parent.ExitCode}: {await error}");
        Assert.Contains("worker 0 was killed by signal 9", await error, StringComparison.Ordinal);
        string?[] missing = [.. JsonDocument.Parse(status).RootElement.GetProperty("firstMissing").EnumerateArray().Select(unit => unit.GetString())];
        Assert.NotEmpty(missing);
        Assert.DoesNotContain(missing, unit => unit is "1-0-0" or "3-0-0");
        Assert.True(code == ExitCode.Done, words);
        Assert.Equal(SmallScan.Contents(Alone), SmallScan.Contents(Together));
    }

    [Fact]
    public async Task Workers_ParentIsKilled_StopByThemselves()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "The workers are found through /proc.");
        using Process parent = StartProgram(["segment", Scan, "-o", Together, .. Slow, "--workers", "2", "--grace", "1s"]);
        await UntilLockedAsync();
        int[] workers = [.. Children(parent.Id).Select(child => child.Id)];

        parent.Kill();

        Assert.Equal(2, workers.Length);
        foreach (int worker in workers)
        {
            for (int i = 0; IsRunning(worker); i++)
            {
                Assert.True(i < 300, $"worker {worker} still runs");
                await Task.Delay(100, TestContext.Current.CancellationToken);
            }
        }

        Assert.False(Path.Exists(Together));
    }

    [Fact]
    public async Task Workers_Terminated_DrainAndResume()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "There are no such signals.");
        string[] args = ["segment", Scan, "-o", Together, .. Slow, "--workers", "2"];
        using Process parent = StartProgram(args);
        Task<string> error = parent.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        await UntilLockedAsync();
        using (Process kill = Process.Start("kill", ["-s", "USR1", $"{parent.Id}"]))
        {
            await kill.WaitForExitAsync(TestContext.Current.CancellationToken);
        }

        await parent.WaitForExitAsync(TestContext.Current.CancellationToken);

        Assert.True(parent.ExitCode == ExitCode.StoppedEarly, $"{parent.ExitCode}: {await error}");
        Assert.Contains(" of 2 units left", await error, StringComparison.Ordinal);
        Assert.Equal(ExitCode.Done, (await CompleteAsync(args)).Code);
    }

    [Fact]
    public async Task Workers_BadInput_IsTheirExitCode()
    {
        foreach (string chunk in Directory.EnumerateFiles(Scan, "0", SearchOption.AllDirectories))
        {
            File.WriteAllBytes(chunk, File.ReadAllBytes(chunk)[..100]);
        }

        (int code, _, string error) = await RunAsync("segment", Scan, "-o", Together, "--model", "threshold:80", "--statistics", "sample", "--workers", "2");

        Assert.True(code == ExitCode.BadInput, error);
        Assert.Contains("/0/0: the chunk of 100 bytes", error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Segment_Prepare_StopsBeforeTheFirstUnit()
    {
        (int code, string output, string error) = await RunAsync("segment", Scan, "-o", Alone, "--model", "otsu", "--prepare");

        Assert.True(code == ExitCode.Done, error);
        Assert.Equal(_folder["alone/masks.run"], output.Trim());
        Assert.True(File.Exists(_folder["alone/masks.run/statistics.json"]));
        Assert.False(Path.Exists(Alone + ".partial"));
    }

    [Theory]
    [InlineData("cuda:all", null, 2, "cuda:0,cuda:1")]
    [InlineData("cuda:all", 5, 2, "cuda:0,cuda:1,cuda:0,cuda:1,cuda:0")]
    [InlineData("cuda:all", null, 1, "cuda:0")]
    [InlineData("cpu", 2, 0, "cpu,cpu")]
    [InlineData("auto", null, 4, "auto")]
    public void Devices_OfWorkers_AreOnePerGpu(string device, int? workers, int gpus, string expected)
    {
        HostEnvironment host = HostEnvironment.Bare with { CountGpus = () => gpus };

        Assert.Equal(expected, string.Join(',', ScrollSeg.Cli.Workers.SegmentWorkers.DevicesFor(device, workers, host)));
    }

    [Fact]
    public async Task Segment_AllGpusOfTwo_StartsAWorkerForEach()
    {
        // there is no GPU here: that each worker is told its own is seen in what they refuse
        using StringWriter error = new();
        int code = await CommandLine.RunAsync(
            ["segment", Scan, "-o", Together, "--model", "otsu", "--device", "cuda:all"], TextWriter.Null, error, HostEnvironment.Bare with { CountGpus = () => 2 });

        Assert.Equal(ExitCode.Usage, code);
        Assert.Contains("--device cuda:0", error.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--device", "cuda:all", "no CUDA device")]
    [InlineData("--workers", "0", "--workers 0")]
    public async Task Segment_NoWorkers_IsAUsageError(string option, string value, string words)
    {
        (int code, _, string error) = await RunAsync("segment", Scan, "-o", Together, "--model", "otsu", option, value);

        Assert.Equal(ExitCode.Usage, code);
        Assert.Contains(words, error, StringComparison.Ordinal);
    }

    /// <summary>One thread per network: several that wait for each other in a loop take each other's cores.</summary>
    private static Process StartProgram(params string[] args)
    {
        ProcessStartInfo start = new("dotnet", [Path.Combine(AppContext.BaseDirectory, "scrollseg.dll"), .. args])
        {
            RedirectStandardError = true,
            RedirectStandardOutput = true, // a few lines, which nobody reads
        };
        start.Environment["OMP_NUM_THREADS"] = "1";
        return Process.Start(start)!;
    }

    private static async Task<(int Code, string Error)> CompleteAsync(params string[] args)
    {
        using Process program = StartProgram(args);
        string error = await program.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        await program.WaitForExitAsync(TestContext.Current.CancellationToken);
        return (program.ExitCode, error);
    }

    /// <summary>Both workers are at their first unit.</summary>
    private async Task UntilLockedAsync()
    {
        for (int i = 0; i < 600 && !Enumerable.Range(0, 2).All(shard => File.Exists(_folder[$"together/masks.run/shard-{shard}-of-2.lock"])); i++)
        {
            await Task.Delay(50, TestContext.Current.CancellationToken);
        }
    }

    private static IEnumerable<(int Id, string[] Words)> Children(int parent) =>
        Directory.EnumerateDirectories($"/proc/{parent}/task")
            .SelectMany(thread => File.ReadAllText(Path.Combine(thread, "children")).Split(' ', StringSplitOptions.RemoveEmptyEntries))
            .Select(child => (int.Parse(child, System.Globalization.CultureInfo.InvariantCulture), File.ReadAllText($"/proc/{child}/cmdline").Split('\0')));

    private static bool IsRunning(int process)
    {
        string status = $"/proc/{process}/status";
        try
        {
            return File.Exists(status) && !File.ReadAllText(status).Contains("State:\tZ", StringComparison.Ordinal);
        }
        catch (IOException)
        {
            return false; // it ended in between
        }
    }

    private static async Task<(int Code, string Output, string Error)> RunAsync(params string[] args)
    {
        using StringWriter output = new();
        using StringWriter error = new();
        int code = await CommandLine.RunAsync(args, output, error, HostEnvironment.Bare);
        return (code, output.ToString(), error.ToString());
    }
}
