using System.Runtime.InteropServices;
using ScrollSeg.Sam.Adapters;
using ScrollSeg.Sam.Model;
using TorchSharp;
using static TorchSharp.torch;

namespace ScrollSeg.Sam.Training;

/// <summary>Asks the network about a batch as a person would: first a click or a rough box, then clicks into the error of
/// the mask before, whose logits go along (arXiv:2304.02643, appendix A); or without any prompt.</summary>
/// <param name="network">What is asked.</param>
/// <param name="settings">How.</param>
/// <param name="objective">What its answers are worth.</param>
/// <param name="adapter">What shows the examples: it knows where the labelled slice is.</param>
internal sealed class PromptRounds(SamNetwork network, PromptSettings settings, MaskObjective objective, ChannelAdapter adapter)
{
    /// <summary>Draws what a step asks for. Every other step begins with nothing where the others begin with a guess: good guesses leave
    /// little for clicks to correct.</summary>
    /// <returns><see langword="null"/> for all foreground without a prompt.</returns>
    public Asked? Draw(IReadOnlyList<TrainingExample> batch, long step, Random random) =>
        random.NextDouble() < settings.WithoutPromptShare || Choose(batch, random) is not Asked asked ? null
            : asked with { FromNothing = settings.AsksBoth && step % 2 == 0 };

    /// <summary>Plays one step, or a part of one. The losses of its rounds are summed, as Meta's training code for SAM 2 does; a
    /// question without a prompt that goes along weighs as much as they do together.</summary>
    /// <param name="embedding">The batch, encoded, <c>[B, E, S, S]</c>.</param>
    /// <param name="batch">The examples.</param>
    /// <param name="asked">What <see cref="Draw"/> gave.</param>
    /// <param name="random">Draws the prompts.</param>
    /// <param name="part">How much of the step this is; <see langword="null"/> for all of it.</param>
    /// <returns>The loss with its gradient, and what it came to; <see langword="null"/> if there is nothing to ask about here.</returns>
    public (Tensor Loss, StepScores Scores)? Play(
        Tensor embedding, IReadOnlyList<TrainingExample> batch, Asked? asked, Random random, PartOfStep? part = null)
    {
        using DisposeScope scope = NewDisposeScope();
        part ??= PartOfStep.All;
        List<(double Weight, MaskScore Score)> scores = [];
        if (asked is null || settings.AsksBoth)
        {
            int rounds = 1 + settings.Clicks + settings.RoundsWithoutClick;
            scores.Add(((asked is null ? 1 : rounds) * part.Images, Promptless(embedding, batch)));
        }

        if (asked is { Targets.Length: > 0 })
        {
            Tensor own = embedding.index_select(0, tensor(asked.Images, device: embedding.device));
            scores.AddRange(Prompted(own, asked, random).Select(score => (part.Objects, score)));
        }

        if (scores.Count == 0)
        {
            return null;
        }

        Tensor loss = Weighted(scores[0]);
        foreach ((double Weight, MaskScore Score) score in scores.Skip(1))
        {
            loss = loss.Plus(Weighted(score));
        }

        double last = asked is { Targets: [] } ? 0 : (asked is null ? part.Images : part.Objects) * scores[^1].Score.Truth;
        StepScores sum = new(loss.detach().item<float>(), Sum(s => s.Pixel), Sum(s => s.Dice), Sum(s => s.Iou), last, scores.Count);
        return (loss.MoveToOuterDisposeScope(), sum);

        Tensor Weighted((double Weight, MaskScore Score) one) => one.Weight == 1 ? one.Score.Loss : one.Score.Loss.Times(one.Weight);
        double Sum(Func<MaskScore, double> of) => scores.Sum(one => one.Weight * of(one.Score));
    }

    private MaskScore Promptless(Tensor embedding, IReadOnlyList<TrainingExample> batch)
    {
        using DisposeScope scope = NewDisposeScope();
        (Tensor masks, Tensor iou) = network.Decode(embedding, new Prompts(batch.Count));
        Tensor target = Stack(batch.Select(example => Map(example.Labels, label => label == 1)), embedding.device);
        Tensor own = cat([.. batch.Select((example, i) =>
            adapter.AnswerAbout(masks.narrow(0, i, 1).narrow(1, 0, 1), example.Labelled, example.Channels, network.Config.ViewSide))]);
        (Tensor truth, Tensor? weight) = objective.Compared(target, Known(batch, embedding.device), own.shape[3]);
        MaskScore score = objective.Of(own, iou.narrow(1, 0, 1), truth, weight);
        score.Loss.MoveToOuterDisposeScope();
        return score;
    }

    /// <summary>Draws what is asked for. Images without an object are passed over; without any object there is nothing to ask.</summary>
    private Asked? Choose(IReadOnlyList<TrainingExample> batch, Random random)
    {
        List<(int Image, TargetObject Target)> chosen = [];
        for (int image = 0; image < batch.Count; image++)
        {
            for (int i = 0; i < settings.Objects && TargetObject.Draw(batch[image], random) is TargetObject target; i++)
            {
                chosen.Add((image, target));
            }
        }

        return chosen.Count == 0 ? null : new Asked(
            [.. chosen.Select(c => (long)c.Image)], [.. chosen.Select(c => c.Target)], [.. chosen.Select(c => batch[c.Image])], random.NextDouble() < 0.5);
    }

    private List<MaskScore> Prompted(Tensor embedding, Asked asked, Random random)
    {
        (Tensor target, Tensor? weight) = objective.Compared(
            Stack(asked.Targets.Select(t => Map(t.Mask, value => value != 0)), embedding.device),
            Known(asked.Examples, embedding.device),
            network.Config.LowResolutionSide);
        Tensor? boxes = asked.StartsWithBox ? Boxes(asked.Targets, random, embedding.device) : null;
        List<Click[]> clicks = asked.StartsWithBox ? [] : [[.. asked.Targets.Select(t => Click.OnObject(t, random))]];
        Tensor? earlier = null;
        List<MaskScore> scores = [];
        bool[] withClick = Rounds(random);
        for (int round = 0; round < withClick.Length; round++)
        {
            if (round > 0 && withClick[round])
            {
                clicks.Add(Correct(scores[^1].Logits, asked, random));
            }

            Prompts prompts = Ask(clicks, boxes, earlier, embedding.device) with { FromNothing = asked.FromNothing };
            (Tensor masks, Tensor iou) = network.Decode(embedding, prompts);
            bool isAmbiguous = !asked.StartsWithBox && clicks.Count == 1 && masks.shape[1] > 1; // one click may mean several things
            (int first, int count) = isAmbiguous ? (1, (int)masks.shape[1] - 1) : (0, 1);
            (masks, iou) = (masks.narrow(1, first, count), iou.narrow(1, first, count));
            MaskScore score = objective.Of(masks, iou, target, weight);
            Tensor chosen = iou.detach().argmax(1, keepdim: true); // the mask that a user would be shown
            earlier = Pick(masks.detach(), chosen);
            scores.Add(score with { Logits = Pick(score.Logits, chosen) });
        }

        return scores;
    }

    /// <summary>The rounds: the first prompt, then clicks, and between them and after them looks at the last mask alone.</summary>
    /// <returns>For each round whether it brings a click; the first brings the first prompt.</returns>
    private bool[] Rounds(Random random)
    {
        List<bool> rounds = [true, .. Enumerable.Repeat(true, settings.Clicks)];
        if (settings.RoundsWithoutClick > 1)
        {
            rounds.Insert(1 + random.Next(rounds.Count), false);
        }

        rounds.AddRange(Enumerable.Repeat(false, Math.Max(settings.RoundsWithoutClick - 1, Math.Min(settings.RoundsWithoutClick, 1))));
        return [.. rounds];
    }

    /// <summary>The prompts of P objects.</summary>
    /// <param name="clicks">Each a click per object.</param>
    /// <param name="boxes"><c>[P, 4]</c>; needed if there is no click.</param>
    /// <param name="masks">Logits of earlier masks, <c>[P, 1, 4S, 4S]</c>.</param>
    /// <param name="device">Where they are needed.</param>
    internal static Prompts Ask(List<Click[]> clicks, Tensor? boxes, Tensor? masks, Device device)
    {
        int count = clicks.Count > 0 ? clicks[0].Length : (int)boxes!.shape[0];
        float[] points = new float[count * clicks.Count * 2];
        float[] labels = new float[count * clicks.Count];
        for (int i = 0; i < labels.Length; i++)
        {
            Click click = clicks[i % clicks.Count][i / clicks.Count];
            (points[2 * i], points[(2 * i) + 1], labels[i]) = (click.X, click.Y, click.Label);
        }

        return new Prompts(count)
        {
            Points = clicks.Count == 0 ? null : tensor(points, [count, clicks.Count, 2], device: device),
            Labels = clicks.Count == 0 ? null : tensor(labels, [count, clicks.Count], device: device),
            Boxes = boxes,
            Masks = masks,
        };
    }

    /// <param name="logits"><c>[P, 1, h, h]</c>.</param>
    /// <param name="asked">The P objects.</param>
    /// <param name="random">Draws the places.</param>
    private static Click[] Correct(Tensor logits, Asked asked, Random random)
    {
        using DisposeScope scope = NewDisposeScope();
        long side = asked.Targets[0].Side;
        Tensor view = logits.shape[3] == side ? logits : nn.functional.interpolate(
            logits, [side, side], mode: InterpolationMode.Bilinear, align_corners: false);
        ReadOnlySpan<byte> all = view.Exceeds(0).to(uint8).cpu().contiguous().bytes; // [P, 1, V, V]
        Click[] clicks = new Click[asked.Targets.Length];
        for (int i = 0; i < clicks.Length; i++)
        {
            int pixels = asked.Targets[i].Mask.Length;
            clicks[i] = Click.InError(asked.Targets[i], all.Slice(i * pixels, pixels), asked.Examples[i].Labels, random);
        }

        return clicks;
    }

    private Tensor Boxes(TargetObject[] targets, Random random, Device device)
    {
        float[] sides = new float[4 * targets.Length];
        for (int i = 0; i < targets.Length; i++)
        {
            (int x0, int y0, int x1, int y1) = targets[i].Box();
            (int width, int height, int last) = (x1 - x0 + 1, y1 - y0 + 1, targets[i].Side - 1);
            float[] box = [Shift(x0, width), Shift(y0, height), Shift(x1, width), Shift(y1, height)];
            for (int side = 0; side < 4; side++)
            {
                sides[(4 * i) + side] = Math.Clamp(box[side], 0, last);
            }
        }

        return tensor(sides, [targets.Length, 4], device: device);

        float Shift(int at, int length) =>
            (float)(at + Math.Clamp(Gaussian(random) * settings.BoxNoise * length, -settings.MaxBoxNoise, settings.MaxBoxNoise));
    }

    /// <summary>A normal deviate, by Box and Muller.</summary>
    private static double Gaussian(Random random) =>
        Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());

    /// <param name="maps"><c>[P, M, H, W]</c>.</param>
    /// <param name="index">Which of the M, <c>[P, 1]</c>.</param>
    /// <returns><c>[P, 1, H, W]</c>.</returns>
    private static Tensor Pick(Tensor maps, Tensor index) =>
        maps.gather(1, index.view(-1, 1, 1, 1).expand(-1, -1, maps.shape[2], maps.shape[3]));

    /// <summary>1 where the truth is known; null if it is known everywhere.</summary>
    internal static Tensor? Known(IReadOnlyList<TrainingExample> batch, Device device) =>
        batch.Any(example => example.Labels.Contains(TrainingExample.Ignored))
            ? Stack(batch.Select(example => Map(example.Labels, label => label != TrainingExample.Ignored)), device)
            : null;

    private static float[] Map(byte[] values, Func<byte, bool> isOne) => Array.ConvertAll(values, value => isOne(value) ? 1f : 0f);

    /// <summary>Square maps as one tensor, <c>[P, 1, V, V]</c>.</summary>
    internal static Tensor Stack(IEnumerable<float[]> maps, Device device)
    {
        float[][] all = [.. maps];
        int pixels = all[0].Length;
        Tensor stacked = empty([all.Length, pixels], dtype: float32);
        Span<float> target = MemoryMarshal.Cast<byte, float>(stacked.bytes);
        for (int i = 0; i < all.Length; i++)
        {
            all[i].CopyTo(target[(i * pixels)..]);
        }

        long side = (long)Math.Sqrt(pixels);
        return stacked.view(all.Length, 1, side, side).to(device);
    }

    /// <summary>How much of a step a part of its batch is; the parts of a step sum to 1.</summary>
    /// <param name="Images">Share of its images.</param>
    /// <param name="Objects">Share of the objects that are asked about.</param>
    internal sealed record PartOfStep(double Images, double Objects)
    {
        public static PartOfStep All { get; } = new(1, 1);
    }

    /// <summary>The objects of a step.</summary>
    /// <param name="Images">Each object's image, as an index into the batch; ascending.</param>
    /// <param name="Targets">The objects.</param>
    /// <param name="Examples">Each object's example.</param>
    /// <param name="StartsWithBox">Whether the first prompt is a rough box, not a click.</param>
    internal sealed record Asked(long[] Images, TargetObject[] Targets, TrainingExample[] Examples, bool StartsWithBox)
    {
        /// <summary>Whether no first guess is made.</summary>
        public bool FromNothing { get; init; }

        /// <summary>The objects of some neighbouring images of the batch, counted from the first of them.</summary>
        public Asked Of(int first, int count)
        {
            int from = Images.Count(image => image < first);
            Range own = from..(from + Images.Count(image => image >= first && image < first + count));
            return this with { Images = [.. Images[own].Select(image => image - first)], Targets = Targets[own], Examples = Examples[own] };
        }
    }
}
