using System.Runtime.InteropServices;

namespace ScrollSeg.Cli;

/// <summary>
/// Turns signals and a deadline into an orderly stop: the first one asks to finish what is in work, the second one, or the end
/// of the grace time, stops at once.
/// </summary>
internal sealed class StopSignals : IDisposable
{
    private const PosixSignal User1 = (PosixSignal)10; // SIGUSR1 on Linux: the early warning that batch systems send

    private readonly CancellationTokenSource _drain = new();
    private readonly CancellationTokenSource _stop = new();
    private readonly List<PosixSignalRegistration> _registrations = [];
    private readonly TimeSpan _grace;
    private readonly Timer? _deadline;
    private int _exitCode;

    /// <param name="grace">Time to finish what is in work.</param>
    /// <param name="deadline">After this time the stop is asked for by itself.</param>
    public StopSignals(TimeSpan grace, TimeSpan? deadline)
    {
        _grace = grace;
        Register(PosixSignal.SIGINT, Cli.ExitCode.Interrupted);
        Register(PosixSignal.SIGTERM, Cli.ExitCode.Terminated);
        if (OperatingSystem.IsLinux())
        {
            Register(User1, Cli.ExitCode.StoppedEarly);
        }

        if (deadline is TimeSpan after)
        {
            _deadline = new Timer(_ => Ask(Cli.ExitCode.StoppedEarly), null, after, Timeout.InfiniteTimeSpan);
        }
    }

    /// <summary>Cancelled once a stop was asked for.</summary>
    public CancellationToken Drain => _drain.Token;

    /// <summary>Cancelled once everything has to stop at once.</summary>
    public CancellationToken Stop => _stop.Token;

    /// <summary>What the program ends with after a stop; 0 if none was asked for.</summary>
    public int ExitCode => Volatile.Read(ref _exitCode);

    /// <summary>Asks for a stop, as a signal does.</summary>
    public void Ask(int exitCode)
    {
        if (Interlocked.CompareExchange(ref _exitCode, exitCode, 0) == 0)
        {
            _stop.CancelAfter(_grace);
            _drain.Cancel();
        }
        else
        {
            _stop.Cancel();
        }
    }

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
