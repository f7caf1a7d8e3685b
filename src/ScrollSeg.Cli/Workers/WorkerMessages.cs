using System.Diagnostics;
using System.Text.Json.Nodes;
using ScrollSeg.Segmentation.Runs;

namespace ScrollSeg.Cli.Workers;

/// <summary>A worker's progress, one JSON object per line, for the process that started it: <c>{"begin": name, "total": n,
/// "unit": u}</c>, <c>{"done": n}</c>, <c>{"note": text}</c>.</summary>
internal sealed class WorkerMessages(TextWriter error) : IRunProgress
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(200);

    private readonly Lock _lock = new();
    private long _total;
    private long _lastLine;

    public void Begin(string name, long total, string unit)
    {
        lock (_lock)
        {
            (_total, _lastLine) = (total, 0);
            Write(new JsonObject { ["begin"] = name, ["total"] = total, ["unit"] = unit });
        }
    }

    public void Advance(long done)
    {
        lock (_lock)
        {
            if (done == _total || Stopwatch.GetElapsedTime(_lastLine) >= Pause)
            {
                _lastLine = Stopwatch.GetTimestamp();
                Write(new JsonObject { ["done"] = done });
            }
        }
    }

    public void Note(string text)
    {
        lock (_lock)
        {
            Write(new JsonObject { ["note"] = text });
        }
    }

    private void Write(JsonObject message) => error.WriteLine(message.ToJsonString());
}
