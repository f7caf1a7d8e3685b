using CsCheck;
using ScrollSeg.Segmentation.Propagation;

namespace ScrollSeg.Segmentation.Tests.Propagation;

public sealed class ObjectFollowingTests
{
    private const int Width = 12;

    [Fact]
    public void Number_PiecesThatTouchAtACorner_AreOne()
    {
        byte[] levels = Levels("##..........", "..#.......##", "............", "......#.....");

        uint[] labels = ObjectFollowing.Number(levels, 128, Width);

        Assert.Equal((1u, 1u, 2u, 3u), (labels[0], labels[Width + 2], labels[Width + 10], labels[(3 * Width) + 6]));
        Assert.Equal(6, labels.Count(label => label != 0));
    }

    [Fact]
    public void Follow_TwoObjectsThatMeet_KeepWhatIsNearer()
    {
        uint[] before = Labels("11111..22222", "11111..22222", "11111..22222", "11111..22222");
        byte[] levels = Levels("############", "############", "############", "############");

        uint[] labels = ObjectFollowing.Follow(before, levels, 128, Width, mostChange: 2);

        Assert.Equal(Labels("111111222222", "111111222222", "111111222222", "111111222222"), labels);
    }

    [Fact]
    public void Follow_WhatTouchesNoObject_IsNone()
    {
        uint[] before = Labels("1111........", "1111........", "1111........", "1111........");
        byte[] levels = Levels("####..######", "####..######", "####..######", "####..######");

        Assert.Equal(before, ObjectFollowing.Follow(before, levels, 128, Width, mostChange: 2));
    }

    [Theory]
    [InlineData("##########..", 2, false)] // 16 to 40 voxels
    [InlineData("########....", 2, true)]
    [InlineData("##########..", 2.5, true)]
    [InlineData("###.........", 1000, false)] // 12 are too few to be asked for
    public void Follow_AnAreaThatChangesTooMuch_EndsTheObject(string row, double mostChange, bool goesOn)
    {
        uint[] before = Labels("1111........", "1111........", "1111........", "1111........");

        uint[] labels = ObjectFollowing.Follow(before, Levels(row, row, row, row), 128, Width, mostChange);

        Assert.Equal(goesOn, labels.Any(label => label != 0));
    }

    /// <summary>Nothing outside the mask, no number that was not there, and what stays where it was keeps its number.</summary>
    [Fact]
    public void Follow_AnyMask_GivesOnlyNumbersOfBefore() => Gen.Select(Gen.UInt[0, 3].Array[96], Gen.Byte.Array[96]).Sample(
        (before, levels) =>
        {
            uint[] labels = ObjectFollowing.Follow(before, levels, 100, Width, mostChange: 1e9);
            for (int i = 0; i < labels.Length; i++)
            {
                Assert.True(labels[i] == 0 || levels[i] >= 100);
                Assert.True(labels[i] == 0 || before.Contains(labels[i]));
                Assert.True(before[i] == 0 || labels[i] == 0 || labels[i] == before[i]);
            }

            Assert.Equal(labels, ObjectFollowing.Follow(before, levels, 100, Width, mostChange: 1e9));
        },
        seed: "0N0XIzNsQ0O2", iter: 50, threads: 1);

    private static byte[] Levels(params string[] rows) => [.. string.Concat(rows).Select(c => c == '#' ? (byte)200 : (byte)20)];

    private static uint[] Labels(params string[] rows) => [.. string.Concat(rows).Select(c => c == '.' ? 0u : (uint)(c - '0'))];
}
