namespace ScrollSeg.Sam.Training;

/// <summary>What a mask's logits are held against its truth with, beside Dice.</summary>
public enum MaskLossKind
{
    /// <summary>Focal loss (arXiv:1708.02002), as SAM was trained.</summary>
    Focal,

    /// <summary>Binary cross-entropy: learns faster from nothing, for one class against the rest.</summary>
    CrossEntropy,
}
