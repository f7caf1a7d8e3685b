using System.Diagnostics;

namespace ScrollSeg.Cli.Workers;

/// <summary>A process that computes a share of a run: started, listened to, told to stop.</summary>
internal sealed class WorkerProcess : IDisposable
{
    private readonly string _name;
    private readonly Process _process;

    private WorkerProcess(string name, Process process) => (_name, _process) = (name, process);

    /// <summary>Starts a process whose three streams are ours.</summary>
    /// <param name="name">What people know it as.</param>
    /// <param name="start">Program, arguments, environment.</param>
    public static WorkerProcess Start(string name, ProcessStartInfo start)
    {
        (start.RedirectStandardInput, start.RedirectStandardOutput, start.RedirectStandardError) = (true, true, true);
        Process process = Process.Start(start) ?? throw new IOException($"{start.FileName}: could not be started.");
        process.StandardInput.AutoFlush = true;
        return new WorkerProcess(name, process);
    }

    /// <summary>Reads what it says until it ends.</summary>
    /// <param name="onLine">Receives each line of its stderr.</param>
    public async Task<WorkerResult> CompleteAsync(Action<string> onLine)
    {
        Task<string> output = _process.StandardOutput.ReadToEndAsync();
        while (await _process.StandardError.ReadLineAsync() is string line)
        {
            onLine(line);
        }

        string result = await output;
        await _process.WaitForExitAsync();
        return new WorkerResult(_name, _process.ExitCode, result);
    }

    /// <summary>Gives an order; one that cannot be given is for a process that ended.</summary>
    public void Tell(string order)
    {
        try
        {
            _process.StandardInput.WriteLine(order);
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException or InvalidOperationException)
        {
            // the pipe's other end is gone
        }
    }

    /// <summary>Ends it if it still runs.</summary>
    public void Kill()
    {
        try
        {
            _process.Kill();
        }
        catch (InvalidOperationException)
        {
            // it ended by itself
        }
    }

    public void Dispose() => _process.Dispose();
}

/// <summary>How a worker ended.</summary>
/// <param name="Name">What people know it as.</param>
/// <param name="ExitCode">Its exit code; 128 and the signal's number if it was killed.</param>
/// <param name="Output">What it wrote to stdout.</param>
internal sealed record WorkerResult(string Name, int ExitCode, string Output);
