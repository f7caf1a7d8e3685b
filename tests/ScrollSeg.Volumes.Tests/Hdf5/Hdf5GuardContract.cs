using ScrollSeg.Testing;
using ScrollSeg.Volumes.Hdf5;

namespace ScrollSeg.Volumes.Tests.Hdf5;

/// <summary>Files that are wrong in one place each, with sound checksums: the error names the file, the structure and the
/// place, and what is wrong.</summary>
public abstract class Hdf5GuardContract
{
    /// <summary>Opens a dataset, if none is named the only one, and reads all its voxels.</summary>
    /// <returns>The first of them; or the message of the failure.</returns>
    protected static async Task<string> OutcomeAsync(byte[] content, string inside)
    {
        using TemporaryFolder folder = new();
        string path = folder["scan.h5"];
        await File.WriteAllBytesAsync(path, content, TestContext.Current.CancellationToken);
        try
        {
            await using VolumeReader volume = await Hdf5Volume.OpenAsync(path + inside, new ReaderOptions(), TestContext.Current.CancellationToken);
            using VoxelBuffer voxels = VoxelBuffer.Rent(volume.Info.Shape, volume.Info.Type);
            await volume.ReadAsync(volume.Info.Bounds, voxels, TestContext.Current.CancellationToken);
            return $"read: {string.Join(" ", voxels.Voxels<ushort>()[..4].ToArray())}";
        }
        catch (VolumeFormatException e)
        {
            Assert.StartsWith(path, e.Message, StringComparison.Ordinal);
            return e.Message;
        }
    }

    /// <summary>Compares what comes of a file with what is expected.</summary>
    protected static async Task ExpectAsync(string expected, byte[] content, string inside = "") =>
        Assert.Contains(expected, await OutcomeAsync(content, inside), StringComparison.Ordinal);
}
