using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using ScrollSeg.Cli.Cluster;
using ScrollSeg.Cli.Parsing;
using ScrollSeg.Segmentation.Runs;
using ScrollSeg.Volumes.Storage;

namespace ScrollSeg.Cli.Workers;

/// <summary>
/// A run by several processes of this program on one machine, such as one per GPU: the first prepares it, then each computes
/// a shard, at last this one completes the output. What is written is what one process would have written.
/// </summary>
/// <param name="arguments">What each of them has to be told.</param>
/// <param name="devices">The device of each.</param>
/// <param name="shard">The share of the run that all of them compute together.</param>
/// <param name="memory">Bytes for all of them and this process.</param>
/// <param name="signals">What may stop the run.</param>
/// <param name="progress">The one display.</param>
/// <param name="error">Receives the workers' errors.</param>
internal sealed class SegmentWorkers(
    SegmentArguments arguments, string[] devices, Shard shard, long memory, StopSignals signals, IRunProgress progress, TextWriter error)
{
    /// <summary>Makes a process one that another one started.</summary>
    public const string WorkerSwitch = "--worker";

    private const string AllGpus = "cuda:all";
    private const long OwnGrowth = 32L << 20; // of this process, while it waits

    /// <summary>The device of each process: the one asked for, or one per GPU; several per GPU if there are more workers.</summary>
    public static string[] DevicesFor(string device, int? workers, HostEnvironment host)
    {
        if (workers < 1)
        {
            throw new UsageException($"--workers {workers}: there is at least one process.");
        }

        if (device != AllGpus)
        {
            return [.. Enumerable.Repeat(device, workers ?? 1)];
        }

        int gpus = host.CountGpus();
        return gpus > 0
            ? [.. Enumerable.Range(0, workers ?? gpus).Select(i => string.Create(CultureInfo.InvariantCulture, $"cuda:{i % gpus}"))]
            : throw new UsageException("--device cuda:all: libtorch finds no CUDA device here. Use --device cpu, or a build with -p:Torch=cuda.");
    }

    /// <summary>The device to judge a run by.</summary>
    public static string FirstOf(string device) => device == AllGpus ? "cuda" : device;

    /// <summary>Runs it, or what is left of it.</summary>
    /// <param name="atFirst">Switches for the preparation alone.</param>
    /// <param name="onlyPrepare">Whether to stop before the first unit.</param>
    /// <returns>The exit code, and the report if there is one.</returns>
    public async Task<(int Code, SegmentReport? Report)> RunAsync(IReadOnlyList<string> atFirst, bool onlyPrepare)
    {
        long share = (memory - ProcessMemory.ResidentBytes() - OwnGrowth) / devices.Length;
        if (share <= 0)
        {
            throw new UsageException($"--memory allows {ByteSize.Format(memory)}: nothing is left for {devices.Length} workers.");
        }

        progress.Note($"{devices.Length} workers, each within {ByteSize.Format(share)}.");
        SegmentArguments worker = arguments.Without("--workers")
            .With("--memory", share.ToString(CultureInfo.InvariantCulture)).With(WorkerSwitch, null);
        IReadOnlyList<WorkerResult> prepared = await StartAsync([Prepare(worker, atFirst)]);
        int code = SumUp(prepared);
        if (code != ExitCode.Done || signals.ExitCode != 0)
        {
            return (code != ExitCode.Done ? code : signals.ExitCode, null);
        }

        AtomicFile files = new(FileOperations.System);
        RunFolder run = RunFolder.TryOpen(prepared[0].Output.Trim(), files)!;
        RunCompletion completion = new(run, files, progress) { Drain = signals.Drain };
        if (onlyPrepare || completion.GetStatus().IsComplete)
        {
            progress.Note(onlyPrepare ? $"{run.Path} is prepared." : $"{run.Manifest.Output} is complete already: nothing was done.");
            return (ExitCode.Done, onlyPrepare ? null : SegmentReport.Of(run));
        }

        long started = Stopwatch.GetTimestamp();
        IReadOnlyList<WorkerResult> results = await StartAsync([.. devices.Select((device, i) => Segment(worker, device, i))]);
        code = SumUp(results);
        return (code, code == ExitCode.Done ? await FinishAsync(run, completion, results, Stopwatch.GetElapsedTime(started)) : null);
    }

    private Task<IReadOnlyList<WorkerResult>> StartAsync(IReadOnlyList<(string, ProcessStartInfo)> workers) =>
        new WorkerPool(signals, progress, error).RunAsync(workers);

    private int SumUp(IReadOnlyList<WorkerResult> results)
    {
        foreach (WorkerResult result in results.Where(result => result.ExitCode > 128 && result.ExitCode is not (ExitCode.Interrupted or ExitCode.Terminated)))
        {
            error.WriteLine($"error: {result.Name} was killed by signal {result.ExitCode - 128}; what it had finished stays, and the same command goes on.");
        }

        return WorkerPool.SumUp(results, signals.ExitCode);
    }

    private (string, ProcessStartInfo) Prepare(SegmentArguments worker, IReadOnlyList<string> atFirst)
    {
        SegmentArguments prepare = worker.With("--device", devices[0]).With("--shard", shard.ToString()).With("--prepare", null);
        return ("the preparation", StartOf(atFirst.Aggregate(prepare, (arguments, name) => arguments.With(name, null))));
    }

    private (string, ProcessStartInfo) Segment(SegmentArguments worker, string device, int index) =>
        ($"worker {index}{(device.StartsWith("cuda", StringComparison.Ordinal) ? $" ({device})" : "")}",
         StartOf(worker.With("--device", device).With("--shard", shard.Part(index, devices.Length).ToString()).With("--json", null)));

    private ProcessStartInfo StartOf(SegmentArguments worker)
    {
        IReadOnlyList<string> program = OwnProgram.Command;
        ProcessStartInfo start = new(program[0], [.. program.Skip(1), SegmentCommand.Name, .. worker.ToWords()]);
        // .NET then takes this for the machine's size: threads and the buffers per thread shrink with it
        start.Environment["DOTNET_PROCESSOR_COUNT"] = Math.Max(1, Environment.ProcessorCount / devices.Length).ToString(CultureInfo.InvariantCulture);
        return start;
    }

    private async Task<SegmentReport> FinishAsync(
        RunFolder run, RunCompletion completion, IReadOnlyList<WorkerResult> results, TimeSpan elapsed)
    {
        JsonObject cost = CostOf(results, elapsed);
        if (shard.Count > 1)
        {
            progress.Note($"Shard {shard} is done. When all are, 'scrollseg finalize --run {run.Path}' completes the output.");
            return SegmentReport.Of(run) with { Cost = cost };
        }

        run.WriteReport(cost);
        long perThread = 9L * run.Manifest.Chunk.Aggregate(1L, (voxels, extent) => voxels * extent); // a coarser chunk and the eight it is made of
        long threads = Math.Clamp((memory - ProcessMemory.ResidentBytes()) / perThread, 1, Environment.ProcessorCount);
        await completion.FinishAsync((int)threads, null, signals.Stop);
        return SegmentReport.Of(run);
    }

    /// <summary>What the workers' reports say, added up; each holds its memory at the same time.</summary>
    private static JsonObject CostOf(IReadOnlyList<WorkerResult> results, TimeSpan elapsed)
    {
        List<JsonElement> reports = [.. results.Select(result => JsonDocument.Parse(result.Output).RootElement)
            .Where(report => report.TryGetProperty("inputChunks", out _))];
        long Sum(string name) => reports.Sum(report => report.GetProperty(name).GetInt64());
        return new JsonObject
        {
            ["inputChunksFetched"] = Sum("inputChunksFetched"),
            ["inputChunksAbsent"] = Sum("inputChunksAbsent"),
            ["inputChunksPlanned"] = Sum("inputChunksPlanned"),
            ["inputBytesDecoded"] = Sum("inputBytesDecoded"),
            ["inputChunks"] = reports.Count == 0 ? 0 : reports[0].GetProperty("inputChunks").GetInt64(),
            ["seconds"] = new JsonObject { ["segment"] = Math.Round(elapsed.TotalSeconds, 3) },
            ["peakBytesPlanned"] = Sum("peakBytesPlanned"),
            ["peakBytes"] = Sum("peakBytes") + ProcessMemory.PeakBytes(),
            ["workers"] = results.Count,
        };
    }
}
