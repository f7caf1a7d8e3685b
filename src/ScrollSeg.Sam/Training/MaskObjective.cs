using ScrollSeg.Sam.Model;
using TorchSharp;
using static TorchSharp.torch;

namespace ScrollSeg.Sam.Training;

/// <summary>The loss of one answer: per object the best of the masks offered, and the error of every predicted IoU.</summary>
/// <param name="settings">Terms and weights.</param>
internal sealed class MaskObjective(LossSettings settings)
{
    /// <summary>The truth at the size at which masks are compared with it.</summary>
    /// <param name="target">0 or 1, <c>[P, 1, V, V]</c>.</param>
    /// <param name="weight">0 where the truth is not known, <c>[P, 1, V, V]</c>; null for known everywhere.</param>
    /// <param name="decoderSide">Pixels along a side of the decoder's masks.</param>
    /// <returns>Both as they are; or, at the decoder's size, the share of foreground in what is known of each pixel, and the share that
    /// is known.</returns>
    public (Tensor Target, Tensor? Weight) Compared(Tensor target, Tensor? weight, long decoderSide)
    {
        if (!settings.AtDecoderSize || decoderSide == target.shape[3])
        {
            return (target, weight);
        }

        using DisposeScope scope = NewDisposeScope();
        Tensor foreground = Pool(weight is null ? target : target * weight);
        if (weight is null)
        {
            return (foreground.MoveToOuterDisposeScope(), null);
        }

        Tensor known = Pool(weight);
        foreground = foreground.div(known.Plus(known.Is(0).to(known.dtype)));
        return (foreground.MoveToOuterDisposeScope(), known.MoveToOuterDisposeScope());

        Tensor Pool(Tensor map) => nn.functional.adaptive_avg_pool2d(map, [decoderSide, decoderSide]);
    }

    /// <summary>Scores an answer.</summary>
    /// <param name="logits">Masks as the decoder made them, <c>[P, M, h, h]</c>.</param>
    /// <param name="iou">Their predicted IoU, <c>[P, M]</c>.</param>
    /// <param name="target">Foreground, 0 to 1, <c>[P, 1, V, V]</c> or <c>[P, 1, h, h]</c>.</param>
    /// <param name="weight">0 where the truth is not known, of the target's shape; null for known everywhere.</param>
    public MaskScore Of(Tensor logits, Tensor iou, Tensor target, Tensor? weight)
    {
        using DisposeScope scope = NewDisposeScope();
        long side = target.shape[3];
        Tensor view = logits.shape[3] == side ? logits : nn.functional.interpolate(
            logits, [side, side], mode: InterpolationMode.Bilinear, align_corners: false); // [P, M, V, V]
        Tensor pixel = settings.Kind == MaskLossKind.Focal
            ? MaskLosses.Focal(view, target, weight)
            : MaskLosses.CrossEntropy(view, target, weight);
        Tensor dice = MaskLosses.Dice(view, target, weight);
        Tensor mask = pixel.Times(settings.PixelWeight).Plus(dice.Times(settings.DiceWeight)); // [P, M]
        Tensor best = mask.detach().argmin(1, keepdim: true);                                  // [P, 1]
        Tensor truth = MaskLosses.HardIou(view.detach(), target, weight);
        Tensor error = iou.Plus(truth.neg());
        Tensor wrong = (error * error).mean([1]); // TorchSharp's square() makes a number, see Arithmetic
        Tensor loss = mask.gather(1, best).squeeze(1).Plus(wrong.Times(settings.IouWeight)).mean();
        return new MaskScore(
            loss.MoveToOuterDisposeScope(),
            Value(pixel.detach().gather(1, best).mean()),
            Value(dice.detach().gather(1, best).mean()),
            Value(wrong.detach().mean()),
            Value(truth.gather(1, best).mean()),
            view.detach().MoveToOuterDisposeScope());
    }

    private static double Value(Tensor scalar) => scalar.item<float>();
}
