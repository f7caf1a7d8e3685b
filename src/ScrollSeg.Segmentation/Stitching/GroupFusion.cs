namespace ScrollSeg.Segmentation.Stitching;

/// <summary>How several groups that speak for one target become one answer. All return a constant bit for bit.</summary>
public enum GroupFusion
{
    /// <summary>Mean of the probabilities.</summary>
    Mean,

    /// <summary>Mean of the log odds: a group that is sure counts more.</summary>
    Logits,

    /// <summary>Median of the probabilities; of an even number the mean of the two in the middle.</summary>
    Median,

    /// <summary>The largest probability: foreground is what any group sees.</summary>
    Maximum,

    /// <summary>Mean of those probabilities that lie on the side of the threshold that more groups are on; background if they are
    /// equally many. The mask is the majority's.</summary>
    Majority,
}
