using ScrollSeg.Sam.Training;
using TorchSharp;
using static TorchSharp.torch;

namespace ScrollSeg.Sam.Tests.Training;

/// <summary>The terms against their textbook definitions, computed from probabilities in double precision.</summary>
public sealed class MaskLossesTests
{
    private const int Objects = 2;
    private const int Masks = 3;
    private const int Pixels = 20;

    private readonly double[] _logits = new double[Objects * Masks * Pixels];
    private readonly double[] _target = new double[Objects * Pixels];
    private readonly double[] _weight = new double[Objects * Pixels];

    public MaskLossesTests()
    {
        Random random = new(5);
        for (int i = 0; i < _logits.Length; i++)
        {
            _logits[i] = (random.NextDouble() - 0.5) * 12;
        }

        for (int i = 0; i < _target.Length; i++)
        {
            (_target[i], _weight[i]) = (random.Next(2), random.Next(4) == 0 ? 0 : 1);
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Focal_IsItsDefinition(bool weighted) => Check(MaskLosses.Focal, weighted, (p, t, w) =>
    {
        double sum = 0;
        for (int i = 0; i < Pixels; i++)
        {
            double own = t[i] == 1 ? p[i] : 1 - p[i];
            sum += w[i] * -(t[i] == 1 ? 0.25 : 0.75) * Math.Pow(1 - own, 2) * Math.Log(own);
        }

        return sum / w.Sum();
    });

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void CrossEntropy_IsItsDefinition(bool weighted) => Check(MaskLosses.CrossEntropy, weighted, (p, t, w) =>
        Enumerable.Range(0, Pixels).Sum(i => w[i] * -Math.Log(t[i] == 1 ? p[i] : 1 - p[i])) / w.Sum());

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Dice_IsItsDefinition(bool weighted) => Check(MaskLosses.Dice, weighted, (p, t, w) =>
        1 - (((2 * Enumerable.Range(0, Pixels).Sum(i => w[i] * p[i] * t[i])) + 1)
            / (Enumerable.Range(0, Pixels).Sum(i => w[i] * (p[i] + t[i])) + 1)));

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void HardIou_CountsPixels(bool weighted) => Check(MaskLosses.HardIou, weighted, (p, t, w) =>
    {
        int[] counted = [.. Enumerable.Range(0, Pixels).Where(i => w[i] == 1)];
        return (double)counted.Count(i => p[i] > 0.5 && t[i] == 1) / counted.Count(i => p[i] > 0.5 || t[i] == 1);
    });

    [Fact]
    public void HardIou_OfTwoEmptyMasks_IsOne()
    {
        using DisposeScope scope = NewDisposeScope();

        Assert.Equal(1, MaskLosses.HardIou(full([1, 1, 3, 3], -4f), zeros(1, 1, 3, 3), null).item<float>());
    }

    /// <summary>Where a logit is so large that its probability rounds to 1, logarithms of probabilities are infinite.</summary>
    [Fact]
    public void Focal_OfHugeLogits_StaysFinite()
    {
        using DisposeScope scope = NewDisposeScope();

        float loss = MaskLosses.Focal(full([1, 1, 2, 2], 500f), zeros(1, 1, 2, 2), null).item<float>();

        Assert.Equal(0.75f * 500, loss, 0.01f);
    }

    [Fact]
    public void Terms_WhereNothingIsKnown_AreNoNaN()
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor logits = randn(1, 1, 2, 2);

        Assert.Equal(0, MaskLosses.Focal(logits, ones(1, 1, 2, 2), zeros(1, 1, 2, 2)).item<float>());
        Assert.Equal(0, MaskLosses.Dice(logits, ones(1, 1, 2, 2), zeros(1, 1, 2, 2)).item<float>());
    }

    /// <summary>The gradient of each term against differences of its definition.</summary>
    [Fact]
    public void Objective_Gradient_IsThatOfTheBestMaskAlone()
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor logits = Logits().view(Objects, Masks, 4, 5).contiguous();
        Tensor square = nn.functional.pad(logits, [0, 0, 0, 1]).detach().requires_grad_(); // [P, M, 5, 5]
        Tensor target = nn.functional.pad(Of(_target, Objects, 1, 4, 5), [0, 0, 0, 1]);
        Tensor iou = rand(Objects, Masks).requires_grad_();

        MaskScore score = new MaskObjective(new LossSettings()).Of(square, iou, target, null);
        score.Loss.backward();

        Tensor perMask = MaskLosses.Focal(square, target, null).mul(20).add(MaskLosses.Dice(square, target, null));
        for (int p = 0; p < Objects; p++)
        {
            long best = perMask[p].argmin().item<long>();
            for (int m = 0; m < Masks; m++)
            {
                float length = square.grad![p][m].abs().sum().item<float>();
                Assert.True(m == best ? length > 0 : length == 0);
                Assert.NotEqual(0, iou.grad![p][m].item<float>());
            }
        }
    }

    [Fact]
    public void Objective_IouTerm_SendsNoGradientIntoTheMask()
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor logits = randn(1, 1, 4, 4).requires_grad_();

        LossSettings onlyIou = new() { PixelWeight = 0, DiceWeight = 0 };
        new MaskObjective(onlyIou).Of(logits, rand(1, 1).requires_grad_(), ones(1, 1, 4, 4), null).Loss.backward();

        Assert.Equal(0, logits.grad!.abs().sum().item<float>());
    }

    /// <summary>Truth of 4 x 4 at a decoder's 2 x 2: each pixel the share of foreground in what is known of it.</summary>
    [Fact]
    public void Compared_AtTheDecodersSize_IsTheKnownShareOfForeground()
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor target = Of([1, 1, 0, 0, 1, 0, 0, 0, 1, 1, 0, 0, 1, 1, 0, 1], 1, 1, 4, 4);
        Tensor weight = Of([1, 1, 1, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0], 1, 1, 4, 4);
        MaskObjective small = new(new LossSettings { AtDecoderSize = true });

        (Tensor whole, Tensor? none) = small.Compared(target, null, 2);
        (Tensor partly, Tensor? known) = small.Compared(target * weight, weight, 2);
        (Tensor unchanged, _) = new MaskObjective(new LossSettings()).Compared(target, weight, 2);

        Assert.Null(none);
        Assert.Equal([0.75f, 0, 1, 0.25f], whole.data<float>());
        Assert.Equal([0.75f, 0, 1, 0], partly.data<float>()); // of the lower right nothing is known
        Assert.Equal([1f, 1, 0.25f, 0], known!.data<float>());
        Assert.Same(target, unchanged);
    }

    [Fact]
    public void HardIou_OfShares_CountsTheTruthAboveOneHalf()
    {
        using DisposeScope scope = NewDisposeScope();

        float iou = MaskLosses.HardIou(full([1, 1, 2, 2], 4f), Of([0.75, 0.6, 0.4, 0.25], 1, 1, 2, 2), null).item<float>();

        Assert.Equal(0.5f, iou);
    }

    private delegate double Definition(double[] probability, double[] target, double[] weight);

    private void Check(Func<Tensor, Tensor, Tensor?, Tensor> term, bool weighted, Definition definition)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor? weight = weighted ? Of(_weight, Objects, 1, 4, 5) : null;
        float[] actual = term(Logits().view(Objects, Masks, 4, 5), Of(_target, Objects, 1, 4, 5), weight).data<float>().ToArray();

        for (int p = 0; p < Objects; p++)
        {
            for (int m = 0; m < Masks; m++)
            {
                double[] probability = [.. _logits.AsSpan(((p * Masks) + m) * Pixels, Pixels).ToArray().Select(x => 1 / (1 + Math.Exp(-x)))];
                double[] used = weighted ? _weight.AsSpan(p * Pixels, Pixels).ToArray() : [.. Enumerable.Repeat(1.0, Pixels)];
                double expected = definition(probability, _target.AsSpan(p * Pixels, Pixels).ToArray(), used);
                Assert.Equal(expected, actual[(p * Masks) + m], 1e-5);
            }
        }
    }

    private Tensor Logits() => Of(_logits, Objects, Masks, 4, 5);

    private static Tensor Of(double[] values, params long[] shape) => tensor(Array.ConvertAll(values, v => (float)v), shape);
}
