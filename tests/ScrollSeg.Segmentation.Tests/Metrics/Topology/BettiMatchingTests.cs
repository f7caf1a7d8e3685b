using System.Text.Json.Nodes;
using ScrollSeg.Segmentation.Metrics.Topology;
using ScrollSeg.Volumes;

namespace ScrollSeg.Segmentation.Tests.Metrics.Topology;

public sealed class BettiMatchingTests
{
    /// <summary>Counts made with the authors' code, Betti-Matching-3D.</summary>
    [Fact]
    public void Match_PairsOfTheAuthors_GivesTheirCounts()
    {
        foreach (JsonNode? pair in JsonNode.Parse(File.ReadAllText("Fixtures/metrics/betti.json"))!.AsArray())
        {
            int[] extent = [.. pair!["shape"]!.AsArray().Select(n => (int)n!)];
            Shape3 shape = new(extent[0], extent[1], extent[2]);
            byte[] prediction = Unpack((string)pair["prediction"]!, shape);
            byte[] truth = Unpack((string)pair["truth"]!, shape);

            BettiMatchingCounts[] counts = BettiMatching.Match(shape, prediction, truth);

            string expected = string.Join(" ", Enumerable.Range(0, 3).Select(k => pair["counts"]![$"{k}"]!).Select(
                c => $"{c["matched"]}/{c["prediction"]}/{c["truth"]}"));
            Assert.Equal($"{pair["name"]} {expected}", $"{pair["name"]} {string.Join(" ", counts.Select(c => $"{c.Matched}/{c.Prediction}/{c.Truth}"))}");
        }
    }

    /// <summary>Bits from the highest of each byte on.</summary>
    private static byte[] Unpack(string base64, Shape3 shape)
    {
        byte[] bits = Convert.FromBase64String(base64);
        return [.. Enumerable.Range(0, (int)shape.VoxelCount).Select(i => (byte)((bits[i / 8] >> (7 - (i % 8))) & 1))];
    }
}
