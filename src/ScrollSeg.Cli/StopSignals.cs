using System.Runtime.InteropServices;

namespace ScrollSeg.Cli;

/// <summary>
/// Turns signals and a deadline into an orderly stop: the first one asks to finish what is in work, the second one, or the end
/// of the grace time, stops at once.
/// </summary>
internal sealed class StopSignals : IDisposable
{
    private const PosixSignal User1 = (PosixSignal)10; // SIGUSR1 on Linux: the early warning that batch systems send

    /// <summary>Batch systems signal every process of a job, and a script in between hands the same signal on: what comes twice
    /// within this time is one request.</summary>
    private static readonly TimeSpan Echo = TimeSpan.FromSeconds(1);

    private readonly CancellationTokenSource _drain = new();
    private readonly CancellationTokenSource _stop = new();
    private readonly List<PosixSignalRegistration> _registrations = [];
    private readonly Lock _lock = new();
    private readonly TimeSpan _grace;
    private readonly TimeProvider _clock;
    private readonly ITimer? _deadline;
    private long _first;
    private int _exitCode;

    /// <param name="grace">Time to finish what is in work.</param>
    /// <param name="deadline">After this time the stop is asked for by itself.</param>
    /// <param name="clock">What measures time. Default the system's.</param>
    public StopSignals(TimeSpan grace, TimeSpan? deadline, TimeProvider? clock = null)
    {
        (_grace, _clock) = (grace, clock ?? TimeProvider.System);
        Register(PosixSignal.SIGINT, Cli.ExitCode.Interrupted);
        Register(PosixSignal.SIGTERM, Cli.ExitCode.Terminated);
        if (OperatingSystem.IsLinux())
        {
            Register(User1, Cli.ExitCode.StoppedEarly);
        }

        if (deadline is TimeSpan after)
        {
            _deadline = _clock.CreateTimer(_ => Ask(Cli.ExitCode.StoppedEarly), null, after, Timeout.InfiniteTimeSpan);
        }
    }

    /// <summary>Cancelled once a stop was asked for.</summary>
    public CancellationToken Drain => _drain.Token;

    /// <summary>Cancelled once everything has to stop at once.</summary>
    public CancellationToken Stop => _stop.Token;

    /// <summary>What the program ends with after a stop; 0 if none was asked for.</summary>
    public int ExitCode => Volatile.Read(ref _exitCode);

    /// <summary>Whether further signals change nothing: for a process whose parent gets them too, and decides. Default
    /// false.</summary>
    public bool DrainsOnly { get; init; }

    /// <summary>Asks for a stop, as a signal does.</summary>
    public void Ask(int exitCode)
    {
        bool isFirst;
        lock (_lock)
        {
            isFirst = _exitCode == 0;
            if (isFirst)
            {
                Volatile.Write(ref _exitCode, exitCode);
                _first = _clock.GetTimestamp();
            }
            else if (DrainsOnly || (exitCode == _exitCode && _clock.GetElapsedTime(_first) < Echo))
            {
                return;
            }
        }

        if (isFirst)
        {
            _stop.CancelAfter(_grace);
            _drain.Cancel();
        }
        else
        {
            _stop.Cancel();
        }
    }

    /// <summary>Stops at once.</summary>
    public void StopNow() => _stop.Cancel();

    public void Dispose()
    {
        _registrations.ForEach(registration => registration.Dispose());
        _deadline?.Dispose();
        _drain.Dispose();
        _stop.Dispose();
    }

    private void Register(PosixSignal signal, int exitCode) => _registrations.Add(PosixSignalRegistration.Create(signal, context =>
    {
        context.Cancel = true; // the default action would end the process in the middle
        Ask(exitCode);
    }));
}
