using System.Globalization;
using ScrollSeg.Volumes.Images;
using ScrollSeg.Volumes.Storage;
using ScrollSeg.Volumes.Tiff;

namespace ScrollSeg.Volumes.Phantoms;

/// <summary>Writes a fragment phantom in the layout of the ink-detection contest of 2023: <c>surface_volume/NN.tif</c>,
/// <c>mask.png</c>, <c>inklabels.png</c>, <c>ir.png</c>, and <c>truth.png</c>, the ink once more.</summary>
/// <remarks>Memory: per thread up to eight layers and 128 MiB, but at least two layers.</remarks>
public static class FragmentPhantomWriter
{
    /// <summary>Layers are made several at once, since outline, writing and relief are the same for all of them.</summary>
    private const long GroupBytes = 128L << 20;

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
        PhantomFolder.WriteMark(folder, "fragment", phantom.Shape, phantom.Seed, files);
        int digits = Math.Max(2, (phantom.Shape.Z - 1).ToString(CultureInfo.InvariantCulture).Length);
        long done = 0;
        ParallelOptions options = new()
        {
            MaxDegreeOfParallelism = Environment.ProcessorCount,
            CancellationToken = cancellationToken,
        };
        int together = (int)Math.Clamp(GroupBytes / (phantom.Shape.PlaneCount * sizeof(ushort)), 1, 8);
        IEnumerable<int> groups = Enumerable.Range(0, (phantom.Shape.Z + together - 1) / together);
        await Parallel.ForEachAsync(groups, options, (group, _) =>
        {
            int first = group * together;
            Box3 box = phantom.Bounds.With(Axis.Z, first, Math.Min(together, phantom.Shape.Z - first));
            using VoxelBuffer made = VoxelBuffer.Rent(box.Shape, VoxelType.UInt16, allocator);
            phantom.Fill(box, made);
            using VoxelBuffer layer = VoxelBuffer.Rent(box.Shape with { Z = 1 }, VoxelType.UInt16, allocator);
            for (int z = 0; z < box.Shape.Z; z++)
            {
                made.Plane(z).CopyTo(layer.Plane(0));
                string name = (first + z).ToString(CultureInfo.InvariantCulture).PadLeft(digits, '0') + ".tif";
                TiffFile.Write(Path.Combine(layers, name), layer, files, TiffCompression.None);
            }

            progress?.Invoke(Interlocked.Add(ref done, box.Shape.Z));
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
