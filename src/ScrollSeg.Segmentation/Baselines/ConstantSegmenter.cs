using System.Globalization;

namespace ScrollSeg.Segmentation.Baselines;

/// <summary>The same probability everywhere: whatever else comes out was done by the stitching.</summary>
public sealed class ConstantSegmenter(float probability) : ISliceSegmenter
{
    /// <inheritdoc/>
    public string Identity { get; } = string.Create(CultureInfo.InvariantCulture, $"constant:{probability}");

    /// <inheritdoc/>
    public ScoreKind Scores => ScoreKind.Probability;

    /// <inheritdoc/>
    public int? ViewSide => null;

    /// <inheritdoc/>
    public int MaxChannels => int.MaxValue;

    /// <inheritdoc/>
    public bool AllowsConcurrentCalls => true;

    /// <inheritdoc/>
    public long WorkingBytes(int tileCount, int side) => 0;

    /// <inheritdoc/>
    public void Segment(TileBatch tiles, Span<float> scores) => scores.Fill(probability);

    /// <inheritdoc/>
    public void Dispose()
    {
    }
}
