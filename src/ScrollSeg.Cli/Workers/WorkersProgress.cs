using System.Text.Json;
using System.Text.Json.Nodes;
using ScrollSeg.Segmentation.Runs;

namespace ScrollSeg.Cli.Workers;

/// <summary>One display of what several workers tell: their counts are added up, a note that they all have is shown once.</summary>
/// <param name="progress">The display.</param>
/// <param name="error">Receives what is no progress, such as a worker's error.</param>
/// <param name="workers">How many there are.</param>
internal sealed class WorkersProgress(IRunProgress progress, TextWriter error, int workers)
{
    private readonly Lock _lock = new();
    private readonly Dictionary<string, (long Done, long Total)> _counts = [];
    private readonly HashSet<string> _notes = [];
    private (string Name, string Unit) _stage;
    private bool _begun;

    /// <summary>Takes in a line of a worker's stderr.</summary>
    public void Receive(string worker, string line)
    {
        JsonObject? message = Parse(line);
        lock (_lock)
        {
            if (message?["begin"] is JsonNode name)
            {
                _counts[worker] = (0, message["total"]!.GetValue<long>());
                _stage = (name.GetValue<string>(), message["unit"]!.GetValue<string>());
                BeginIfAllHave();
            }
            else if (message?["done"] is JsonNode done && _counts.TryGetValue(worker, out (long Done, long Total) count))
            {
                _counts[worker] = count with { Done = Math.Max(count.Done, done.GetValue<long>()) };
                Show();
            }
            else if (message?["note"] is JsonNode note)
            {
                NoteOnce(note.GetValue<string>());
            }
            else
            {
                error.WriteLine(workers > 1 ? $"{worker}: {line}" : line);
            }
        }
    }

    /// <summary>A worker ended; one that never began is not waited for.</summary>
    public void End(string worker)
    {
        lock (_lock)
        {
            if (_counts.TryAdd(worker, (0, 0)))
            {
                BeginIfAllHave();
            }
        }
    }

    private void BeginIfAllHave()
    {
        if (!_begun && _counts.Count == workers && _counts.Values.Sum(count => count.Total) is > 0 and long total)
        {
            _begun = workers > 1; // a lone one shows each of its stages
            progress.Begin(_stage.Name, total, _stage.Unit);
            Show();
        }
    }

    private void Show()
    {
        if (_begun || workers == 1)
        {
            progress.Advance(_counts.Values.Sum(count => count.Done));
        }
    }

    private void NoteOnce(string text)
    {
        if (_notes.Add(text))
        {
            progress.Note(text);
        }
    }

    private static JsonObject? Parse(string line)
    {
        try
        {
            return line.StartsWith('{') ? JsonNode.Parse(line) as JsonObject : null;
        }
        catch (JsonException)
        {
            return null; // a line cut off by a killed worker
        }
    }
}
