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

    [Fact]
    public void Match_RandomMasks_GivesTheCountsOfTheDefinition()
    {
        for (int seed = 0; seed < 60; seed++)
        {
            Random random = new(seed);
            Shape3 shape = seed < 57 ? new(random.Next(1, 6), random.Next(1, 6), random.Next(1, 6)) : new(8, 8, 8);
            double density = random.NextDouble();
            byte[] truth = [.. Enumerable.Range(0, (int)shape.VoxelCount).Select(_ => (byte)(random.NextDouble() < density ? 1 : 0))];
            byte[] prediction = [.. truth.Select(v => random.NextDouble() < 0.2 ? (byte)(1 - v) : v)];

            BettiMatchingCounts[] counts = BettiMatching.Match(shape, prediction, truth);

            Assert.Equal(BruteForceMatching.Match(shape, prediction, truth), counts);
        }
    }

    [Fact]
    public void Match_MaskOfAnotherLength_IsRefused() =>
        Assert.Throws<ArgumentException>(() => BettiMatching.Match(new(2, 2, 2), new byte[8], new byte[7]));

    /// <summary>Bits from the highest of each byte on.</summary>
    private static byte[] Unpack(string base64, Shape3 shape)
    {
        byte[] bits = Convert.FromBase64String(base64);
        return [.. Enumerable.Range(0, (int)shape.VoxelCount).Select(i => (byte)((bits[i / 8] >> (7 - (i % 8))) & 1))];
    }
}
