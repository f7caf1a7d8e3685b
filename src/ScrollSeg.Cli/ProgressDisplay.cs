using System.Diagnostics;
using System.Globalization;
using ScrollSeg.Segmentation.Runs;
using Spectre.Console;

namespace ScrollSeg.Cli;

/// <summary>Shows on stderr how far the work has come: a live bar with the time left on a terminal, elsewhere a line at the
/// beginning of a stage and then one every few seconds.</summary>
internal static class ProgressDisplay
{
    public static async Task<T> RunAsync<T>(TextWriter error, Func<IRunProgress, Task<T>> work)
    {
        if (!ReferenceEquals(error, Console.Error) || Console.IsErrorRedirected)
        {
            return await work(new Lines(error));
        }

        IAnsiConsole console = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(Console.Error) });
        return await console.Progress()
            .Columns(new TaskDescriptionColumn(), new ProgressBarColumn(), new PercentageColumn(), new RemainingTimeColumn())
            .StartAsync(context => work(new Bars(console, context)));
    }

    private sealed class Bars(IAnsiConsole console, ProgressContext context) : IRunProgress
    {
        private ProgressTask? _task;

        public void Begin(string name, long total, string unit)
        {
            if (_task is not null)
            {
                _task.Value = _task.MaxValue;
                _task.StopTask();
            }

            _task = context.AddTask(Markup.Escape(name), maxValue: Math.Max(1, total));
            _task.IsIndeterminate = total == 0;
        }

        public void Advance(long done)
        {
            if (_task is not null)
            {
                _task.Value = Math.Max(_task.Value, done); // reports of several threads may overtake each other
            }
        }

        public void Note(string text) => console.MarkupLine($"[yellow]note:[/] {Markup.Escape(text)}");
    }

    private sealed class Lines(TextWriter error) : IRunProgress
    {
        private static readonly TimeSpan Pause = TimeSpan.FromSeconds(5);

        private readonly Lock _lock = new();
        private string _name = "";
        private string _unit = "";
        private long _total;
        private long _started;
        private long _lastLine;

        public void Begin(string name, long total, string unit)
        {
            lock (_lock)
            {
                (_name, _total, _unit) = (name, total, unit);
                _started = _lastLine = Stopwatch.GetTimestamp();
            }

            error.WriteLine(total > 0 ? string.Create(CultureInfo.InvariantCulture, $"{name}: {total} {unit}") : name);
        }

        public void Advance(long done)
        {
            lock (_lock)
            {
                if (Stopwatch.GetElapsedTime(_lastLine) < Pause || _total == 0 || done == 0)
                {
                    return;
                }

                _lastLine = Stopwatch.GetTimestamp();
                TimeSpan left = Stopwatch.GetElapsedTime(_started) * ((double)(_total - done) / done);
                error.WriteLine(string.Create(
                    CultureInfo.InvariantCulture, $"{_name}: {done} of {_total} {_unit}, {100.0 * done / _total:0} %, {left:hh\\:mm\\:ss} left"));
            }
        }

        public void Note(string text) => error.WriteLine($"note: {text}");
    }
}
