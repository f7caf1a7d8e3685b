using ScrollSeg.Sam.Model;
using TorchSharp;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace ScrollSeg.Sam.Training;

/// <summary>The terms of SAM's loss, each per object and mask.</summary>
/// <remarks>
/// Shapes in all of them: logits <c>[P, M, H, W]</c>; target 0 or 1, <c>[P, 1, H, W]</c>; weight 0 where the truth is not
/// known and 1 elsewhere, <c>[P, 1, H, W]</c>, or null for 1 everywhere; the result is <c>[P, M]</c>.
/// </remarks>
internal static class MaskLosses
{
    /// <summary>Share of the weight that the foreground gets (arXiv:1708.02002, section 3.2).</summary>
    private const double Alpha = 0.25;

    /// <summary>Binary cross-entropy times (1 - p)^2 times 0.25 for foreground and 0.75 for background, where p is the
    /// probability given to the truth; the mean over the pixels. In the stable form that starts from logits.</summary>
    public static Tensor Focal(Tensor logits, Tensor target, Tensor? weight)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor probability = logits.sigmoid();
        Tensor miss = probability.Plus(target).Plus((probability * target).Times(-2)); // 1 - p of the truth
        Tensor balance = target.Times((2 * Alpha) - 1).Plus(1 - Alpha);
        Tensor loss = Pixels(logits, target) * miss * miss * balance;
        return Mean(loss, weight).MoveToOuterDisposeScope();
    }

    /// <summary>Binary cross-entropy with logits; the mean over the pixels.</summary>
    public static Tensor CrossEntropy(Tensor logits, Tensor target, Tensor? weight)
    {
        using DisposeScope scope = NewDisposeScope();
        return Mean(Pixels(logits, target), weight).MoveToOuterDisposeScope();
    }

    /// <summary>1 - (2 sum(pt) + 1) / (sum(p) + sum(t) + 1), per object: as Meta published it for SAM 2
    /// (training/loss_fns.py).</summary>
    public static Tensor Dice(Tensor logits, Tensor target, Tensor? weight)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor probability = logits.sigmoid();
        Tensor counted = weight is null ? target : target * weight;
        Tensor predicted = weight is null ? probability : probability * weight;
        Tensor hits = (probability * counted).sum([2, 3]).Times(2).Plus(1);
        Tensor all = predicted.sum([2, 3]).Plus(counted.sum([2, 3])).Plus(1);
        return hits.div(all).neg().Plus(1).MoveToOuterDisposeScope();
    }

    /// <summary>Intersection over union of the mask, logits above 0, with the truth, above one half; 1 where both are empty. No gradient
    /// reaches the mask.</summary>
    public static Tensor HardIou(Tensor logits, Tensor target, Tensor? weight)
    {
        using IDisposable guard = no_grad();
        using DisposeScope scope = NewDisposeScope();
        Tensor truth = target.Exceeds(0.5).to(target.dtype);
        Tensor counted = weight is null ? truth : truth * weight;
        Tensor mask = logits.Exceeds(0).to(target.dtype);
        mask = weight is null ? mask : mask * weight;
        Tensor hits = (mask * counted).sum([2, 3]);
        Tensor union = mask.sum([2, 3]).Plus(counted.sum([2, 3])).Plus(hits.neg());
        Tensor isEmpty = union.Is(0).to(target.dtype);
        return hits.Plus(isEmpty).div(union.Plus(isEmpty)).MoveToOuterDisposeScope();
    }

    /// <summary>max(x, 0) - x t + log(1 + exp(-|x|)).</summary>
    private static Tensor Pixels(Tensor logits, Tensor target) => functional.binary_cross_entropy_with_logits(
        logits, target.expand_as(logits), reduction: Reduction.None);

    private static Tensor Mean(Tensor pixels, Tensor? weight)
    {
        if (weight is null)
        {
            return pixels.mean([2, 3]);
        }

        Tensor count = weight.sum([2, 3]);
        return (pixels * weight).sum([2, 3]).div(count.Plus(count.Is(0).to(count.dtype))); // nothing known: 0
    }
}
