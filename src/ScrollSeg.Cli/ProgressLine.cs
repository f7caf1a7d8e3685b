using System.Diagnostics;
using System.Globalization;

namespace ScrollSeg.Cli;

/// <summary>How far a job is: one line that is rewritten on a terminal, and nothing but the last line elsewhere.</summary>
/// <param name="output">Where to write; usually stderr.</param>
/// <param name="isTerminal">Whether the line may be rewritten.</param>
/// <param name="what">What is counted, for example <c>chunks</c>.</param>
/// <param name="total">How many there are.</param>
internal sealed class ProgressLine(TextWriter output, bool isTerminal, string what, long total) : IProgress<long>
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(250);

    private readonly Lock _lock = new();
    private readonly Stopwatch _clock = Stopwatch.StartNew();
    private TimeSpan _shown;
    private long _done;

    /// <inheritdoc/>
    public void Report(long value)
    {
        lock (_lock)
        {
            _done = Math.Max(_done, value);
            if (isTerminal && _clock.Elapsed - _shown >= Interval)
            {
                _shown = _clock.Elapsed;
                output.Write($"\r{Text()}\u001b[K"); // erase what a longer line left
            }
        }
    }

    /// <summary>Leaves the last line as it is, with the time it took.</summary>
    public void Finish()
    {
        lock (_lock)
        {
            output.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"{(isTerminal ? "\r" : "")}{_done} of {total} {what} in {_clock.Elapsed.TotalSeconds:0.0} s{(isTerminal ? "\u001b[K" : "")}"));
        }
    }

    private string Text()
    {
        double part = total == 0 ? 1 : (double)_done / total;
        TimeSpan left = _done == 0 ? TimeSpan.Zero : _clock.Elapsed * ((1 - part) / part);
        return string.Create(CultureInfo.InvariantCulture, $"{_done} of {total} {what} ({part:P0}), {left:h\\:mm\\:ss} left");
    }
}
