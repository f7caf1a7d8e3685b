using System.Security.Cryptography;
using System.Text;

namespace ScrollSeg.Volumes.Phantoms;

/// <summary>A scroll phantom as a volume: voxels are made when they are read, nothing lies on a disk.</summary>
/// <param name="phantom">What to serve.</param>
/// <param name="chunk">The chunks that it pretends to have. Default 128 x 128 x 128, clipped to the volume.</param>
public sealed class PhantomVolume(ScrollPhantom phantom, Shape3? chunk = null) : VolumeReader(Describe(phantom, chunk))
{
    /// <inheritdoc/>
    public override ValueTask<string> FingerprintAsync(bool withTimes, CancellationToken cancellationToken = default) =>
        new(Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(phantom.ToString()))));

    /// <inheritdoc/>
    public override ValueTask DisposeAsync() => ValueTask.CompletedTask;

    /// <inheritdoc/>
    protected override ValueTask<IReadOnlyList<Box3>> ReadCoreAsync(
        Box3 region, VoxelBuffer destination, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        phantom.Fill(region, destination);
        return new([]);
    }

    private static VolumeInfo Describe(ScrollPhantom phantom, Shape3? chunk)
    {
        Shape3 shape = phantom.Shape;
        Shape3 piece = chunk ?? new Shape3(Math.Min(128, shape.Z), Math.Min(128, shape.Y), Math.Min(128, shape.X));
        const double Edge = ScrollPhantom.VoxelMicrometres;
        return new VolumeInfo($"phantom (seed {phantom.Seed})", "scroll phantom", shape, VoxelType.UInt16, piece)
        {
            VoxelSize = new VoxelSize(Edge, Edge, Edge),
        };
    }
}
