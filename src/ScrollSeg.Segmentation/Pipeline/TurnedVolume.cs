using ScrollSeg.Segmentation.Slicing;
using ScrollSeg.Volumes;

namespace ScrollSeg.Segmentation.Pipeline;

/// <summary>A volume seen along another axis: what reads it finds slices along y or x where it asks for slices along z.</summary>
/// <remarks>A request is read in pieces of whole chunks, so that each chunk is still fetched once, and one piece more than the
/// request is in memory. The volume's own counters count.</remarks>
internal sealed class TurnedVolume : VolumeReader
{
    private const long PieceBytesWanted = 32L << 20; // enough chunks for all threads of a reader

    private readonly VolumeReader _inner;
    private readonly SliceFrame _frame;
    private readonly VoxelAllocator? _allocator;

    private TurnedVolume(VolumeReader inner, SliceFrame frame, VoxelAllocator? allocator)
        : base(frame.Turn(inner.Info)) => (_inner, _frame, _allocator) = (inner, frame, allocator);

    /// <summary>The volume as slices along an axis see it; along z, the volume itself.</summary>
    /// <param name="inner">The volume; stays the caller's.</param>
    /// <param name="frame">The axis.</param>
    /// <param name="allocator">Where pieces get their memory. Default the system.</param>
    public static VolumeReader Over(VolumeReader inner, SliceFrame frame, VoxelAllocator? allocator = null) =>
        frame.Normal == Axis.Z ? inner : new TurnedVolume(inner, frame, allocator);

    /// <summary>Bytes of the largest piece of a request.</summary>
    /// <param name="volume">The volume, as its slices see it.</param>
    /// <param name="request">Extent of the request, as its slices see it.</param>
    public static long PieceBytes(VolumeInfo volume, Shape3 request)
    {
        Shape3 piece = PieceFor(volume, request);
        Shape3 inRequest = new(Math.Min(piece.Z, request.Z), Math.Min(piece.Y, request.Y), Math.Min(piece.X, request.X));
        return inRequest.VoxelCount * volume.Type.ByteSize();
    }

    /// <inheritdoc/>
    public override ValueTask<string> FingerprintAsync(bool withTimes, CancellationToken cancellationToken = default) =>
        _inner.FingerprintAsync(withTimes, cancellationToken);

    /// <inheritdoc/>
    public override ValueTask DisposeAsync() => ValueTask.CompletedTask;

    /// <inheritdoc/>
    protected override async ValueTask<IReadOnlyList<Box3>> ReadCoreAsync(
        Box3 region, VoxelBuffer destination, CancellationToken cancellationToken)
    {
        List<Box3> absent = [];
        ChunkGrid pieces = new(Info.Shape, PieceFor(Info, region.Shape));
        foreach ((int Z, int Y, int X) index in pieces.Touching(region))
        {
            Box3 piece = pieces.BoxOf(index).Intersect(region);
            Box3 inVolume = _frame.Back(piece);
            using VoxelBuffer voxels = VoxelBuffer.Rent(inVolume.Shape, Info.Type, _allocator);
            absent.AddRange((await _inner.ReadAsync(inVolume, voxels, cancellationToken)).Select(_frame.Turn));
            _frame.CopyTurned(voxels, destination, piece.RelativeTo(region.Start).Start);
        }

        return absent;
    }

    /// <summary>Whole chunks, as many as are wanted at once: first along the columns, then the rows, then the slices.</summary>
    private static Shape3 PieceFor(VolumeInfo volume, Shape3 request)
    {
        Shape3 chunk = volume.ChunkShape;
        long chunkBytes = chunk.VoxelCount * volume.Type.ByteSize();
        long x = Along(chunk.X, request.X, PieceBytesWanted / chunkBytes);
        long y = Along(chunk.Y, request.Y, PieceBytesWanted / chunkBytes / x);
        long z = Along(chunk.Z, request.Z, PieceBytesWanted / chunkBytes / x / y);
        return new Shape3((int)Math.Min(z * chunk.Z, int.MaxValue), (int)Math.Min(y * chunk.Y, int.MaxValue), (int)Math.Min(x * chunk.X, int.MaxValue));

        static long Along(int chunk, int extent, long most) => Math.Clamp(most, 1, ((extent + chunk - 1L) / chunk) + 1);
    }
}
