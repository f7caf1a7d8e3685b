using System.Runtime.InteropServices;
using ScrollSeg.Segmentation.Prompting;
using TorchSharp;
using static TorchSharp.torch;

namespace ScrollSeg.Sam.Model;

/// <summary>A mask to begin with, where a network has learned to answer without prompts: of what it sees on its own, the connected pieces under
/// the clicks, or what lies in the box. The prompts then refine it, as they refine the mask of an earlier round.</summary>
internal static class FirstGuess
{
    private const float Foreground = 1;

    /// <summary>Adds the masks to prompts that have none. Where the network sees nothing under a click or in a box, a set stays without one.</summary>
    /// <param name="prompts">Clicks, boxes or both, P sets.</param>
    /// <param name="seen">The network's logits without prompts, one map for all sets or one for each, <c>[1 or P, 1, 4S, 4S]</c>.</param>
    /// <param name="config">The network.</param>
    public static Prompts AddTo(Prompts prompts, Tensor seen, SamConfig config)
    {
        using DisposeScope scope = NewDisposeScope();
        int side = config.LowResolutionSide;
        float[] logits = Floats(seen)!;
        (float[]? points, float[]? labels, float[]? boxes) = (Floats(prompts.Points), Floats(prompts.Labels), Floats(prompts.Boxes));
        int clicks = labels is null ? 0 : labels.Length / (int)prompts.Count;
        float[] guesses = new float[prompts.Count * side * side];
        byte[] isGuess = new byte[prompts.Count];
        for (int p = 0; p < prompts.Count; p++)
        {
            ReadOnlySpan<float> own = logits.AsSpan(logits.Length == side * side ? 0 : p * side * side, side * side);
            byte[] inside = Inside(own, config.MaskThreshold, boxes is null ? [] : boxes.AsSpan(4 * p, 4), side, config.ViewSide);
            if (clicks > 0)
            {
                inside = Under(inside, points.AsSpan(2 * p * clicks, 2 * clicks), labels.AsSpan(p * clicks, clicks), side, config.ViewSide);
            }

            isGuess[p] = inside.Contains((byte)1) ? (byte)1 : (byte)0;
            for (int i = 0; i < inside.Length; i++)
            {
                guesses[(p * inside.Length) + i] = inside[i] == 1 ? own[i] : -Math.Abs(own[i]);
            }
        }

        return isGuess.Contains((byte)1)
            ? prompts with
            {
                Masks = tensor(guesses, [prompts.Count, 1, side, side], device: seen.device).MoveToOuterDisposeScope(),
                IsMask = tensor(isGuess, [prompts.Count, 1, 1, 1], device: seen.device).to(@bool).MoveToOuterDisposeScope(),
            }
            : prompts;
    }

    /// <summary>1 where the network sees something, within the box if there is one.</summary>
    private static byte[] Inside(ReadOnlySpan<float> logits, float threshold, ReadOnlySpan<float> box, int side, int view)
    {
        (int x0, int y0, int x1, int y1) = box.IsEmpty
            ? (0, 0, side - 1, side - 1)
            : (Cell(box[0], side, view), Cell(box[1], side, view), Cell(box[2], side, view), Cell(box[3], side, view));
        byte[] inside = new byte[side * side];
        for (int y = y0; y <= y1; y++)
        {
            for (int x = x0; x <= x1; x++)
            {
                inside[(y * side) + x] = logits[(y * side) + x] > threshold ? (byte)1 : (byte)0;
            }
        }

        return inside;
    }

    /// <summary>The connected pieces that clicks on the object lie on.</summary>
    private static byte[] Under(byte[] inside, ReadOnlySpan<float> points, ReadOnlySpan<float> labels, int side, int view)
    {
        byte[] pieces = new byte[inside.Length];
        for (int i = 0; i < labels.Length; i++)
        {
            int cell = (Cell(points[(2 * i) + 1], side, view) * side) + Cell(points[2 * i], side, view);
            if (labels[i] == Foreground && inside[cell] == 1 && pieces[cell] == 0)
            {
                foreach (int found in MaskObjects.Around(inside, side, cell))
                {
                    pieces[found] = 1;
                }
            }
        }

        return pieces;
    }

    private static int Cell(float at, int side, int view) => Math.Clamp((int)((at + 0.5f) * side / view), 0, side - 1);

    private static float[]? Floats(Tensor? values) =>
        values is null ? null : MemoryMarshal.Cast<byte, float>(values.to(float32).cpu().contiguous().bytes).ToArray();
}
