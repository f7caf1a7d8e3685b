using System.Globalization;
using ScrollSeg.Volumes.Images;
using ScrollSeg.Volumes.Storage;
using ScrollSeg.Volumes.Tiff;

namespace ScrollSeg.Volumes.Phantoms;

/// <summary>Writes a fragment phantom in the layout of the ink-detection contest of 2023: <c>surface_volume/NN.tif</c>,
/// <c>mask.png</c>, <c>inklabels.png</c>, <c>ir.png</c>, and <c>truth.png</c>, the ink once more.</summary>
/// <remarks>Memory: one layer per thread.</remarks>
public static class FragmentPhantomWriter
{
    /// <summary>Writes everything into a folder.</summary>
    /// <param name="phantom">What to write.</param>
    /// <param name="folder">The folder; created if it is not there.</param>
    /// <param name="files">Writes the files.</param>
    /// <param name="allocator">Where the layers' memory comes from. Default the system.</param>
    /// <param name="progress">Is told the number of layers done, from any thread.</param>
    /// <param name="cancellationToken">Stops between layers.</param>
    public static async Task WriteAsync(
        FragmentPhantom phantom,
        string folder,
        AtomicFile files,
        VoxelAllocator? allocator = null,
        Action<long>? progress = null,
        CancellationToken cancellationToken = default)
    {
        string layers = Path.Combine(folder, "surface_volume");
        files.CreateFolder(layers);
        int digits = Math.Max(2, (phantom.Shape.Z - 1).ToString(CultureInfo.InvariantCulture).Length);
        long done = 0;
        ParallelOptions options = new()
        {
            MaxDegreeOfParallelism = Environment.ProcessorCount,
            CancellationToken = cancellationToken,
        };
        await Parallel.ForEachAsync(Enumerable.Range(0, phantom.Shape.Z), options, (z, _) =>
        {
            Box3 box = phantom.Bounds.With(Axis.Z, z, 1);
            using VoxelBuffer layer = VoxelBuffer.Rent(box.Shape, VoxelType.UInt16, allocator);
            phantom.Fill(box, layer);
            string name = z.ToString(CultureInfo.InvariantCulture).PadLeft(digits, '0') + ".tif";
            TiffFile.Write(Path.Combine(layers, name), layer, files, TiffCompression.None);
            progress?.Invoke(Interlocked.Increment(ref done));
            return ValueTask.CompletedTask;
        });
        WritePicture(phantom, FragmentPicture.Mask, [Path.Combine(folder, "mask.png")], files, allocator);
        WritePicture(phantom, FragmentPicture.Infrared, [Path.Combine(folder, "ir.png")], files, allocator);
        WritePicture(
            phantom,
            FragmentPicture.Ink,
            [Path.Combine(folder, "inklabels.png"), Path.Combine(folder, "truth.png")],
            files,
            allocator);
    }

    private static void WritePicture(
        FragmentPhantom phantom, FragmentPicture picture, string[] paths, AtomicFile files, VoxelAllocator? allocator)
    {
        Box3 box = phantom.Bounds.With(Axis.Z, 0, 1);
        using VoxelBuffer pixels = VoxelBuffer.Rent(box.Shape, VoxelType.UInt8, allocator);
        phantom.FillPicture(picture, box, pixels);
        PixelImage image = new(box.Shape.Y, box.Shape.X, 1, VoxelType.UInt8, pixels.Bytes.ToArray());
        foreach (string path in paths)
        {
            PngFile.Write(path, image, files);
        }
    }
}
