using static TorchSharp.torch;

namespace ScrollSeg.Sam.Model;

/// <summary>P sets of prompts of one shape, in pixels of the network's view. The tensors stay the caller's.</summary>
/// <param name="Count">Sets of prompts, P.</param>
internal sealed record Prompts(long Count)
{
    /// <summary>Clicks (x, y), <c>[P, N, 2]</c>.</summary>
    public Tensor? Points { get; init; }

    /// <summary>What each click says: 1 foreground, 0 background, -1 no point; <c>[P, N]</c>.</summary>
    public Tensor? Labels { get; init; }

    /// <summary>Boxes (x0, y0, x1, y1), <c>[P, 4]</c>.</summary>
    public Tensor? Boxes { get; init; }

    /// <summary>Logits of earlier masks, <c>[P, 1, 4S, 4S]</c>.</summary>
    public Tensor? Masks { get; init; }

    /// <summary>Which sets <see cref="Masks"/> holds a mask for, <c>[P, 1, 1, 1]</c>; <see langword="null"/> for all of them.</summary>
    public Tensor? IsMask { get; init; }

    /// <summary>Whether they begin with nothing even if the network would begin with a <see cref="FirstGuess"/>.</summary>
    public bool FromNothing { get; init; }
}
