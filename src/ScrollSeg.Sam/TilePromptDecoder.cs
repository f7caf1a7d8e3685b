using ScrollSeg.Sam.Model;
using ScrollSeg.Segmentation;
using ScrollSeg.Segmentation.Prompting;
using TorchSharp;
using static TorchSharp.torch;

namespace ScrollSeg.Sam;

/// <summary>Asks the decoder about each object that prompts name in a tile; the tile's answer is the surest of them at each
/// pixel, and background where nothing is asked for.</summary>
/// <param name="network">The network; stays the caller's.</param>
/// <param name="prompts">Says what to ask; owned.</param>
internal sealed class TilePromptDecoder(SamNetwork network, ITilePrompts prompts) : ITileDecoder
{
    /// <summary>Log odds where nothing is asked for: no network is surer.</summary>
    private const double Background = -20;

    /// <inheritdoc/>
    public string Identity => prompts.Identity;

    /// <inheritdoc/>
    public IReadOnlyList<string> Kinds => prompts.Kinds;

    /// <inheritdoc/>
    public bool AsksByPlace => true;

    /// <summary>Where nothing is asked for, <c>[1, 1, 4S, 4S]</c>.</summary>
    public static Tensor Nothing(int low, Device device) => zeros([1, 1, low, low], dtype: float32, device: device).Plus(Background);

    /// <summary>None: as many objects as there are tiles in a batch go through the decoder at once.</summary>
    public long WorkingBytes(int side) => 0;

    /// <inheritdoc/>
    public Tensor Decode(Tensor embeddings, TileBatch tiles, int first)
    {
        IReadOnlyList<TilePlace> places = tiles.Places ?? throw new ArgumentException("Prompts need to know where tiles lie.", nameof(tiles));
        using DisposeScope scope = NewDisposeScope();
        int low = network.Config.LowResolutionSide;
        List<Tensor> answers = [];
        for (int i = 0; i < embeddings.shape[0]; i++)
        {
            IReadOnlyList<PromptSet> objects = first + i < tiles.Wanted ? prompts.ListFor(places[first + i], tiles.Side, low) : [];
            answers.Add(objects.Count == 0
                ? Nothing(low, embeddings.device)
                : Surest(embeddings.narrow(0, i, 1), objects, tiles.Side, tiles.Count));
        }

        return cat(answers, 0).MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    public void Dispose() => prompts.Dispose();

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
            Tensor answer = One(masks, iou, questions[0].Prompts, prompts.LeastIoU).amax([0], keepdim: true);
            surest = surest is null ? answer : maximum(surest, answer);
        }

        return surest!.MoveToOuterDisposeScope();
    }

    /// <summary>The mask that is meant: a single click may mean several things, and the network says which of its masks for them it
    /// thinks best of; anything else leaves no doubt. What it thinks too little of is no answer.</summary>
    /// <param name="masks"><c>[P, T, 4S, 4S]</c>.</param>
    /// <param name="iou"><c>[P, T]</c>.</param>
    /// <param name="asked">A set of the batch's shape.</param>
    /// <param name="least">Predicted IoU below which there is no answer.</param>
    /// <returns><c>[P, 1, 4S, 4S]</c>.</returns>
    private static Tensor One(Tensor masks, Tensor iou, PromptSet asked, double least)
    {
        bool isAmbiguous = asked is { Points.Count: 1, Box: null, MaskLogits: null } && masks.shape[1] > 1;
        (Tensor meant, Tensor quality) = (masks.narrow(1, 0, 1), iou.narrow(1, 0, 1));
        if (isAmbiguous)
        {
            (Tensor others, Tensor theirs) = (masks.narrow(1, 1, masks.shape[1] - 1), iou.narrow(1, 1, iou.shape[1] - 1));
            Tensor best = theirs.argmax(1, keepdim: true);
            meant = others.gather(1, best.view(-1, 1, 1, 1).expand(-1, -1, masks.shape[2], masks.shape[3]));
            quality = theirs.gather(1, best);
        }

        if (least <= 0)
        {
            return meant;
        }

        Tensor isTooPoor = quality.Exceeds(least).logical_not().view(-1, 1, 1, 1);
        return where(isTooPoor, Nothing((int)meant.shape[3], meant.device), meant);
    }
}
