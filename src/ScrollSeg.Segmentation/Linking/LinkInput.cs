using ScrollSeg.Volumes;

namespace ScrollSeg.Segmentation.Linking;

/// <summary>Where a mask comes from.</summary>
/// <param name="Volume">Unsigned integers: a mask, or a probability.</param>
/// <param name="Low">The smallest value that is in; 1 for a mask.</param>
/// <param name="High">With hysteresis, the smallest value that an object needs once.</param>
public sealed record LinkInput(VolumeReader Volume, ulong Low, ulong High);
