using ScrollSeg.Sam.AutomaticMasks;
using ScrollSeg.Segmentation;

namespace ScrollSeg.Sam.Tests.AutomaticMasks;

public sealed class CropLayoutTests
{
    [Fact]
    public void Of_OneLayer_IsTheFormulaByHand()
    {
        // 180 x 300: overlap int(0.34133 * 180 * 1) = 61; widths ceil((61 + 300) / 2) = 181, heights ceil((61 + 180) / 2) = 121
        Assert.Equal(
            [
                (new PixelBox(0, 0, 300, 180), 0),
                (new PixelBox(0, 0, 181, 121), 1),
                (new PixelBox(0, 60, 181, 180), 1),
                (new PixelBox(120, 0, 300, 121), 1),
                (new PixelBox(120, 60, 300, 180), 1),
            ],
            CropLayout.Of(180, 300, layers: 1, 512.0 / 1500));
    }

    [Theory]
    [InlineData(180, 300, 0, 0.34)]
    [InlineData(1000, 700, 3, 0.34)]
    [InlineData(97, 101, 2, 0.0)]
    [InlineData(333, 210, 2, 0.9)]
    public void Of_AnyLayer_CoversTheImageAndOverlapsAsAsked(int height, int width, int layers, double ratio)
    {
        IReadOnlyList<(PixelBox Box, int Layer)> crops = CropLayout.Of(height, width, layers, ratio);

        for (int layer = 0; layer <= layers; layer++)
        {
            PixelBox[] boxes = [.. crops.Where(crop => crop.Layer == layer).Select(crop => crop.Box)];
            Assert.Equal(1 << (2 * layer), boxes.Length);
            int overlap = layer == 0 ? 0 : (int)(ratio * Math.Min(height, width) * 2 / (1 << layer));
            AssertCovers(boxes.Select(box => (box.X0, box.X1)), width, overlap);
            AssertCovers(boxes.Select(box => (box.Y0, box.Y1)), height, overlap);
        }
    }

    [Fact]
    public void Of_ImageTooSmall_SaysSo() => Assert.Contains(
        "fewer than 3 crop layers",
        Assert.Throws<InvalidRequestException>(() => CropLayout.Of(5, 5, layers: 3, 0)).Message,
        StringComparison.Ordinal);

    private static void AssertCovers(IEnumerable<(int Start, int End)> spans, int length, int overlap)
    {
        (int Start, int End)[] sorted = [.. spans.Distinct().Order()];
        Assert.Equal((0, length), (sorted[0].Start, sorted[^1].End));
        Assert.All(sorted.Zip(sorted.Skip(1)), pair => Assert.Equal(overlap, pair.First.End - pair.Second.Start));
    }
}
