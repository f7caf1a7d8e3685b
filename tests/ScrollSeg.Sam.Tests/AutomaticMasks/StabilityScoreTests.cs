using ScrollSeg.Sam.AutomaticMasks;
using TorchSharp;
using static TorchSharp.torch;

namespace ScrollSeg.Sam.Tests.AutomaticMasks;

public sealed class StabilityScoreTests
{
    [Fact]
    public void Of_AnyLogits_IsTheIoUOfTheTwoMasks()
    {
        using DisposeScope scope = NewDisposeScope();
        Random random = new(1);
        float[] values = [.. Enumerable.Range(0, 3 * 8 * 9).Select(_ => (float)((random.NextDouble() * 6) - 3))];

        float[] scores = StabilityScore.Of(tensor(values, [3, 8, 9]), threshold: 0.25, offset: 0.5);

        for (int mask = 0; mask < 3; mask++)
        {
            float[] logits = values[(mask * 72)..((mask + 1) * 72)];
            int both = logits.Count(v => v > 0.75f && v > -0.25f);
            int any = logits.Count(v => v > 0.75f || v > -0.25f);
            Assert.Equal((float)both / any, scores[mask]);
        }
    }

    [Fact]
    public void Of_LogitsAtTheThresholds_AreNotAboveThem()
    {
        using DisposeScope scope = NewDisposeScope();

        Assert.Equal([0.5f], StabilityScore.Of(tensor(new float[] { 1, 2, -1, 0 }, [1, 2, 2]), threshold: 0, offset: 1).Select(s => s * 1.5f));
    }

    [Fact]
    public void Of_NothingAbove_IsNotANumber()
    {
        using DisposeScope scope = NewDisposeScope();

        Assert.Equal([float.NaN], StabilityScore.Of(full(1, 2, 2, -9), threshold: 0, offset: 1));
    }
}
