using ScrollSeg.Testing;
using ScrollSeg.Volumes.Images;
using ScrollSeg.Volumes.Phantoms;
using ScrollSeg.Volumes.Storage;
using ScrollSeg.Volumes.Tiff;

namespace ScrollSeg.Volumes.Tests.Phantoms;

public sealed class PhantomWriterTests : IDisposable
{
    private static readonly AtomicFile Files = new(FileOperations.System, Durability.None);

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Scroll_WrittenAndReadBack_IsThePhantom()
    {
        CancellationToken cancel = TestContext.Current.CancellationToken;
        ScrollPhantom phantom = new() { Shape = new Shape3(20, 140, 150), Seed = 5 };
        await ScrollPhantomWriter.WriteAsync(phantom, _folder["out"], Files, cancellationToken: cancel);
        using VoxelBuffer grey = VoxelBuffer.Rent(phantom.Shape, VoxelType.UInt16);
        using VoxelBuffer sheet = VoxelBuffer.Rent(phantom.Shape, VoxelType.UInt8);
        phantom.Fill(phantom.Bounds, grey, sheet);
        foreach ((string name, VoxelBuffer expected) in new[] { ("volume.zarr", grey), ("labels.zarr", sheet) })
        {
            await using VolumeReader reader = await VolumeFormats.OpenAsync(
                Path.Combine(_folder["out"], name), new ReaderOptions(), cancel);
            using VoxelBuffer read = VoxelBuffer.Rent(phantom.Shape, expected.Type);
            await reader.ReadAsync(reader.Info.Bounds, read, cancel);

            Assert.Equal(new Shape3(20, 128, 128), reader.Info.ChunkShape);
            Assert.Equal(new VoxelSize(7.91, 7.91, 7.91), reader.Info.VoxelSize);
            Assert.Empty(reader.Info.Defects);
            Assert.True(read.Bytes.SequenceEqual(expected.Bytes), name);
        }
    }

    [Fact]
    public async Task Scroll_FourTimesAsLarge_NeedsNoMoreMemory()
    {
        CountingAllocator small = new();
        CountingAllocator large = new();
        ScrollPhantom phantom = new() { Shape = new Shape3(16, 256, 256) };
        CancellationToken cancel = TestContext.Current.CancellationToken;
        await ScrollPhantomWriter.WriteAsync(phantom, _folder["a"], Files, small, cancellationToken: cancel);
        phantom = new ScrollPhantom { Shape = new Shape3(16, 512, 512) };
        await ScrollPhantomWriter.WriteAsync(phantom, _folder["b"], Files, large, cancellationToken: cancel);

        long perThread = 16 * 128 * 128 * 3;
        Assert.InRange(small.PeakBytes, perThread, Environment.ProcessorCount * perThread);
        Assert.InRange(large.PeakBytes, perThread, Environment.ProcessorCount * perThread);
        Assert.Equal(0, small.Outstanding + large.Outstanding);
    }

    [Fact]
    public async Task Fragment_Written_HasTheContestsLayout()
    {
        FragmentPhantom phantom = new() { Shape = new Shape3(20, 100, 130) };
        CountingAllocator memory = new();
        await FragmentPhantomWriter.WriteAsync(
            phantom, _folder["f"], Files, memory, cancellationToken: TestContext.Current.CancellationToken);

        Assert.Equal(
            ["inklabels.png", "ir.png", "mask.png", "phantom.json", "truth.png"],
            Directory.GetFiles(_folder["f"]).Select(Path.GetFileName).Order(StringComparer.Ordinal));
        string[] layers = [.. Directory.GetFiles(Path.Combine(_folder["f"], "surface_volume")).Order(StringComparer.Ordinal)];
        Assert.Equal(
            Enumerable.Range(0, 20).Select(z => z.ToString("00", System.Globalization.CultureInfo.InvariantCulture) + ".tif"),
            layers.Select(path => Path.GetFileName(path)));
        using VoxelBuffer layer = VoxelBuffer.Rent(new Shape3(1, 100, 130), VoxelType.UInt16);
        phantom.Fill(phantom.Bounds.With(Axis.Z, 11, 1), layer);
        PixelImage stored = TiffFile.Read(layers[11]);
        Assert.Equal(VoxelType.UInt16, stored.Type);
        Assert.Equal(layer.Bytes.ToArray(), stored.Samples);
        Assert.All(new[] { "mask.png", "inklabels.png" }, name =>
            Assert.Equal<byte>([0, 255], PngFile.Read(Path.Combine(_folder["f"], name)).Samples.Distinct().Order()));
        Assert.Equal(
            File.ReadAllBytes(Path.Combine(_folder["f"], "inklabels.png")), File.ReadAllBytes(Path.Combine(_folder["f"], "truth.png")));
        Assert.Equal(0, memory.Outstanding);
    }

    [Fact]
    public void Folder_NotCompleted_LeavesWhatWasThere()
    {
        Directory.CreateDirectory(Path.Combine(_folder["p"], "volume.zarr"));
        using (PhantomFolder folder = PhantomFolder.Create(_folder["p"]))
        {
            File.WriteAllText(Path.Combine(folder.Partial, "half"), "");
        }

        Assert.Equal([_folder["p"]], Directory.GetFileSystemEntries(_folder.Path));
        Assert.True(Directory.Exists(Path.Combine(_folder["p"], "volume.zarr")));
        Assert.False(PhantomFolder.IsPhantom(_folder["p"])); // anybody may have such a folder
    }

    [Fact]
    public void Folder_Completed_TakesThePlaceOfTheOldOne()
    {
        Directory.CreateDirectory(Path.Combine(_folder["p"], "volume.zarr"));
        using (PhantomFolder folder = PhantomFolder.Create(_folder["p"]))
        {
            File.WriteAllText(Path.Combine(folder.Partial, "whole"), "");
            folder.Complete();
        }

        Assert.Equal([Path.Combine(_folder["p"], "whole")], Directory.GetFileSystemEntries(_folder["p"]));
        Assert.Equal([_folder["p"]], Directory.GetFileSystemEntries(_folder.Path));
        Assert.False(PhantomFolder.IsPhantom(_folder["p"]));
    }
}
