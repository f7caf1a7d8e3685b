using System.Text.Json.Nodes;
using ScrollSeg.Segmentation.Runs;
using static ScrollSeg.Evaluation.Reports.ReportNumbers;

namespace ScrollSeg.Evaluation.Reports;

/// <summary>What a run was to take beside what it took, from its records.</summary>
public static class PlanAgainstActual
{
    /// <summary>A line for each thing that was planned or counted.</summary>
    /// <param name="run">The run.</param>
    /// <returns>Its name, what the plan said, what the records say; a dash where nobody noted it.</returns>
    public static IReadOnlyList<(string Name, string Planned, string Taken)> Of(SegmentReport run)
    {
        (JsonObject planned, JsonObject cost) = (run.Planned, run.Cost);
        JsonObject? expected = planned["seconds"]?.AsObject();
        JsonObject? seconds = cost["seconds"]?.AsObject();
        IEnumerable<string> stages = (seconds ?? []).Select(stage => stage.Key)
            .Union((expected ?? []).Where(stage => (double)stage.Value! > 0).Select(stage => stage.Key));
        return
        [
            ("time, all stages", Seconds(Sum(expected)), Seconds(Sum(seconds))),
            .. stages.Select(stage => ($"time, {stage}", Seconds(Number(expected, stage)), Seconds(Number(seconds, stage)))),
            ("tiles", Count(Number(planned, "tiles")), Count(run.Tiles)),
            ("chunks read", Count(Number(planned, "inputChunksFetched") ?? Number(cost, "inputChunksPlanned")), Count(Fetched(cost))),
            ("bytes read, decoded", Bytes(Number(planned, "inputBytesDecoded")), Bytes(Number(cost, "inputBytesDecoded"))),
            ("bytes written", Written(planned), Bytes(run.BytesStored)),
            ("peak memory", Bytes(Number(planned, "peakBytes") ?? Number(cost, "peakBytesPlanned")), Bytes(Number(cost, "peakBytes"))),
        ];
    }

    /// <summary>As a part of a page.</summary>
    internal static void Write(HtmlPage page, SegmentReport run)
    {
        page.Heading("Plan against actual");
        page.Table(["", "#planned", "#taken"], Of(run).Select(line => ((IReadOnlyList<string>)[line.Name, line.Planned, line.Taken], false)));
        page.Note("The plan is what the run noted as it began; it tells time and written bytes only of runs that are long enough to try a few slices first. Of a run that was stopped and went on, time, reads and memory are those of its last part.");
    }

    /// <summary>Chunks that the store does not have are planned as fetches, too: where they are is known only when they are asked for.</summary>
    private static double? Fetched(JsonObject cost) => Number(cost, "inputChunksFetched") + Number(cost, "inputChunksAbsent");

    private static string Written(JsonObject planned) =>
        Number(planned, "bytesWritten") is double about ? Bytes(about)
        : Number(planned, "bytesBeforeCompression") is double most ? $"at most {Bytes(most)}"
        : Bytes(null);

    private static double? Sum(JsonObject? seconds) => seconds?.Sum(stage => (double)stage.Value!);

    private static double? Number(JsonObject? json, string key) => (double?)json?[key];
}
