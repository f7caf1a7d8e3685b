using ScrollSeg.Sam.Model;
using TorchSharp;
using static TorchSharp.torch;

namespace ScrollSeg.Sam.Training;

/// <summary>Asks for each object with more and more clicks, as a careful person would give them, and scores the masks.</summary>
/// <param name="network">In evaluation mode.</param>
/// <param name="view">Brings an example to the network's view, <c>[1, 3, V, V]</c>.</param>
internal sealed class ClickEvaluation(SamNetwork network, Func<TrainingExample, Tensor> view)
{
    /// <summary>The numbers of clicks that SAM's paper reports (appendix D.1).</summary>
    public static IReadOnlyList<int> Counts { get; } = [1, 2, 3, 5, 9];

    /// <summary>Objects of fewer pixels are no fair question.</summary>
    public const int MinArea = 16;

    /// <summary>Objects asked for per example: nine rounds each take their time. Those of a larger number are chosen evenly.</summary>
    public const int MaxObjects = 6;

    /// <summary>Scores the objects of all examples.</summary>
    public IReadOnlyList<ClickScore> Of(IEnumerable<TrainingExample> examples) => Of(examples.Select(example =>
    {
        TargetObject[] all = [.. TargetObject.All(example, MinArea)];
        int asked = Math.Min(all.Length, MaxObjects);
        return (example, Enumerable.Range(0, asked).Select(i => all[i * all.Length / asked]));
    }));

    /// <summary>Scores regions, each in its own view.</summary>
    public IReadOnlyList<ClickScore> Of(IEnumerable<RegionView> regions) => Of(regions.Select(
        region => (region.Example, Enumerable.Repeat(new TargetObject(region.Mask, region.Example.Side), 1))));

    private IReadOnlyList<ClickScore> Of(IEnumerable<(TrainingExample Example, IEnumerable<TargetObject> Targets)> questions)
    {
        double[] shown = new double[Counts.Count];
        double[] oracle = new double[Counts.Count];
        int objects = 0;
        foreach ((TrainingExample example, IEnumerable<TargetObject> targets) in questions)
        {
            using IDisposable inference = inference_mode();
            using DisposeScope scope = NewDisposeScope();
            Tensor embedding = network.forward(view(example));
            foreach (TargetObject target in targets)
            {
                Ask(embedding, example, target, shown, oracle);
                objects++;
            }
        }

        return [.. Counts.Select((count, i) => new ClickScore(
            count, objects == 0 ? 0 : shown[i] / objects, objects == 0 ? 0 : oracle[i] / objects, objects))];
    }

    /// <summary>The mask of an example's first object after some clicks, for a panel.</summary>
    /// <returns><see langword="null"/> if there is no object.</returns>
    public PanelRow? Row(TrainingExample example, int count)
    {
        using IDisposable inference = inference_mode();
        using DisposeScope scope = NewDisposeScope();
        if (TargetObject.All(example, MinArea).FirstOrDefault() is not TargetObject target)
        {
            return null;
        }

        Tensor embedding = network.forward(view(example));
        Tensor truth = PromptRounds.Stack([Array.ConvertAll(target.Mask, value => (float)value)], embedding.device);
        List<Click[]> clicks = [];
        Tensor? earlier = null;
        byte[] mask = [];
        while (clicks.Count < count && FarthestClick.Of(target, mask, example.Labels) is Click click)
        {
            clicks.Add([click]);
            (Tensor logits, earlier, _, _) = Answer(embedding, clicks, earlier, truth, null);
            mask = logits.Exceeds(network.Config.MaskThreshold).to(uint8).cpu().contiguous().bytes.ToArray();
        }

        return new PanelRow(example, target.Mask, mask, [.. clicks.Select(c => c[0])]);
    }

    private void Ask(Tensor embedding, TrainingExample example, TargetObject target, double[] shown, double[] oracle)
    {
        using DisposeScope scope = NewDisposeScope();
        List<Click[]> clicks = [];
        Tensor? earlier = null;
        Tensor? weight = example.Labels.Contains(TrainingExample.Ignored) ? PromptRounds.Known([example], embedding.device) : null;
        Tensor truth = PromptRounds.Stack([Array.ConvertAll(target.Mask, value => (float)value)], embedding.device);
        byte[] mask = [];
        (double iou, double best) = (0, 0);
        for (int round = 1, at = 0; round <= Counts[^1]; round++)
        {
            if (FarthestClick.Of(target, mask, example.Labels) is Click click)
            {
                clicks.Add([click]);
                (Tensor logits, earlier, iou, best) = Answer(embedding, clicks, earlier, truth, weight);
                mask = logits.Exceeds(network.Config.MaskThreshold).to(uint8).cpu().contiguous().bytes.ToArray();
            }

            if (round == Counts[at])
            {
                shown[at] += iou;
                oracle[at++] += best;
            }
        }
    }

    /// <summary>One click may mean several things, so three masks answer it; more clicks get one.</summary>
    private (Tensor Logits, Tensor Low, double Iou, double Best) Answer(
        Tensor embedding, List<Click[]> clicks, Tensor? earlier, Tensor truth, Tensor? weight)
    {
        (Tensor masks, Tensor predicted) = network.Decode(embedding, PromptRounds.Ask(clicks, null, earlier, embedding.device));
        (int first, int count) = clicks.Count == 1 && masks.shape[1] > 1 ? (1, (int)masks.shape[1] - 1) : (0, 1);
        masks = masks.narrow(1, first, count);
        long side = truth.shape[3];
        Tensor logits = nn.functional.interpolate(masks, [side, side], mode: InterpolationMode.Bilinear, align_corners: false);
        float[] ious = MaskLosses.HardIou(logits, truth, weight).cpu().contiguous().data<float>().ToArray();
        int chosen = (int)predicted.narrow(1, first, count).argmax(1).cpu().item<long>();
        return (logits.narrow(1, chosen, 1), masks.narrow(1, chosen, 1).contiguous(), ious[chosen], ious.Max());
    }
}
