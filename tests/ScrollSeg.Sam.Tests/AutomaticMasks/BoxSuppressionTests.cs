using CsCheck;
using ScrollSeg.Sam.AutomaticMasks;

namespace ScrollSeg.Sam.Tests.AutomaticMasks;

public sealed class BoxSuppressionTests
{
    private static readonly Gen<PixelBox> Boxes = Gen.Select(Gen.Int[0, 12], Gen.Int[0, 12], Gen.Int[0, 9], Gen.Int[0, 9])
        .Select((x, y, width, height) => new PixelBox(x, y, x + width, y + height));

    private static readonly Gen<(PixelBox Box, float Score)[]> Scored =
        Gen.Select(Boxes, Gen.Int[0, 5].Select(level => level / 5f)).Array[0, 25];

    [Fact]
    public void Keep_AnyBoxes_IsWhatCountingPixelsGives() =>
        Gen.Select(Scored, Gen.Int[0, 10]).Sample(
            (scored, tenths) => Assert.Equal(
                Brute(scored, tenths / 10.0),
                BoxSuppression.Keep([.. scored.Select(s => s.Box)], [.. scored.Select(s => s.Score)], tenths / 10.0)),
            seed: "0N0XIzNsQ0O2",
            iter: 300);

    [Fact]
    public void Keep_EqualScores_PrefersTheEarlier()
    {
        PixelBox box = new(0, 0, 10, 10);

        Assert.Equal([0], BoxSuppression.Keep([box, box, box], [0.5f, 0.5f, 0.5f], 0.7));
        Assert.Equal([0, 1, 2], BoxSuppression.Keep([box, box, box], [0.5f, 0.5f, 0.5f], 1));
    }

    [Fact]
    public void Keep_IoUEqualToTheThreshold_KeepsBoth() =>
        Assert.Equal([0, 1], BoxSuppression.Keep([new(0, 0, 2, 1), new(0, 0, 1, 1)], [1, 0.9f], 0.5));

    [Fact]
    public void Keep_NoBoxes_IsEmpty() => Assert.Empty(BoxSuppression.Keep([], [], 0.7));

    /// <summary>Takes the best of what is left, strikes out what overlaps it, and again; overlaps are counted in pixels.</summary>
    private static List<int> Brute((PixelBox Box, float Score)[] scored, double threshold)
    {
        List<int> left = [.. Enumerable.Range(0, scored.Length)];
        List<int> kept = [];
        while (left.Count > 0)
        {
            int best = left.Where(i => left.TrueForAll(other => scored[other].Score <= scored[i].Score)).Min();
            kept.Add(best);
            HashSet<(int, int)> pixels = Pixels(scored[best].Box);
            left.RemoveAll(i => i == best || Overlaps(pixels, Pixels(scored[i].Box), threshold));
        }

        return kept;
    }

    private static bool Overlaps(HashSet<(int, int)> a, HashSet<(int, int)> b, double threshold) =>
        a.Union(b).Any() && (float)a.Intersect(b).Count() / a.Union(b).Count() > threshold;

    private static HashSet<(int, int)> Pixels(PixelBox box) =>
        [.. Enumerable.Range(box.X0, box.Width).SelectMany(x => Enumerable.Range(box.Y0, box.Height).Select(y => (x, y)))];
}
