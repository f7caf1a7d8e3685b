using ScrollSeg.Sam.AutomaticMasks;

namespace ScrollSeg.Sam.Tests.AutomaticMasks;

public sealed class SmallRegionsTests
{
    [Fact]
    public void Remove_HoleAndIsland_FillsAndRemoves() => AssertBecomes(
        [
            "#####....",
            "#.###..#.",
            "#####....",
        ],
        [
            "#####....",
            "#####....",
            "#####....",
        ],
        minArea: 2);

    [Fact]
    public void Remove_RegionsOfTheMinimum_Stay()
    {
        byte[] mask = Parse(["####..", "#..#.#", "####.#"]);

        Assert.False(SmallRegions.Remove(mask, width: 6, minArea: 2));
        Assert.Equal(Parse(["####..", "#..#.#", "####.#"]), mask);
    }

    [Fact]
    public void Remove_PixelsTouchingAtACorner_AreOneRegion() => AssertBecomes(
        ["#......", ".#.....", "..#...#"], ["#......", ".#.....", "..#...."], minArea: 3);

    [Fact]
    public void Remove_OnlySmallIslands_KeepsTheLargest() => AssertBecomes(
        ["#....##..", "#........", "#...#...."], ["#........", "#........", "#........"], minArea: 10);

    [Fact]
    public void Remove_EmptyMask_StaysEmpty()
    {
        byte[] mask = new byte[12];

        Assert.False(SmallRegions.Remove(mask, width: 4, minArea: 5));
        Assert.All(mask, pixel => Assert.Equal(0, pixel));
    }

    private static void AssertBecomes(string[] before, string[] after, int minArea)
    {
        byte[] mask = Parse(before);

        Assert.True(SmallRegions.Remove(mask, before[0].Length, minArea));
        Assert.Equal(Parse(after), mask);
    }

    private static byte[] Parse(string[] rows) => [.. rows.SelectMany(row => row).Select(pixel => pixel == '#' ? (byte)1 : (byte)0)];
}
