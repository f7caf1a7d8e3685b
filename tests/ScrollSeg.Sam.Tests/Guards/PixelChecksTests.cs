using System.Runtime.InteropServices;
using ScrollSeg.Sam.Checkpoints;
using ScrollSeg.Sam.Guards;
using ScrollSeg.Volumes;
using ScrollSeg.Volumes.Images;

namespace ScrollSeg.Sam.Tests.Guards;

public sealed class PixelChecksTests
{
    private const int Side = 128;

    public static TheoryData<string> Harmless => ["landscape", "portrait"];

    [Theory]
    [MemberData(nameof(Harmless))]
    public void Notes_ImageAsItShouldBe_IsSilent(string golden)
    {
        using TensorFile file = Golden.Open(golden);

        Assert.Empty(PixelChecks.Notes(Golden.Image(file)));
    }

    [Fact]
    public void Notes_SmoothBytesAndNoiseAndBlackAndWhite_AreSilent()
    {
        Random random = new(1);

        Assert.Empty(PixelChecks.Notes(Bytes(Smooth16, v => v >> 8)));
        Assert.Empty(PixelChecks.Notes(Bytes((_, _) => random.Next(256), v => v)));
        Assert.Empty(PixelChecks.Notes(Bytes((y, x) => ((x / 5) + (y / 5)) % 2 == 0 ? 0 : 255, v => v)));
        Assert.Empty(PixelChecks.Notes(Bytes((_, _) => 0, v => v)));
        Assert.Empty(PixelChecks.Notes(Words(Smooth16)));
    }

    [Fact]
    public void Notes_ZerosAndOnes_AreUnitPixels() => AssertFires(GuardName.UnitPixels, Bytes((y, x) => (x + y) % 2, v => v));

    [Theory]
    [InlineData(256)]
    [InlineData(257)]
    public void Notes_SixteenBitsThatWereEight_AreSaid(int factor) =>
        AssertFires(GuardName.EightBitsOnly, Words((y, x) => (Smooth16(y, x) >> 8) * factor));

    [Fact]
    public void Notes_SixteenBitsCutToTheUpperByteAndBrightened_LeaveAComb()
    {
        // values of 20000 to 36000, as a scan that fills a quarter of its 16 bits
        static int Scan(int y, int x) => 20000 + (Smooth16(y, x) / 4);

        AssertFires(GuardName.GreyComb, Bytes(Scan, v => ((v >> 8) - 78) * 255 / 64));
    }

    [Fact]
    public void Notes_SixteenBitsCutToTheLowerByte_AreWrapped() =>
        AssertFires(GuardName.WrappedGrey, Bytes((y, x) => Smooth16(y, x) / 16, v => v & 255));

    private static void AssertFires(string guard, PixelImage image) =>
        Assert.Equal([guard], PixelChecks.Notes(image).Select(note => note.Guard));

    /// <summary>Waves over the whole range of 16 bits with a little noise.</summary>
    private static int Smooth16(int y, int x) =>
        (int)(32768 + (15000 * Math.Sin(x / 17.0)) + (15000 * Math.Sin((y / 13.0) + (x / 40.0)))) + (((x * 7919) ^ (y * 104729)) & 255);

    private static PixelImage Bytes(Func<int, int, int> value, Func<int, int> cast) => new(
        Side, Side, 1, VoxelType.UInt8, [.. Pixels().Select(p => (byte)cast(value(p.Y, p.X)))]);

    private static PixelImage Words(Func<int, int, int> value)
    {
        ushort[] words = [.. Pixels().Select(p => (ushort)value(p.Y, p.X))];
        return new PixelImage(Side, Side, 1, VoxelType.UInt16, MemoryMarshal.AsBytes(words.AsSpan()).ToArray());
    }

    private static IEnumerable<(int Y, int X)> Pixels() =>
        from y in Enumerable.Range(0, Side) from x in Enumerable.Range(0, Side) select (y, x);
}
