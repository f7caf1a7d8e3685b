namespace ScrollSeg.Segmentation;

/// <summary>The grey values that a network sees as black and as white; both in the volume's own values.</summary>
/// <param name="Low">Maps to 0.</param>
/// <param name="High">Maps to 255; above <paramref name="Low"/>.</param>
public readonly record struct IntensityRange(double Low, double High)
{
    /// <summary>Maps a grey value to what the network sees, 0 to 255, not rounded; values outside are clipped.</summary>
    public double Apply(double grey) => Math.Clamp((grey - Low) / (High - Low), 0, 1) * 255;
}
