using CsCheck;
using ScrollSeg.Volumes.Conversion;

namespace ScrollSeg.Volumes.Tests.Conversion;

public sealed class ConversionPlanTests
{
    [Fact]
    public void Of_SlabThatFits_ReadsEachSliceOnce()
    {
        ConversionPlan plan = ConversionPlan.Of(Slices(new Shape3(300, 1000, 900)), new ConversionOptions { Memory = 1L << 30, Threads = 2 });

        Assert.Equal(new Shape3(128, 1000, 900), plan.Block);
        Assert.Equal(1, plan.ReadAmplification);
        Assert.Equal([new Shape3(300, 1000, 900), new Shape3(150, 500, 450), new Shape3(75, 250, 225), new Shape3(38, 125, 113)], plan.LevelShapes);
    }

    [Fact]
    public void Of_SlabThatDoesNotFit_CutsItAndSaysTheCost()
    {
        // a scan of 75784 x 32693 x 32693 voxels: one slab of chunks has 137 GB
        ConversionPlan plan = ConversionPlan.Of(
            Slices(new Shape3(75784, 32693, 32693)), new ConversionOptions { Memory = 4L << 30, Threads = 4 });

        Assert.True(plan.PeakBytes <= 4L << 30, $"{plan.PeakBytes}");
        Assert.Equal((128, 32693), (plan.Block.Z, plan.Block.X));
        Assert.True(plan.ReadAmplification > 50, $"{plan.ReadAmplification}");
    }

    [Theory]
    [InlineData(2_000_000_000, 2_000_000_000, 2_000_000_000)] // more than 2^63 voxels
    [InlineData(2_097_152, 2_097_152, 2_097_152)] // 2^63
    [InlineData(1, 65_536, 65_536)]
    public void Of_ChunksBeyond2GiB_AreRefused(int z, int y, int x)
    {
        ArgumentException e = Assert.Throws<ArgumentException>(() => ConversionPlan.Of(
            Slices(new Shape3(7, 20, 33)), new ConversionOptions { ChunkShape = new Shape3(z, y, x), Memory = long.MaxValue, Threads = 1 }));

        Assert.Contains("exceed 2 GiB", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Of_TooLittleMemory_SaysHowMuchItTakes()
    {
        ArgumentException e = Assert.Throws<ArgumentException>(
            () => ConversionPlan.Of(Slices(new Shape3(300, 1000, 900)), new ConversionOptions { Memory = 1000 }));

        Assert.Contains("bytes of memory, more than the 1000 allowed", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Of_AnyVolume_StaysWithinMemoryAndOnChunks()
    {
        Gen.Select(Gen.Int[1, 700], Gen.Int[1, 700], Gen.Int[1, 700], Gen.Int[1, 200], Gen.Int[24, 34], Gen.Int[1, 8]).Sample(
            (z, y, x, chunk, bits, threads) =>
            {
                ConversionOptions options = new() { Memory = 1L << bits, Threads = threads, ChunkShape = new Shape3(chunk, chunk, chunk) };
                if (chunk * chunk * (long)chunk * 24 > options.Memory)
                {
                    return;
                }

                ConversionPlan plan = ConversionPlan.Of(Slices(new Shape3(z, y, x)), options);
                Assert.True(plan.PeakBytes <= options.Memory, $"{plan.PeakBytes} of {options.Memory}");
                foreach (Axis axis in new[] { Axis.Z, Axis.Y, Axis.X })
                {
                    Assert.True(plan.Block[axis] % chunk == 0 || plan.Block[axis] >= plan.Spec.Shape[axis], $"{plan.Block}");
                }
            },
            seed: "0002scrollseg",
            iter: 300,
            threads: 1);
    }

    private static VolumeInfo Slices(Shape3 shape) => new("scan", "TIFF slices", shape, VoxelType.UInt8, shape with { Z = 1 });
}
