using System.Diagnostics;
using ScrollSeg.Cli;
using ScrollSeg.Cli.Cluster;
using ScrollSeg.Testing;

namespace ScrollSeg.Tests.Cluster;

/// <summary>The script is run by a real bash, with programs in place of Slurm's that write down what they are told.</summary>
public sealed class SlurmScriptTests : IDisposable
{
    private const string Awkward = "o'ut \"$(touch oops) `date` \\ %A.zarr";

    private readonly TemporaryFolder _folder = new();

    public SlurmScriptTests()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "There is no bash.");
        Directory.CreateDirectory(_folder["bin"]);
        // each word in a line of its own, the job's script in a file, the number of the job on stdout
        WriteProgram("sbatch", """
            n=$(ls "$TEST_FOLDER" | grep -c '^job-'); n=$((n + 1))
            printf '%s\n' "$@" > "$TEST_FOLDER/options-$n"
            cat > "$TEST_FOLDER/job-$n"
            echo "$((100 + n));cluster"
            """);
        WriteProgram("scontrol", """printf '%s\n' "$*" >> "$TEST_FOLDER/scontrol" """);
        WriteProgram("it's the program", """
            printf '%s\n' "$SCROLLSEG_SHARD_INDEX/$SCROLLSEG_SHARD_COUNT" "$@" > "$TEST_FOLDER/words"
            trap 'exit 75' USR1
            trap 'exit 143' TERM
            [ -n "${TEST_WAIT:-}" ] || exit "${TEST_CODE:-0}"
            while :; do sleep 0.05; done
            """);
    }

    private string Program => Path.Combine(_folder["bin"], "it's the program");

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Script_Sbatch_GetsOptionsAndDependencies()
    {
        (int code, string output) = await BashAsync(SlurmScript.Write(Job(shards: 5), Slurm() with
        {
            Time = "0-05:50:00", Partition = "gpu", Account = "scrolls", Throttle = 4, MaxArraySize = 3,
        }));

        Assert.True(code == 0, output);
        Assert.Contains("queued shards as 101 102 and the last step as 103", output, StringComparison.Ordinal);
        string log = $"--output={_folder["run 50%%"]}/cluster/";
        string[] common = ["--job-name=scrolls", "--nodes=1", "--ntasks=1", "--cpus-per-task=3", "--mem=1536M", "--open-mode=append", "--requeue"];
        string[] task = ["--signal=B:USR1@120", "--gres=gpu:a100:2"];
        string[] site = ["--time=0-05:50:00", "--partition=gpu", "--account=scrolls"];
        Assert.Equal(["--parsable", .. common, .. task, .. site, log + "%A_%a.log", "--array=0-2%4"], Options(1));
        Assert.Equal(["--parsable", .. common, .. task, .. site, log + "%A_%a.log", "--array=0-1%4", "--dependency=afterany:101"], Options(2));
        Assert.Equal(["--parsable", .. common, .. site, log + "finalize-%j.log", "--dependency=afterany:101:102"], Options(3));
    }

    [Fact]
    public async Task Script_NothingLeft_QueuesOnlyTheLastStep()
    {
        (int code, string output) = await BashAsync(SlurmScript.Write(Job(shards: 5) with { ShardsLeft = [] }, Slurm()));

        Assert.True(code == 0, output);
        Assert.DoesNotContain(Options(1), option => option.StartsWith("--dependency", StringComparison.Ordinal) || option.StartsWith("--array", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Script_SomeLeft_QueuesThoseUnderTheirOwnIndex()
    {
        (_, string output) = await BashAsync(SlurmScript.Write(Job(shards: 20) with { ShardsLeft = [1, 2, 3, 7, 12, 13] }, Slurm() with { MaxArraySize = 10 }));

        Assert.Contains("last step as 103", output, StringComparison.Ordinal);
        Assert.Contains("--array=1-3,7", Options(1));
        Assert.Contains("--array=2-3", Options(2));
        await RunTaskAsync(2, ("SLURM_ARRAY_TASK_ID", "3"));
        Assert.Equal("13/20", File.ReadAllLines(_folder["words"])[0]);
    }

    [Fact]
    public async Task Task_AwkwardNames_ReachTheProgramAsTheyAre()
    {
        await BashAsync(SlurmScript.Write(Job(shards: 2), Slurm()));

        (int code, string output) = await RunTaskAsync(1, ("SLURM_ARRAY_TASK_ID", "1"));
        string[] task = File.ReadAllLines(_folder["words"]);
        (int last, _) = await RunTaskAsync(2);
        string[] finalize = File.ReadAllLines(_folder["words"]);

        Assert.True((code, last) == (0, 0), output);
        Assert.Equal(["1/2", "segment", "/scans/a b.zarr", "--output", Awkward, "--intensity=-1"], task);
        Assert.Equal(["finalize", "--run", _folder["run 50%"]], finalize[1..]);
        Assert.False(File.Exists(_folder["oops"]));
    }

    [Theory]
    [InlineData(75, "0", "requeue 40_1")]
    [InlineData(75, "19", "requeue 40_1")]
    [InlineData(75, "20", "")]
    [InlineData(0, "0", "")]
    [InlineData(1, "0", "")]
    [InlineData(2, "0", "")]
    [InlineData(65, "0", "")]
    [InlineData(74, "0", "")]
    [InlineData(78, "0", "")]
    [InlineData(143, "0", "")]
    public async Task Task_ExitCode_IsKept_And75AloneQueuesTheTaskAgain(int code, string restarts, string told)
    {
        await BashAsync(SlurmScript.Write(Job(shards: 2), Slurm()));

        (int actual, string output) = await RunTaskAsync(
            1, ("SLURM_ARRAY_JOB_ID", "40"), ("SLURM_ARRAY_TASK_ID", "1"), ("SLURM_JOB_ID", "41"), ("SLURM_RESTART_COUNT", restarts), ("TEST_CODE", $"{code}"));

        Assert.True(actual == code, output);
        Assert.Equal(told, File.Exists(_folder["scontrol"]) ? File.ReadAllText(_folder["scontrol"]).Trim() : "");
    }

    [Theory]
    [InlineData("USR1", 75)]
    [InlineData("TERM", 143)]
    public async Task Task_SignalToTheShell_ReachesTheProgramAndItsCodeComesBack(string signal, int expected)
    {
        await BashAsync(SlurmScript.Write(Job(shards: 2), Slurm()));
        ProcessStartInfo start = StartOf(_folder["job-1"], ("SLURM_ARRAY_TASK_ID", "1"), ("TEST_WAIT", "yes"));

        using Process task = Process.Start(start)!;
        while (!File.Exists(_folder["words"]))
        {
            await Task.Delay(20, TestContext.Current.CancellationToken);
        }

        await Task.Delay(200, TestContext.Current.CancellationToken); // the traps are set right behind the start
        using (Process kill = Process.Start("kill", ["-s", signal, $"{task.Id}"]))
        {
            await kill.WaitForExitAsync(TestContext.Current.CancellationToken);
        }

        await task.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        await task.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.Equal(expected, task.ExitCode);
    }

    [Fact]
    public void Script_LineBreakInAName_IsAUsageError()
    {
        ClusterJob job = Job(shards: 2);

        Assert.Throws<UsageException>(() => SlurmScript.Write(job with { Arguments = job.Arguments with { Volume = "/a\nTASK\nrm" } }, Slurm()));
        Assert.Throws<UsageException>(() => SlurmScript.Write(job with { Run = "/a\\b.run" }, Slurm()));
    }

    private ClusterJob Job(int shards) => new()
    {
        Name = "scrolls",
        Program = [Program],
        Arguments = new SegmentArguments("/scans/a b.zarr", [("--output", Awkward), ("--intensity", "-1")]),
        Run = _folder["run 50%"],
        Shards = shards,
        ShardsLeft = [.. Enumerable.Range(0, shards)],
        Cpus = 3,
        MemoryBytes = 1536L << 20,
        Gpus = GpuRequest.Parse("a100:2"),
        Retries = 20,
    };

    private static SlurmJob Slurm() => new() { WarningSeconds = 120, MaxArraySize = 1001 };

    private string[] Options(int job) => File.ReadAllLines(_folder[$"options-{job}"]);

    private async Task<(int Code, string Output)> BashAsync(string script)
    {
        File.WriteAllText(_folder["script"], script);
        return await RunAsync(StartOf(_folder["script"]));
    }

    private Task<(int Code, string Output)> RunTaskAsync(int job, params (string Name, string Value)[] variables) =>
        RunAsync(StartOf(_folder[$"job-{job}"], variables));

    private static async Task<(int Code, string Output)> RunAsync(ProcessStartInfo start)
    {
        using Process bash = Process.Start(start)!;
        Task<string> error = bash.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        string output = await bash.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        await bash.WaitForExitAsync(TestContext.Current.CancellationToken);
        return (bash.ExitCode, output + await error);
    }

    private ProcessStartInfo StartOf(string script, params (string Name, string Value)[] variables)
    {
        ProcessStartInfo start = new("bash", [script])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = _folder.Path,
        };
        start.Environment["PATH"] = $"{_folder["bin"]}:{Environment.GetEnvironmentVariable("PATH")}";
        start.Environment["TEST_FOLDER"] = _folder.Path;
        foreach ((string name, string value) in variables)
        {
            start.Environment[name] = value;
        }

        return start;
    }

    private void WriteProgram(string name, string text)
    {
        string path = Path.Combine(_folder["bin"], name);
        File.WriteAllText(path, $"#!/usr/bin/env bash\n{text}\n");
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        }
    }
}
