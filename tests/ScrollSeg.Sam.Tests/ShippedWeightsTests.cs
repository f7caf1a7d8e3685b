using System.Runtime.InteropServices;
using ScrollSeg.Segmentation;
using ScrollSeg.Volumes;
using ScrollSeg.Volumes.Phantoms;

namespace ScrollSeg.Sam.Tests;

public sealed class ShippedWeightsTests
{
    [Fact]
    public void Small_SaysThatItHasSeenPhantomsOnly()
    {
        using ISliceSegmenter segmenter = new SamModelSource().OpenSliceSegmenter("small", new ModelSettings { Device = "cpu" })!;

        Assert.Equal(256, segmenter.ViewSide);
        Assert.Contains("[phantoms-only]", segmenter.Caution, StringComparison.Ordinal);
        Assert.Contains("small", new SamModelSource().Accepts);
    }

    /// <summary>A slice of a scroll that it was not trained on: far above the 0.52 of a threshold.</summary>
    [Fact]
    public void Small_OnAnUnseenPhantom_FindsTheSheet()
    {
        ScrollPhantom phantom = new() { Shape = new Shape3(64, 256, 256), Seed = 1 };
        Box3 box = phantom.Bounds.With(Axis.Z, 30, 1);
        using VoxelBuffer grey = VoxelBuffer.Rent(box.Shape, VoxelType.UInt16);
        using VoxelBuffer sheet = VoxelBuffer.Rent(box.Shape, VoxelType.UInt8);
        phantom.Fill(box, grey, sheet);
        ushort[] inside = [.. grey.Voxels<ushort>().ToArray().Where(value => value > 0).Order()];
        IntensityRange range = new(inside[inside.Length / 200], inside[inside.Length * 199 / 200]);
        float[] scores = new float[256 * 256];

        using ISliceSegmenter segmenter = new SamModelSource().OpenSliceSegmenter(
            "small", new ModelSettings { Device = "cpu", Precision = "f32" })!;
        segmenter.Segment(new TileBatch(grey, 1, range), scores);

        int hits = 0;
        int both = 0;
        for (int i = 0; i < scores.Length; i++)
        {
            bool seen = scores[i] > 0 && MemoryMarshal.Cast<byte, ushort>(grey.Bytes)[i] > 0;
            hits += seen && sheet.Bytes[i] == 1 ? 2 : 0;
            both += (seen ? 1 : 0) + sheet.Bytes[i];
        }

        Assert.True((double)hits / both > 0.7, $"Dice {(double)hits / both:0.000}");
    }
}
