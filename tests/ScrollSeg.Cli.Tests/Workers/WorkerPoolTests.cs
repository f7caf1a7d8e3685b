using System.Diagnostics;
using ScrollSeg.Cli;
using ScrollSeg.Cli.Workers;
using ScrollSeg.Segmentation.Runs;

namespace ScrollSeg.Tests.Workers;

/// <summary>Shell scripts in place of workers.</summary>
public sealed class WorkerPoolTests
{
    private readonly Recorder _progress = new();

    [Fact]
    public async Task Run_Messages_AreAddedUpAndNotesShownOnce()
    {
        (IReadOnlyList<WorkerResult> results, string error) = await RunAsync(
            """echo '{"note": "careful"}' >&2; echo '{"begin": "segment", "total": 3, "unit": "slices"}' >&2; echo '{"done": 3}' >&2; echo out""",
            """echo '{"note": "careful"}' >&2; echo '{"begin": "segment", "total": 5, "unit": "slices"}' >&2; echo '{"done": 4}' >&2; echo 'error: a plain line' >&2; echo '{"done' >&2""");

        Assert.Equal(["note careful", "begin segment 8 slices"], _progress.Calls.Where(call => !call.StartsWith("done", StringComparison.Ordinal)).Order().Reverse());
        Assert.Equal("done 7", _progress.Calls[^1]);
        Assert.Contains("worker 1: error: a plain line", error, StringComparison.Ordinal);
        Assert.Contains(results, result => result.Output == "out\n");
    }

    [Fact]
    public async Task Run_KilledWorker_LeavesTheOthersToFinish()
    {
        (IReadOnlyList<WorkerResult> results, _) = await RunAsync("kill -KILL $$", "sleep 0.3; echo done");

        Assert.Equal([137, 0], results.Select(result => result.ExitCode));
        Assert.Equal("done\n", results[1].Output);
    }

    [Fact]
    public async Task Run_Stop_IsToldToEachWithItsCode()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "There is no shell.");
        using StopSignals signals = new(TimeSpan.FromMinutes(1), null);
        Task<IReadOnlyList<WorkerResult>> run = new WorkerPool(signals, _progress, TextWriter.Null).RunAsync(
            [("worker 0", Shell("read order; echo $order; read order; echo $order; exit 75")), ("worker 1", Shell("read order; echo $order; exit 0"))]);

        signals.Ask(ExitCode.Terminated);
        signals.StopNow();
        IReadOnlyList<WorkerResult> results = await run;

        Assert.Contains(results, result => result is { ExitCode: 75, Output: "drain 143\nstop\n" });
        Assert.Contains(results, result => result is { ExitCode: 0, Output: "drain 143\n" });
    }

    [Theory]
    [InlineData(0, 0)]
    [InlineData(0, 143, 0, 0)] // stopped, and yet all was done
    [InlineData(65, 0, 0, 65)]
    [InlineData(137, 0, 0, 137, 65)]
    [InlineData(65, 143, 143, 65)]
    [InlineData(75, 0, 75, 0)]
    [InlineData(143, 143, 75, 143)]
    [InlineData(75, 75, 0, 75)]
    public void SumUp_Codes_AreTheFirstFailureElseTheStop(int expected, int stopped, params int[] codes)
    {
        Assert.Equal(expected, WorkerPool.SumUp([.. codes.Select(code => new WorkerResult("", code, ""))], stopped));
    }

    [Fact]
    public void Orders_DrainStopAndTheEnd_AreFollowed()
    {
        using StopSignals drained = Follow("drain 130\n");
        using StopSignals stopped = Follow("drain 143\nstop\n");
        using StopSignals orphan = Follow("");

        Assert.Equal((130, false), (drained.ExitCode, drained.Stop.IsCancellationRequested)); // and its end adds nothing
        Assert.Equal((143, true), (stopped.ExitCode, stopped.Stop.IsCancellationRequested));
        Assert.Equal((75, true), (orphan.ExitCode, orphan.Drain.IsCancellationRequested));
    }

    private static StopSignals Follow(string orders)
    {
        StopSignals signals = new(TimeSpan.FromMinutes(1), null) { DrainsOnly = true };
        WorkerOrders.Follow(new StringReader(orders), signals);
        Assert.True(SpinWait.SpinUntil(() => signals.ExitCode != 0 && (!orders.Contains("stop", StringComparison.Ordinal) || signals.Stop.IsCancellationRequested), 10_000));
        return signals;
    }

    private async Task<(IReadOnlyList<WorkerResult> Results, string Error)> RunAsync(params string[] scripts)
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "There is no shell.");
        using StopSignals signals = new(TimeSpan.FromMinutes(1), null);
        using StringWriter error = new();
        IReadOnlyList<WorkerResult> results = await new WorkerPool(signals, _progress, error)
            .RunAsync([.. scripts.Select((script, i) => ($"worker {i}", Shell(script)))]);
        return (results, error.ToString());
    }

    private static ProcessStartInfo Shell(string script) => new("sh", ["-c", script]);

    private sealed class Recorder : IRunProgress
    {
        public List<string> Calls { get; } = [];

        public void Begin(string name, long total, string unit) => Calls.Add($"begin {name} {total} {unit}");

        public void Advance(long done) => Calls.Add($"done {done}");

        public void Note(string text) => Calls.Add($"note {text}");
    }
}
