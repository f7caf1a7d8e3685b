using CsCheck;
using ScrollSeg.Sam.AutomaticMasks;

namespace ScrollSeg.Sam.Tests.AutomaticMasks;

public sealed class RunLengthMaskTests
{
    private static readonly Gen<(int Height, int Width, byte[] Rows)> Masks =
        from height in Gen.Int[1, 7]
        from width in Gen.Int[1, 7]
        from rows in Gen.Byte[0, 1].Array[height * width]
        select (height, width, rows);

    [Fact]
    public void FromRows_WorkedExample_GoesDownTheColumns()
    {
        byte[] rows =
        [
            1, 0, 0,
            1, 1, 0,
        ];

        RunLengthMask mask = RunLengthMask.FromRows(rows, height: 2, width: 3);

        Assert.Equal([0, 2, 1, 1, 2], mask.Counts);
        Assert.Equal(3, mask.Area);
        Assert.Equal(new PixelBox(0, 0, 1, 1), mask.Box);
    }

    [Fact]
    public void ToRows_OfAnyMask_GivesItBack() => Masks.Sample(
        m =>
        {
            RunLengthMask mask = RunLengthMask.FromRows(m.Rows, m.Height, m.Width);
            Assert.Equal(m.Rows, mask.ToRows());
            Assert.Equal(m.Rows.Sum(v => v), mask.Area);
            Assert.Equal(BoxOf(m.Rows, m.Width), mask.Box);
            Assert.DoesNotContain(0, mask.Counts.Skip(1));
        },
        seed: "0N0XIzNsQ0O2",
        iter: 500);

    [Fact]
    public void FromColumns_OfACrop_LiesWhereTheCropLies() => Masks.SelectMany(
        m => Gen.Select(Gen.Int[0, 2], Gen.Int[0, 2], Gen.Int[0, 2], Gen.Int[0, 2]), (m, margin) => (m, margin)).Sample(
        t =>
        {
            ((int cropHeight, int cropWidth, byte[] rows), (int left, int top, int right, int bottom)) = t;
            (int height, int width) = (cropHeight + top + bottom, cropWidth + left + right);
            byte[] columns = new byte[rows.Length];
            byte[] whole = new byte[height * width];
            for (int i = 0; i < rows.Length; i++)
            {
                (int y, int x) = Math.DivRem(i, cropWidth);
                columns[(x * cropHeight) + y] = rows[i];
                whole[((y + top) * width) + x + left] = rows[i];
            }

            PixelBox crop = new(left, top, left + cropWidth, top + cropHeight);

            Assert.Equal(
                RunLengthMask.FromRows(whole, height, width).Counts, RunLengthMask.FromColumns(columns, crop, height, width).Counts);
        },
        seed: "0N0XIzNsQ0O2",
        iter: 500);

    [Fact]
    public void Constructor_RunsThatDoNotFit_SaysBothSides()
    {
        Assert.Contains(
            "5 pixels do not fit an image of 2 x 3 = 6",
            Assert.Throws<ArgumentException>(() => new RunLengthMask(2, 3, [2, 3])).Message,
            StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => new RunLengthMask(2, 3, [7, -1]));
        Assert.Throws<ArgumentException>(() => RunLengthMask.FromColumns(new byte[5], new PixelBox(0, 0, 2, 3), 3, 2));
    }

    private static PixelBox BoxOf(byte[] rows, int width)
    {
        (int X, int Y)[] inside = [.. Enumerable.Range(0, rows.Length).Where(i => rows[i] == 1).Select(i => (i % width, i / width))];
        return inside.Length == 0
            ? default
            : new PixelBox(inside.Min(p => p.X), inside.Min(p => p.Y), inside.Max(p => p.X), inside.Max(p => p.Y));
    }
}
