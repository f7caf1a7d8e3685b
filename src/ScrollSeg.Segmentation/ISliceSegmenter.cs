using ScrollSeg.Segmentation.Prompting;

namespace ScrollSeg.Segmentation;

/// <summary>Scores every voxel of a tile: a network without prompts, or a plain threshold to compare it with.</summary>
/// <remarks>Synchronous: the caller decides which thread computes, one call at a time unless
/// <see cref="AllowsConcurrentCalls"/> says otherwise.</remarks>
public interface ISliceSegmenter : IDisposable
{
    /// <summary>What identifies the segmenter in a run's records: its name, and for weights their SHA-256.</summary>
    string Identity { get; }

    /// <summary>What the scores mean.</summary>
    ScoreKind Scores { get; }

    /// <summary>The tile side in voxels that shows the network the scan 1:1; <see langword="null"/> if any will do.</summary>
    int? ViewSide { get; }

    /// <summary>What turns source slices into the network's channels, as <c>--adapter</c> calls it.</summary>
    string Adapter => "replicate";

    /// <summary>What it is told besides the voxels, with a hash of where that comes from; <c>none</c> for nothing.</summary>
    string Prompts => "none";

    /// <summary>Whether it has to know where tiles lie in slices along z, because what it is told belongs to places.</summary>
    bool IsAskedByPlace => false;

    /// <summary>What has to be carried from slice to slice before any unit can be computed; <see langword="null"/> for nothing.</summary>
    PropagatedPrompts? Propagation => null;

    /// <summary>Fewest source slices per tile that can be adapted to the network's channels.</summary>
    int MinChannels => 1;

    /// <summary>Most source slices per tile that can be adapted to the network's channels.</summary>
    int MaxChannels { get; }

    /// <summary>Whether several threads may call at once. A network uses the cores itself; a threshold does not.</summary>
    bool AllowsConcurrentCalls => false;

    /// <summary>Whether a voxel's score depends on that voxel's value alone: then neither its place nor its neighbours matter, and no
    /// tiles are needed.</summary>
    bool IsPointwise => false;

    /// <summary>What a user of this segmenter should know before trusting it, in a sentence; <see langword="null"/> if
    /// nothing.</summary>
    string? Caution => null;

    /// <summary>How often a batch was halved so far because a GPU's memory did not suffice; the plan's batch was too large
    /// for it, and scores may differ by rounding from a run in which it was not.</summary>
    long HalvedBatches => 0;

    /// <summary>How often a network is asked about each tile: once for each pose in which it is shown. 1 unless it is.</summary>
    int EvaluationsPerTile => 1;

    /// <summary>Bytes on disk that the model keeps of each tile for later runs, if it was asked to; else 0.</summary>
    long KeptBytesPerTile => 0;

    /// <summary>Bytes that one call holds at its worst moment beyond what is resident all the time.</summary>
    /// <param name="tileCount">Tiles in the batch.</param>
    /// <param name="side">Voxels along a tile's side.</param>
    long WorkingBytes(int tileCount, int side);

    /// <summary>Scores a batch.</summary>
    /// <param name="tiles">Raw voxels, <c>[B, k, V, V]</c>.</param>
    /// <param name="scores">Receives the scores, <c>[B, V, V]</c>, row-major.</param>
    /// <exception cref="ArithmeticException">A score is NaN.</exception>
    void Segment(TileBatch tiles, Span<float> scores);
}
