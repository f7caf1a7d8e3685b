using ScrollSeg.Sam.Checkpoints;
using ScrollSeg.Volumes;
using ScrollSeg.Volumes.Images;

namespace ScrollSeg.Sam.Tests;

/// <summary>Values that the original code computed with a small model; see Goldens/README.md.</summary>
internal static class Golden
{
    public const double Tolerance = 1e-4;

    public static string Find(string name) => Path.Combine(AppContext.BaseDirectory, "Goldens", name);

    public static TensorFile Open(string image) => TensorFile.Open(Find(image + ".safetensors"));

    /// <summary>One of the two images, as it was before resizing.</summary>
    public static PixelImage Image(TensorFile golden)
    {
        IReadOnlyList<long> shape = golden.Tensors["image_hwc_u8"].Shape;
        return new PixelImage((int)shape[0], (int)shape[1], 3, VoxelType.UInt8, Bytes(golden, "image_hwc_u8"));
    }

    public static byte[] Bytes(TensorFile golden, string name) => [.. golden.ReadSingles(name).Select(v => (byte)v)];

    public static double MaxDifference(ReadOnlySpan<float> expected, ReadOnlySpan<float> actual)
    {
        Assert.Equal(expected.Length, actual.Length);
        double max = 0;
        for (int i = 0; i < expected.Length; i++)
        {
            double difference = Math.Abs(expected[i] - actual[i]);
            max = difference <= max ? max : difference; // NaN gets through
        }

        return max;
    }

    public static void AssertAgrees(ReadOnlySpan<float> expected, ReadOnlySpan<float> actual, string what, double tolerance = Tolerance)
    {
        double difference = MaxDifference(expected, actual);
        Assert.True(difference <= tolerance, $"{what}: differs by {difference:g3}, at most {tolerance:g3} expected");
    }
}
