using System.Runtime.InteropServices;

namespace ScrollSeg.Cli;

/// <summary>Turns the first SIGINT or SIGTERM into a cancellation, after which the work drains for as long as it needs; a
/// second one ends the process as it always would.</summary>
internal sealed class Interruption : IDisposable
{
    private readonly CancellationTokenSource _stop = new();
    private readonly PosixSignalRegistration[] _registrations;
    private int _signals;

    public Interruption()
    {
        _registrations =
        [
            PosixSignalRegistration.Create(PosixSignal.SIGINT, OnSignal),
            PosixSignalRegistration.Create(PosixSignal.SIGTERM, OnSignal),
        ];
    }

    /// <summary>Cancelled by a signal.</summary>
    public CancellationToken Token => _stop.Token;

    /// <summary>Name of the signal that came; <see langword="null"/> if none did.</summary>
    public string? Signal { get; private set; }

    /// <summary>What the program answers to that signal.</summary>
    public int ExitCode { get; private set; } = Cli.ExitCode.Interrupted;

    public void Dispose()
    {
        foreach (PosixSignalRegistration registration in _registrations)
        {
            registration.Dispose();
        }

        _stop.Dispose();
    }

    private void OnSignal(PosixSignalContext context)
    {
        if (Interlocked.Increment(ref _signals) > 1)
        {
            return;
        }

        context.Cancel = true;
        (Signal, ExitCode) = (context.Signal.ToString(), context.Signal == PosixSignal.SIGTERM ? Cli.ExitCode.Terminated : Cli.ExitCode.Interrupted);
        _stop.Cancel();
    }
}
