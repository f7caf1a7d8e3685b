using System.Collections.Concurrent;
using System.Diagnostics;
using ScrollSeg.Segmentation.Runs;

namespace ScrollSeg.Cli.Workers;

/// <summary>Starts workers, shows their progress as one, hands a stop on to them, and waits for all of them, whatever happens to
/// one.</summary>
/// <param name="signals">What may stop the whole.</param>
/// <param name="progress">The one display.</param>
/// <param name="error">Receives what workers say besides.</param>
internal sealed class WorkerPool(StopSignals signals, IRunProgress progress, TextWriter error)
{
    /// <summary>A worker that was told to stop at once and did not is killed after this time.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    /// <summary>Runs the workers side by side.</summary>
    /// <param name="workers">What people know each as, and how it is started.</param>
    /// <returns>How they ended, in the order in which they did.</returns>
    public async Task<IReadOnlyList<WorkerResult>> RunAsync(IReadOnlyList<(string Name, ProcessStartInfo Start)> workers)
    {
        WorkersProgress messages = new(progress, error, workers.Count);
        ConcurrentQueue<WorkerResult> ended = new();
        List<WorkerProcess> processes = [];
        try
        {
            foreach ((string name, ProcessStartInfo start) in workers)
            {
                processes.Add(WorkerProcess.Start(name, start));
            }

            using CancellationTokenRegistration drain = signals.Drain.Register(
                () => processes.ForEach(worker => worker.Tell(WorkerOrders.DrainWith(signals.ExitCode))));
            using CancellationTokenRegistration stop = signals.Stop.Register(
                () => processes.ForEach(worker => worker.Tell(WorkerOrders.StopNow)));
            Task all = Task.WhenAll(processes.Select(async (worker, i) =>
            {
                string name = workers[i].Name;
                ended.Enqueue(await worker.CompleteAsync(line => messages.Receive(name, line)));
                messages.End(name);
            }));
            await WaitAsync(all, processes);
        }
        finally
        {
            processes.ForEach(worker =>
            {
                worker.Kill(); // only after a failure of ours does any still run
                worker.Dispose();
            });
        }

        return [.. ended];
    }

    /// <summary>What the whole ends with: the first failure by time; without one, the stop that was asked for; without that, the
    /// first code that is not 0.</summary>
    /// <param name="results">In the order in which the workers ended.</param>
    /// <param name="stopped">The code of a stop that was asked of all; 0 if none was.</param>
    public static int SumUp(IReadOnlyList<WorkerResult> results, int stopped)
    {
        int[] codes = [.. results.Select(result => result.ExitCode).Where(code => code != ExitCode.Done)];
        int failure = codes.FirstOrDefault(code => code is not (ExitCode.StoppedEarly or ExitCode.Interrupted or ExitCode.Terminated));
        return failure != 0 || codes.Length == 0 ? failure : stopped != 0 ? stopped : codes[0];
    }

    private async Task WaitAsync(Task all, List<WorkerProcess> processes)
    {
        try
        {
            await all.WaitAsync(signals.Stop);
        }
        catch (OperationCanceledException) when (!all.IsCanceled)
        {
            if (await Task.WhenAny(all, Task.Delay(Patience)) != all)
            {
                processes.ForEach(worker => worker.Kill());
            }

            await all;
        }
    }
}
