using System.Collections.Concurrent;
using System.Numerics.Tensors;
using ScrollSeg.Volumes;

namespace ScrollSeg.Segmentation.Pipeline;

/// <summary>Asks a segmenter about each tile in several poses, turns the answers back, and gives their mean as a probability.</summary>
/// <remarks>The mean is the first answer plus the mean of the differences from it: where all agree, their value comes back bit for
/// bit.</remarks>
internal sealed class PosedSegmenter : ISliceSegmenter
{
    private readonly ISliceSegmenter _inner;
    private readonly IReadOnlyList<TilePose> _poses;
    private readonly long _tileVoxelBytes; // of one voxel of a tile, all its slices together
    private readonly ConcurrentBag<Scratch> _idle = [];

    /// <param name="inner">Who answers; owned.</param>
    /// <param name="poses">In which poses it is asked.</param>
    /// <param name="channels">Slices per tile that are planned.</param>
    /// <param name="type">How the tiles' voxels are stored.</param>
    private PosedSegmenter(ISliceSegmenter inner, TilePoses poses, int channels, VoxelType type)
    {
        _inner = inner;
        _poses = TilePose.ListFor(poses);
        _tileVoxelBytes = (long)channels * type.ByteSize();
    }

    /// <inheritdoc/>
    public string Identity => _inner.Identity;

    /// <inheritdoc/>
    public ScoreKind Scores => ScoreKind.Probability;

    /// <inheritdoc/>
    public int? ViewSide => _inner.ViewSide;

    /// <inheritdoc/>
    public string Adapter => _inner.Adapter;

    /// <inheritdoc/>
    public string Prompts => _inner.Prompts;

    /// <inheritdoc/>
    public int MinChannels => _inner.MinChannels;

    /// <inheritdoc/>
    public int MaxChannels => _inner.MaxChannels;

    /// <inheritdoc/>
    public bool AllowsConcurrentCalls => _inner.AllowsConcurrentCalls;

    /// <inheritdoc/>
    public string? Caution => _inner.Caution;

    /// <inheritdoc/>
    public long HalvedBatches => _inner.HalvedBatches;

    /// <inheritdoc/>
    public int EvaluationsPerTile => _inner.EvaluationsPerTile * _poses.Count;

    /// <inheritdoc/>
    public long KeptBytesPerTile => _inner.KeptBytesPerTile * _poses.Count;

    /// <summary>The segmenter that asks in the poses wanted. One that looks at single voxels answers the same in each, and is left as it
    /// is; so is one that is asked once.</summary>
    /// <param name="inner">Who answers; goes along.</param>
    /// <param name="poses">In which poses it is asked.</param>
    /// <param name="channels">Slices per tile that are planned.</param>
    /// <param name="type">How the tiles' voxels are stored.</param>
    public static ISliceSegmenter Wrap(ISliceSegmenter inner, TilePoses poses, int channels, VoxelType type) =>
        poses == TilePoses.None || inner.IsPointwise ? inner : new PosedSegmenter(inner, poses, channels, type);

    /// <inheritdoc/>
    public long WorkingBytes(int tileCount, int side) =>
        _inner.WorkingBytes(tileCount, side) + ((long)tileCount * side * side * (_tileVoxelBytes + sizeof(float) + sizeof(double)));

    /// <inheritdoc/>
    public void Segment(TileBatch tiles, Span<float> scores)
    {
        if (!_idle.TryTake(out Scratch? scratch) || !scratch.Fits(tiles, scores.Length))
        {
            scratch?.Dispose();
            scratch = new Scratch(tiles, scores.Length);
        }

        Ask(tiles, scores);
        Array.Clear(scratch.Excess);
        int plane = tiles.Side * tiles.Side;
        foreach (TilePose pose in _poses.Skip(1))
        {
            pose.Show(tiles.Voxels, scratch.Voxels);
            Ask(tiles with { Voxels = scratch.Voxels }, scratch.Answers);
            for (int at = 0; at < scores.Length; at += plane)
            {
                pose.AddBack(scratch.Answers.AsSpan(at, plane), scores.Slice(at, plane), scratch.Excess.AsSpan(at, plane), tiles.Side);
            }
        }

        for (int i = 0; i < scores.Length; i++)
        {
            scores[i] = (float)(scores[i] + (scratch.Excess[i] / _poses.Count));
        }

        _idle.Add(scratch);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        while (_idle.TryTake(out Scratch? scratch))
        {
            scratch.Dispose();
        }

        _inner.Dispose();
    }

    private void Ask(TileBatch tiles, Span<float> probabilities)
    {
        _inner.Segment(tiles, probabilities);
        if (_inner.Scores == ScoreKind.Logit)
        {
            TensorPrimitives.Sigmoid(probabilities, probabilities);
        }
    }

    /// <summary>What one call needs beside what it is given; used again by later ones.</summary>
    private sealed class Scratch(TileBatch tiles, int scores) : IDisposable
    {
        public VoxelBuffer Voxels { get; } = VoxelBuffer.Rent(tiles.Voxels.Shape, tiles.Voxels.Type);

        public float[] Answers { get; } = new float[scores];

        public double[] Excess { get; } = new double[scores];

        public bool Fits(TileBatch other, int scoreCount) =>
            Voxels.Shape == other.Voxels.Shape && Voxels.Type == other.Voxels.Type && Answers.Length == scoreCount;

        public void Dispose() => Voxels.Dispose();
    }
}
