using ScrollSeg.Sam.Model;
using ScrollSeg.Segmentation;
using ScrollSeg.Segmentation.Prompting;
using TorchSharp;
using static TorchSharp.torch;

namespace ScrollSeg.Sam;

/// <summary>Asks the decoder about each object that prompts name in a tile; the tile's answer is the surest of them at each
/// pixel, and background where nothing is asked for.</summary>
/// <param name="network">The network; stays the caller's.</param>
/// <param name="prompts">Says what to ask; stays the caller's.</param>
internal sealed class TilePromptDecoder(SamNetwork network, ITilePrompts prompts)
{
    /// <summary>Log odds where nothing is asked for: no network is surer.</summary>
    private const double Background = -20;

    /// <summary>Answers about some tiles.</summary>
    /// <param name="embeddings">On the device, <c>[b, E, S, S]</c>.</param>
    /// <param name="places">Where these tiles lie, <c>[b]</c>.</param>
    /// <param name="wanted">How many of them are wanted; the others come out as background.</param>
    /// <param name="side">Voxels along a tile's side.</param>
    /// <param name="atOnce">Objects that go through the decoder at once, for the memory that was planned.</param>
    /// <returns>Logits, <c>[b, 1, 4S, 4S]</c>.</returns>
    public Tensor Decode(Tensor embeddings, IReadOnlyList<TilePlace> places, int wanted, int side, int atOnce)
    {
        using DisposeScope scope = NewDisposeScope();
        long low = network.Config.LowResolutionSide;
        Tensor nothing = zeros([1, 1, low, low], dtype: float32, device: embeddings.device).Plus(Background);
        List<Tensor> answers = [];
        for (int tile = 0; tile < places.Count; tile++)
        {
            IReadOnlyList<PromptSet> objects = tile < wanted ? prompts.ListFor(places[tile], side, (int)low) : [];
            answers.Add(objects.Count == 0 ? nothing : Surest(embeddings.narrow(0, tile, 1), objects, side, atOnce));
        }

        return cat(answers, 0).MoveToOuterDisposeScope();
    }

    /// <param name="embedding"><c>[1, E, S, S]</c>.</param>
    /// <param name="objects">One set of prompts for each.</param>
    /// <param name="side">Voxels along the tile's side.</param>
    /// <param name="atOnce">Objects at once.</param>
    /// <returns><c>[1, 1, 4S, 4S]</c>.</returns>
    private Tensor Surest(Tensor embedding, IReadOnlyList<PromptSet> objects, int side, int atOnce)
    {
        using DisposeScope scope = NewDisposeScope();
        int view = network.Config.ViewSide;
        SamImageEmbedding image = new(embedding, side, side, view, view);
        Tensor? surest = null;
        foreach (Question[] questions in Question.Batches([new ImagePrompts(image, objects)], atOnce))
        {
            (Tensor masks, Tensor iou) = network.Decode(embedding, PromptTensors.From(network.Config, questions, embedding.device));
            Tensor answer = One(masks, iou, questions[0].Prompts).amax([0], keepdim: true);
            surest = surest is null ? answer : maximum(surest, answer);
        }

        return surest!.MoveToOuterDisposeScope();
    }

    /// <summary>The mask that is meant: a single click may mean several things, and the network says which of its masks for them it
    /// thinks best of; anything else leaves no doubt.</summary>
    /// <param name="masks"><c>[P, T, 4S, 4S]</c>.</param>
    /// <param name="iou"><c>[P, T]</c>.</param>
    /// <param name="asked">A set of the batch's shape.</param>
    /// <returns><c>[P, 1, 4S, 4S]</c>.</returns>
    private static Tensor One(Tensor masks, Tensor iou, PromptSet asked)
    {
        bool isAmbiguous = asked is { Points.Count: 1, Box: null, MaskLogits: null } && masks.shape[1] > 1;
        if (!isAmbiguous)
        {
            return masks.narrow(1, 0, 1);
        }

        Tensor best = iou.narrow(1, 1, iou.shape[1] - 1).argmax(1, keepdim: true).view(-1, 1, 1, 1);
        return masks.narrow(1, 1, masks.shape[1] - 1).gather(1, best.expand(-1, -1, masks.shape[2], masks.shape[3]));
    }
}
