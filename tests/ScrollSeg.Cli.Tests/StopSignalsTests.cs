using ScrollSeg.Cli;

namespace ScrollSeg.Tests;

public sealed class StopSignalsTests
{
    private readonly Clock _clock = new();

    [Fact]
    public void Ask_TheSameAtOnce_IsOneRequest()
    {
        using StopSignals signals = new(TimeSpan.FromMinutes(1), null, _clock);

        signals.Ask(143);
        _clock.Milliseconds += 900;
        signals.Ask(143); // a batch system tells the script and the program, and the script hands it on
        bool echoed = signals.Stop.IsCancellationRequested;
        _clock.Milliseconds += 200;
        signals.Ask(143);

        Assert.False(echoed);
        Assert.True(signals.Stop.IsCancellationRequested);
    }

    [Fact]
    public void Ask_AnotherSignal_StopsAtOnceAndKeepsTheFirstCode()
    {
        using StopSignals signals = new(TimeSpan.FromMinutes(1), null, _clock);

        signals.Ask(75);
        signals.Ask(143);

        Assert.True(signals.Drain.IsCancellationRequested && signals.Stop.IsCancellationRequested);
        Assert.Equal(75, signals.ExitCode);
    }

    [Fact]
    public void Ask_OfAWorker_NeverStopsAtOnce()
    {
        using StopSignals signals = new(TimeSpan.FromMinutes(1), null, _clock) { DrainsOnly = true };

        signals.Ask(130);
        _clock.Milliseconds += 5000;
        signals.Ask(130);
        signals.Ask(143);

        Assert.False(signals.Stop.IsCancellationRequested);
    }

    private sealed class Clock : TimeProvider
    {
        public long Milliseconds { get; set; } = 1;

        public override long TimestampFrequency => 1000;

        public override long GetTimestamp() => Milliseconds;
    }
}
