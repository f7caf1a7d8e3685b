using ScrollSeg.Sam.Guards;
using ScrollSeg.Segmentation;

namespace ScrollSeg.Sam.Tests.Guards;

public sealed class AnswerChecksTests
{
    private static readonly PointPrompt On = new(1, 0, IsForeground: true);
    private static readonly PointPrompt Beside = new(2, 1, IsForeground: false);

    /// <summary>Two masks of 2 x 3; the second has the higher IoU and covers the pixel (2, 1) alone.</summary>
    private static readonly PromptedMasks Answer = new(
        2, 3, [5, 5, 5, -5, -5, -5, /**/ -5, -5, -5, -5, -5, 5], [0.2f, 0.9f], [], LowResolutionSide: 0);

    [Fact]
    public void SwappedLabels_BestMaskCoversTheWrongClicks_IsSaid() => Assert.Equal(
        GuardName.SwappedLabels, AnswerChecks.SwappedLabels(new PromptSet { Points = [On, Beside] }, Answer, 0)?.Guard);

    [Fact]
    public void SwappedLabels_OtherwiseSilent()
    {
        PointPrompt[][] harmless =
        [
            [], [On], [Beside], [On, Beside with { X = 0 }], [Beside with { IsForeground = true }, On with { IsForeground = false }],
            [On, Beside with { IsForeground = true }, Beside],
        ];

        Assert.All(harmless, clicks => Assert.Null(AnswerChecks.SwappedLabels(new PromptSet { Points = clicks }, Answer, 0)));
        Assert.Null(AnswerChecks.SwappedLabels(new PromptSet { Points = [On, Beside] }, Answer, threshold: 6));
    }
}
