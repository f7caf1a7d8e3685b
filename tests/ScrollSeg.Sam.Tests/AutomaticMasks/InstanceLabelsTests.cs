using System.Runtime.InteropServices;
using ScrollSeg.Sam.AutomaticMasks;
using ScrollSeg.Volumes.Images;

namespace ScrollSeg.Sam.Tests.AutomaticMasks;

public sealed class InstanceLabelsTests
{
    [Fact]
    public void Paint_OverlappingMasks_SmallerOnTopOfEqualsTheEarlier()
    {
        AutomaticMask small = Of([0, 1, 1, 0, 0, 0]);
        AutomaticMask large = Of([1, 1, 1, 1, 0, 0]);
        AutomaticMask equal = Of([0, 0, 1, 0, 0, 1]);

        PixelImage labels = InstanceLabels.Paint([large, small, equal], height: 2, width: 3);

        Assert.Equal([1, 2, 2, 1, 0, 3], MemoryMarshal.Cast<byte, ushort>(labels.Samples.AsSpan()).ToArray());
    }

    [Fact]
    public void Paint_NoMasks_IsBackground() =>
        Assert.All(InstanceLabels.Paint([], height: 2, width: 3).Samples, sample => Assert.Equal(0, sample));

    private static AutomaticMask Of(byte[] rows)
    {
        RunLengthMask mask = RunLengthMask.FromRows(rows, height: 2, width: 3);
        return new AutomaticMask(mask, mask.Box, 1, 1, (0, 0), new PixelBox(0, 0, 3, 2));
    }
}
