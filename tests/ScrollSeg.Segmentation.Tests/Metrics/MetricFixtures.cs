using System.Text.Json.Nodes;
using ScrollSeg.Segmentation.Metrics;
using ScrollSeg.Testing;
using ScrollSeg.Volumes;

namespace ScrollSeg.Segmentation.Tests.Metrics;

/// <summary>The pairs of tools/fixtures/make_metric_fixtures.py, and volumes to compare.</summary>
internal static class MetricFixtures
{
    public static IReadOnlyList<JsonNode> Scores { get; } =
        [.. JsonNode.Parse(File.ReadAllText("Fixtures/metrics/scores.json"))!.AsArray().Select(node => node!)];

    public static Shape3 ShapeOf(JsonNode pair)
    {
        int[] extent = [.. pair["shape"]!.AsArray().Select(n => (int)n!)];
        return new Shape3(extent[0], extent[1], extent[2]);
    }

    public static byte[] Bytes(JsonNode? text) => Convert.FromBase64String((string)text!);

    public static MemoryVolume Volume(Shape3 shape, ReadOnlySpan<byte> values, Shape3? chunk = null)
    {
        VoxelBuffer voxels = VoxelBuffer.Rent(shape, VoxelType.UInt8);
        values.CopyTo(voxels.Bytes);
        return new MemoryVolume(voxels, chunk ?? new Shape3(3, 4, 5));
    }

    public static async Task<MetricReport> MeasureAsync(Shape3 shape, byte[] prediction, byte[] truth, MetricSettings settings)
    {
        await using MemoryVolume one = Volume(shape, prediction);
        await using MemoryVolume other = Volume(shape, truth);
        return await new VolumeComparison(one, other, settings).RunAsync(TestContext.Current.CancellationToken);
    }
}
