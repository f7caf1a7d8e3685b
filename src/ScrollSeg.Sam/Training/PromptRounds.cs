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
    /// <summary>Draws what a step asks for.</summary>
    /// <returns><see langword="null"/> for all foreground without a prompt.</returns>
    public Asked? Draw(IReadOnlyList<TrainingExample> batch, Random random) =>
        random.NextDouble() < settings.WithoutPromptShare ? null : Choose(batch, random);

    /// <summary>Plays one step, or a part of one. The losses of its rounds are summed, as Meta's training code for SAM 2 does.</summary>
    /// <param name="embedding">The batch, encoded, <c>[B, E, S, S]</c>.</param>
    /// <param name="batch">The examples.</param>
    /// <param name="asked">What <see cref="Draw"/> gave.</param>
    /// <param name="random">Draws the prompts.</param>
    /// <returns>The loss with its gradient, and what it came to.</returns>
    public (Tensor Loss, StepScores Scores) Play(Tensor embedding, IReadOnlyList<TrainingExample> batch, Asked? asked, Random random)
    {
        using DisposeScope scope = NewDisposeScope();
        List<MaskScore> scores = asked is null
            ? [Promptless(embedding, batch)]
            : Prompted(embedding.index_select(0, tensor(asked.Images, device: embedding.device)), asked, random);
        Tensor loss = scores[0].Loss;
        foreach (MaskScore score in scores.Skip(1))
        {
            loss = loss.Plus(score.Loss);
        }

        StepScores sum = new(
            loss.detach().item<float>(), scores.Sum(s => s.Pixel), scores.Sum(s => s.Dice), scores.Sum(s => s.Iou), scores[^1].Truth, scores.Count);
        return (loss.MoveToOuterDisposeScope(), sum);
    }

    private MaskScore Promptless(Tensor embedding, IReadOnlyList<TrainingExample> batch)
    {
        using DisposeScope scope = NewDisposeScope();
        (Tensor masks, Tensor iou) = network.Decode(embedding, new Prompts(batch.Count));
        Tensor target = Stack(batch.Select(example => Map(example.Labels, label => label == 1)), embedding.device);
        TrainingExample first = batch[0];
        Tensor own = adapter.AnswerAbout(masks.narrow(1, 0, 1), first.Labelled, first.Channels, network.Config.ViewSide);
        MaskScore score = objective.Of(own, iou.narrow(1, 0, 1), target, Known(batch, embedding.device));
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
        (Tensor target, Tensor? weight) = (
            Stack(asked.Targets.Select(t => Map(t.Mask, value => value != 0)), embedding.device), Known(asked.Examples, embedding.device));
        Tensor? boxes = asked.StartsWithBox ? Boxes(asked.Targets, random, embedding.device) : null;
        List<Click[]> clicks = asked.StartsWithBox ? [] : [[.. asked.Targets.Select(t => Click.OnObject(t, random))]];
        Tensor? earlier = null;
        List<MaskScore> scores = [];
        bool[] withClick = Rounds(random);
        for (int round = 0; round < withClick.Length; round++)
        {
            if (round > 0 && withClick[round])
            {
                clicks.Add(Correct(scores[^1].View, asked, random));
            }

            (Tensor masks, Tensor iou) = network.Decode(embedding, Ask(clicks, boxes, earlier, embedding.device));
            bool isAmbiguous = !asked.StartsWithBox && clicks.Count == 1 && masks.shape[1] > 1; // one click may mean several things
            (int first, int count) = isAmbiguous ? (1, (int)masks.shape[1] - 1) : (0, 1);
            (masks, iou) = (masks.narrow(1, first, count), iou.narrow(1, first, count));
            MaskScore score = objective.Of(masks, iou, target, weight);
            Tensor chosen = iou.detach().argmax(1, keepdim: true); // the mask that a user would be shown
            earlier = Pick(masks.detach(), chosen);
            scores.Add(score with { View = Pick(score.View, chosen) });
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

    private static Click[] Correct(Tensor view, Asked asked, Random random)
    {
        using DisposeScope scope = NewDisposeScope();
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

    /// <summary>The objects of a step.</summary>
    /// <param name="Images">Each object's image, as an index into the batch; ascending.</param>
    /// <param name="Targets">The objects.</param>
    /// <param name="Examples">Each object's example.</param>
    /// <param name="StartsWithBox">Whether the first prompt is a rough box, not a click.</param>
    internal sealed record Asked(long[] Images, TargetObject[] Targets, TrainingExample[] Examples, bool StartsWithBox)
    {
        /// <summary>The objects of some neighbouring images of the batch, counted from the first of them.</summary>
        public Asked Of(int first, int count)
        {
            int from = Images.Count(image => image < first);
            Range own = from..(from + Images.Count(image => image >= first && image < first + count));
            return new Asked([.. Images[own].Select(image => image - first)], Targets[own], Examples[own], StartsWithBox);
        }
    }
}
