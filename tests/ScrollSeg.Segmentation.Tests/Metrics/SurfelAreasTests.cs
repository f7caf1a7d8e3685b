using System.Text.Json.Nodes;
using ScrollSeg.Segmentation.Metrics.Surfaces;

namespace ScrollSeg.Segmentation.Tests.Metrics;

public sealed class SurfelAreasTests
{
    /// <summary>Marching cubes of each cell from either side, by scikit-image: DeepMind's table has one of the two.</summary>
    [Theory]
    [InlineData("(1, 1, 1)", 1, 1, 1)]
    [InlineData("(1, 2, 3)", 1, 2, 3)]
    public void For_EveryCode_IsAnAreaOfMarchingCubes(string spacing, double z, double y, double x)
    {
        JsonArray expected = JsonNode.Parse(File.ReadAllText("Fixtures/metrics/areas.json"))![spacing]!.AsArray();

        double[] areas = SurfelAreas.For(new(z, y, x));

        Assert.Equal((0, 0), (areas[0], areas[255]));
        for (int code = 1; code < 255; code++)
        {
            Assert.Contains(expected[code]!.AsArray(), area => Math.Abs((double)area! - areas[code]) < 1e-6);
        }
    }
}
