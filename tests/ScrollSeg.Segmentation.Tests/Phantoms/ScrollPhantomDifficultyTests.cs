using System.Globalization;
using ScrollSeg.Volumes;
using ScrollSeg.Volumes.Phantoms;

namespace ScrollSeg.Segmentation.Tests.Phantoms;

/// <summary>Thresholds must not solve the phantom: what is learnt on it would be worth nothing.</summary>
public sealed class ScrollPhantomDifficultyTests(ITestOutputHelper output)
{
    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    public void Thresholds_OnASmallPhantom_ReachAtMostTheBound(int seed)
    {
        ThresholdBaselines baselines = ThresholdBaselines.Of(new ScrollPhantom { Shape = new Shape3(24, 192, 192), Seed = seed });

        Assert.InRange(baselines.Highest, 0.4, 0.65);
        Assert.True(baselines.BestSmoothed2D >= baselines.AllForeground, "the best threshold is at least no threshold");
        Assert.True(baselines.BestSmoothed2D >= baselines.Otsu, "the best threshold is at least Otsu's");
    }

    [Fact]
    public void Thresholds_OnAnEasyPhantom_ReachMore()
    {
        ScrollPhantom easy = new()
        {
            Shape = new Shape3(8, 192, 192), Contrast = 0.35, ContrastBias = 1, Clutter = 0, Shading = 0, FibreStrength = 0.02,
        };

        Assert.InRange(ThresholdBaselines.Of(easy).BestSmoothed2D, 0.85, 1); // so the measure itself sees sheets
    }

    /// <summary>Prints the table of the phantoms' README; run by hand.</summary>
    [Fact(Explicit = true)]
    public void Table()
    {
        output.WriteLine("| seed | all foreground | Otsu | best threshold after 2D Gaussian (sigma) | 3D Gaussian, Otsu |");
        output.WriteLine("|---|---|---|---|---|");
        for (int seed = 1; seed <= 3; seed++)
        {
            ThresholdBaselines b = ThresholdBaselines.Of(new ScrollPhantom { Shape = new Shape3(128, 256, 256), Seed = seed });
            output.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"| {seed} | {b.AllForeground:0.000} | {b.Otsu:0.000} | {b.BestSmoothed2D:0.000} ({b.BestSigma}) | {b.Otsu3D:0.000} |"));
            Assert.InRange(b.Highest, 0.4, 0.65);
        }
    }
}
