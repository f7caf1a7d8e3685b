using static TorchSharp.torch;

namespace ScrollSeg.Sam.Training;

/// <summary>An answer's score.</summary>
/// <param name="Loss">What is minimised; a scalar with its gradient.</param>
/// <param name="Pixel">The best masks' focal loss or cross-entropy.</param>
/// <param name="Dice">The best masks' 1 - Dice.</param>
/// <param name="Iou">Squared error of the predicted IoU.</param>
/// <param name="Truth">The best masks' IoU.</param>
/// <param name="View">The logits at the view's size, <c>[P, M, V, V]</c>, without gradient.</param>
internal sealed record MaskScore(Tensor Loss, double Pixel, double Dice, double Iou, double Truth, Tensor View);
