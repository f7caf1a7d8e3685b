using ScrollSeg.Segmentation.Baselines;
using ScrollSeg.Segmentation.Metrics;
using ScrollSeg.Volumes;
using ScrollSeg.Volumes.Phantoms;

namespace ScrollSeg.Segmentation.Tests.Phantoms;

public sealed class FragmentPhantomDifficultyTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Otsu_OnTheInfrared_FindsMostInkButNotAll(int seed)
    {
        FragmentPhantom phantom = new() { Shape = new Shape3(16, 512, 512), Seed = seed };
        using VoxelBuffer mask = Picture(phantom, FragmentPicture.Mask);
        using VoxelBuffer ink = Picture(phantom, FragmentPicture.Ink);
        using VoxelBuffer infrared = Picture(phantom, FragmentPicture.Infrared);
        long[] histogram = new long[256];
        for (int i = 0; i < mask.Bytes.Length; i++)
        {
            histogram[infrared.Bytes[i]] += mask.Bytes[i] != 0 ? 1 : 0;
        }

        double threshold = OtsuThreshold.Of(new VolumeHistogram(0, 1, histogram));
        byte[] dark = [.. infrared.Bytes.ToArray().Zip(
            mask.Bytes.ToArray(), (grey, papyrus) => papyrus != 0 && grey < threshold ? (byte)1 : (byte)0)];
        OverlapCounts counts = new();
        counts.Add(dark, ink.Bytes);

        Assert.InRange(counts.Dice!.Value, 0.70, 0.90); // fragment 1 of the contest: 0.82
    }

    private static VoxelBuffer Picture(FragmentPhantom phantom, FragmentPicture picture)
    {
        Box3 box = phantom.Bounds.With(Axis.Z, 0, 1);
        VoxelBuffer pixels = VoxelBuffer.Rent(box.Shape, VoxelType.UInt8);
        phantom.FillPicture(picture, box, pixels);
        return pixels;
    }
}
