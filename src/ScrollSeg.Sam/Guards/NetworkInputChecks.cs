using ScrollSeg.Sam.Checkpoints;
using ScrollSeg.Sam.Model;
using ScrollSeg.Segmentation;
using static TorchSharp.torch;

namespace ScrollSeg.Sam.Guards;

/// <summary>Checks of the tensors that meet in the mask decoder. Libtorch would broadcast several of these faults into a
/// wrong answer without a word.</summary>
internal static class NetworkInputChecks
{
    /// <summary>Refuses tensors that do not fit the model or each other. Looks at shapes and types only, so that no device
    /// has to wait.</summary>
    /// <exception cref="ArgumentException">They do not.</exception>
    public static void Require(Tensor image, Prompts prompts, SamConfig config)
    {
        Finding? finding = Embedding(image, prompts.Count, config) ?? Clicks(prompts)
            ?? Shape(prompts.Boxes, "boxes", [prompts.Count, 4], "one box (x0, y0, x1, y1) per set of prompts")
            ?? Mask(prompts, config);
        if (finding is not null)
        {
            throw new ArgumentException(finding.ToString());
        }
    }

    private static Finding? Embedding(Tensor image, long count, SamConfig config)
    {
        long[] shape = image.shape;
        return shape.Length == 4 && (shape[0] == 1 || shape[0] == count) && shape[1] == config.EmbeddingWidth
            && shape[2] == config.GridSide && shape[3] == config.GridSide
            ? null
            : new Finding(
                GuardName.EmbeddingShape,
                $"The image embedding is {StoredTensor.Text(shape)} and meets {count} sets of prompts.",
                $"[1 or {count}, {config.EmbeddingWidth}, {config.GridSide}, {config.GridSide}]",
                "an embedding made by another model or for another view, or the embeddings of several images for one image's prompts");
    }

    private static Finding? Clicks(Prompts prompts)
    {
        if (prompts.Points is null && prompts.Labels is null)
        {
            return null;
        }

        if (prompts.Points is null || prompts.Labels is null)
        {
            return new Finding(
                GuardName.LabelCount,
                prompts.Points is null ? "There are labels but no clicks." : "There are clicks but no labels.",
                "a label for every click",
                "one of the two forgotten; without labels the clicks would be ignored");
        }

        long[] labels = prompts.Labels.shape;
        long[] points = prompts.Points.shape;
        Finding? rank = Rank(points, "clicks", 3, "[P, N, 2]") ?? Rank(labels, "labels", 2, "[P, N]");
        return rank is null && (labels[0] != points[0] || labels[1] != points[1])
            ? new Finding(
                GuardName.LabelCount,
                $"The clicks are {StoredTensor.Text(points)} and their labels {StoredTensor.Text(labels)}.",
                "a label for every click, [P, N, 2] and [P, N]",
                "a click added or dropped without its label; a click that stands for nothing has the label -1")
            : rank ?? Shape(prompts.Points, "clicks", [prompts.Count, points[1], 2], "(x, y) per click");
    }

    private static Finding? Mask(Prompts prompts, SamConfig config)
    {
        Tensor? mask = prompts.Masks;
        return mask is not null && !mask.is_floating_point()
            ? new Finding(
                GuardName.MaskBytes,
                $"The mask prompts are of type {mask.dtype}.",
                "logits as floats",
                "thresholded masks instead of the logits before the threshold")
            : Shape(
                mask, "mask prompts", [prompts.Count, 1, config.LowResolutionSide, config.LowResolutionSide],
                "the decoder's own low-resolution logits, one per set of prompts");
    }

    private static Finding? Shape(Tensor? tensor, string what, long[] expected, string meaning) =>
        tensor is null || tensor.shape.AsSpan().SequenceEqual(expected)
            ? null
            : Rank(tensor.shape, what, expected.Length, StoredTensor.Text(expected)) ?? new Finding(
                GuardName.PromptShape,
                $"The {what} are {StoredTensor.Text(tensor.shape)}.",
                $"{StoredTensor.Text(expected)}, {meaning}",
                "prompts of another model or another number of sets");

    private static Finding? Rank(long[] shape, string what, int axes, string expected) => shape.Length == axes
        ? null
        : new Finding(
            GuardName.Unbatched,
            $"The {what} are {StoredTensor.Text(shape)}, {shape.Length} axes.",
            $"{expected}, {axes} axes",
            shape.Length == axes - 1 ? "the first axis, sets of prompts, is missing: unsqueeze(0)" : "an axis too many or too few");
}
