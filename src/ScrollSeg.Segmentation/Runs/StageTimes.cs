using System.Diagnostics;
using System.Text.Json.Nodes;

namespace ScrollSeg.Segmentation.Runs;

/// <summary>How long each stage of a run took in this process.</summary>
internal sealed class StageTimes
{
    private readonly List<(string Stage, double Seconds)> _times = [];

    /// <summary>Does the work of a stage, and notes how long it took.</summary>
    public async Task<T> TimeAsync<T>(string stage, Func<Task<T>> work)
    {
        long started = Stopwatch.GetTimestamp();
        T result = await work();
        _times.Add((stage, Stopwatch.GetElapsedTime(started).TotalSeconds));
        return result;
    }

    /// <summary>Seconds by stage; a name that was used twice counts both.</summary>
    public JsonObject ToJson() => new([.. _times.GroupBy(time => time.Stage).Select(stage =>
        KeyValuePair.Create(stage.Key, (JsonNode?)Math.Round(stage.Sum(time => time.Seconds), 3)))]);
}
