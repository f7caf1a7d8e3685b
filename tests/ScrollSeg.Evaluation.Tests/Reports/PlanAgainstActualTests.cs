using System.Text.Json.Nodes;
using ScrollSeg.Evaluation.Reports;
using ScrollSeg.Segmentation;
using ScrollSeg.Segmentation.Runs;
using ScrollSeg.Volumes;

namespace ScrollSeg.Evaluation.Tests.Reports;

public sealed class PlanAgainstActualTests
{
    private static readonly SegmentReport Run = new()
    {
        Output = "o.zarr", RunFolder = "o.run", Model = "m", Shape = new Shape3(1, 2, 3), Intensity = new IntensityRange(0, 255),
        ForegroundVoxels = 1, ExcludedVoxels = 0, Slices = 1, FilledSlices = 0, EmptySlices = 0, Tiles = 1234, HalvedBatches = 0,
        BytesWritten = 1, BytesStored = 3 << 20,
        Cost = JsonNode.Parse("""
            {"inputChunksFetched": 5, "inputChunksAbsent": 2, "inputBytesDecoded": 5242880, "inputChunksPlanned": 7,
             "seconds": {"statistics": 1.0, "segment": 7.5, "completion": 0.5}, "peakBytesPlanned": 10485760, "peakBytes": 9437184}
            """)!.AsObject(),
    };

    [Fact]
    public void Of_RunWithEstimate_HasBothOfEverything()
    {
        SegmentReport run = Run with
        {
            Planned = JsonNode.Parse("""
                {"tiles": 1234, "inputChunksFetched": 7, "inputBytesDecoded": 7340032, "bytesBeforeCompression": 8388608, "peakBytes": 10485760,
                 "bytesWritten": 4194304, "seconds": {"statistics": 2.0, "propagate": 0.0, "segment": 6.0, "completion": 1.0}}
                """)!.AsObject(),
        };

        Assert.Equal(
            [
                ("time, all stages", "9.0 s", "9.0 s"), ("time, statistics", "2.0 s", "1.0 s"), ("time, segment", "6.0 s", "7.5 s"), ("time, completion", "1.0 s", "0.5 s"),
                ("tiles", "1,234", "1,234"), ("chunks read", "7", "7"), ("bytes read, decoded", "7 MiB", "5 MiB"),
                ("bytes written", "4 MiB", "3 MiB"), ("peak memory", "10 MiB", "9 MiB"),
            ],
            PlanAgainstActual.Of(run));
    }

    [Fact]
    public void Of_RunThatNotedNothing_ShowsDashesAndNothingMadeUp()
    {
        IReadOnlyList<(string Name, string Planned, string Taken)> lines = PlanAgainstActual.Of(Run);

        Assert.Contains(("time, all stages", "–", "9.0 s"), lines);
        Assert.Contains(("tiles", "–", "1,234"), lines);
        Assert.Contains(("bytes written", "–", "3 MiB"), lines);
        Assert.Contains(("chunks read", "7", "7"), lines); // older runs noted these with what they took
        Assert.All(PlanAgainstActual.Of(Run with { Cost = [] }).Where(line => line.Name is not ("tiles" or "bytes written")), line => Assert.Equal("–", line.Taken));
    }
}
