using System.Collections.Concurrent;
using System.Runtime.InteropServices;

namespace ScrollSeg.Segmentation.Tests.Pipeline;

/// <summary>A small stand-in for a network's dependence on its surroundings and on the order of its channels: each tile's answer depends on the place
/// within the tile, so that stitching differs from voxelwise rules.</summary>
internal sealed class BlurSegmenter : TestSegmenter
{
    public override void Segment(TileBatch tiles, Span<float> scores)
    {
        int side = tiles.Side;
        for (int tile = 0; tile < tiles.Count; tile++)
        {
            Span<float> answer = scores.Slice(tile * side * side, side * side);
            answer.Clear();
            for (int k = 0; k < tiles.Channels; k++)
            {
                Add(tiles.Voxels.Plane<ushort>((tile * tiles.Channels) + k), side, 4000f * tiles.Channels * (k + 1), answer);
            }
        }
    }

    private static void Add(ReadOnlySpan<ushort> voxels, int side, float divisor, Span<float> scores)
    {
        for (int y = 0; y < side; y++)
        {
            for (int x = 0; x < side; x++)
            {
                int left = voxels[(y * side) + Math.Max(0, x - 1)];
                int up = voxels[(Math.Max(0, y - 1) * side) + x];
                scores[(y * side) + x] += (left + up + voxels[(y * side) + x] + (x * 3) + y) / divisor;
            }
        }
    }
}

/// <summary>Keeps what it was shown.</summary>
internal sealed class RecordingSegmenter : TestSegmenter
{
    public ConcurrentBag<float[]> Seen { get; } = [];

    public override void Segment(TileBatch tiles, Span<float> scores)
    {
        Seen.Add([.. MemoryMarshal.Cast<byte, ushort>(tiles.Voxels.Bytes).ToArray().Select(v => (float)v)]);
        scores.Clear();
    }
}

/// <summary>The same log odds everywhere.</summary>
internal sealed class LogitSegmenter(float logit) : TestSegmenter
{
    public override ScoreKind Scores => ScoreKind.Logit;

    public override void Segment(TileBatch tiles, Span<float> scores) => scores.Fill(logit);
}

internal abstract class TestSegmenter : ISliceSegmenter
{
    public string Identity => GetType().Name;

    public virtual ScoreKind Scores => ScoreKind.Probability;

    public int? ViewSide => null;

    public int MaxChannels => 8;

    public bool AllowsConcurrentCalls => true;

    public long WorkingBytes(int tileCount, int side) => 0;

    public abstract void Segment(TileBatch tiles, Span<float> scores);

    public void Dispose()
    {
    }
}
