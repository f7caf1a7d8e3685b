namespace ScrollSeg.Segmentation;

/// <summary>What a segmenter's scores mean.</summary>
public enum ScoreKind
{
    /// <summary>The probability of foreground, 0 to 1.</summary>
    Probability,

    /// <summary>The log odds of foreground; the engine applies the sigmoid.</summary>
    Logit,
}
