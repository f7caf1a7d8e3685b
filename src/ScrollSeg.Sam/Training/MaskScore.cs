using static TorchSharp.torch;

namespace ScrollSeg.Sam.Training;

/// <summary>An answer's score.</summary>
/// <param name="Loss">What is minimised; a scalar with its gradient.</param>
/// <param name="Pixel">The best masks' focal loss or cross-entropy.</param>
/// <param name="Dice">The best masks' 1 - Dice.</param>
/// <param name="Iou">Squared error of the predicted IoU.</param>
/// <param name="Truth">The best masks' IoU.</param>
/// <param name="Logits">The masks at the size at which they were compared, <c>[P, M, h, h]</c>, without gradient.</param>
internal sealed record MaskScore(Tensor Loss, double Pixel, double Dice, double Iou, double Truth, Tensor Logits);
