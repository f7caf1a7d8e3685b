using ScrollSeg.Sam.Training;
using ScrollSeg.Segmentation;
using ScrollSeg.Volumes;

namespace ScrollSeg.Sam.Tests.Training;

public sealed class RegionViewTests
{
    private const int Width = 100;
    private const int Height = 60;
    private const int Side = 32;

    /// <summary>A region in the middle is in the middle of its view, uncut; one at the edge is in a view that ends there; specks and
    /// what lies beside the part are not asked for.</summary>
    [Fact]
    public void Of_Regions_AreWholeEachInAViewAroundIt()
    {
        byte[] labels = new byte[Width * Height];
        Fill(labels, 25, 60, 12, 10);
        Fill(labels, 48, 90, 12, 10);
        Fill(labels, 5, 60, 3, 3);
        Fill(labels, 20, 5, 15, 15);
        byte[] grey = [.. labels.Select((label, i) => (byte)((label * 100) + (i % Width)))];

        RegionView[] views = [.. RegionView.Of(grey, labels, Width, new Box3((0, 0, 40), new Shape3(1, Height, 60)), new IntensityRange(0, 255), Side)];

        Assert.Equal(2, views.Length);
        Assert.All(views, view => Assert.Equal(120, view.Mask.Count(value => value == 1)));
        Assert.Equal((11, 12), First(views[0]));
        Assert.Equal((20, 22), First(views[1]));
        Assert.Equal(views[0].Mask, views[0].Example.Labels);
        Assert.Equal(120 + (9 * 2), views[1].Example.Labels.Count(label => label == 1)); // a corner of its neighbour
        int middle = (15 * Side) + 15;
        Assert.Equal(100 + 48 + 15, views[0].Example.Grey[middle], 1e-3);
    }

    /// <summary>A region longer than the view is shown smaller, with something around it.</summary>
    [Fact]
    public void Of_LargeRegion_IsShrunkIntoTheView()
    {
        byte[] labels = new byte[Width * Height];
        Fill(labels, 10, 10, 4, 40);

        RegionView view = Assert.Single(
            RegionView.Of(labels, labels, Width, new Box3((0, 0, 0), new Shape3(1, Height, Width)), new IntensityRange(0, 255), Side));

        int[] columns = [.. Enumerable.Range(0, view.Mask.Length).Where(i => view.Mask[i] == 1).Select(i => i % Side)];
        Assert.InRange(columns.Max() - columns.Min() + 1, 25, 27); // 40 of 50 pixels, of 32
    }

    [Fact]
    public void Of_PartSmallerThanAView_IsRefused() => Assert.Throws<ArgumentException>(() => RegionView.Of(
        new byte[Width * Height], new byte[Width * Height], Width, new Box3((0, 0, 0), new Shape3(1, 20, 20)), new IntensityRange(0, 255), Side).ToArray());

    private static (int Row, int Column) First(RegionView view) => Math.DivRem(view.Mask.AsSpan().IndexOf((byte)1), Side);

    private static void Fill(byte[] labels, int top, int left, int rows, int columns)
    {
        for (int y = 0; y < rows; y++)
        {
            labels.AsSpan(((top + y) * Width) + left, columns).Fill(1);
        }
    }
}
