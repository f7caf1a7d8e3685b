using ScrollSeg.Sam.Model;
using ScrollSeg.Segmentation;
using static TorchSharp.torch;

namespace ScrollSeg.Sam;

/// <summary>Brings prompts from the pixels of their images to those of the network's view.</summary>
internal static class PromptTensors
{
    /// <summary>Lays P sets of prompts out as tensors.</summary>
    /// <param name="config">The network.</param>
    /// <param name="questions">Sets of one shape, at least one.</param>
    /// <param name="device">Where the tensors go.</param>
    /// <exception cref="ArgumentException">A mask is of another size.</exception>
    public static Prompts From(SamConfig config, IReadOnlyList<Question> questions, Device device)
    {
        PromptSet shape = questions[0].Prompts;
        (int count, int points, int side) = (questions.Count, shape.Points.Count, config.LowResolutionSide);
        return new Prompts(count)
        {
            Points = points == 0 ? null : Upload(questions.SelectMany(Coordinates), [count, points, 2], device),
            Labels = points == 0 ? null : Upload(questions.SelectMany(Labels), [count, points], device),
            Boxes = shape.Box is null ? null : Upload(questions.SelectMany(Corners), [count, 4], device),
            Masks = shape.MaskLogits is null
                ? null
                : Upload(questions.SelectMany(question => Mask(question.Prompts, side)), [count, 1, side, side], device),
        };
    }

    private static Tensor Upload(IEnumerable<float> values, long[] shape, Device device) =>
        tensor(values.ToArray(), shape, device: device);

    private static IEnumerable<float> Coordinates(Question question) =>
        question.Prompts.Points.SelectMany(point => ToView(question.Embedding, point.X, point.Y));

    private static IEnumerable<float> Labels(Question question) =>
        question.Prompts.Points.Select(point => point.IsForeground ? 1f : 0f);

    private static IEnumerable<float> Corners(Question question) => question.Prompts.Box is BoxPrompt box
        ? [.. ToView(question.Embedding, box.X0, box.Y0), .. ToView(question.Embedding, box.X1, box.Y1)]
        : [];

    private static float[] ToView(SamImageEmbedding image, double x, double y) =>
        [(float)(x * ((double)image.ViewWidth / image.ImageWidth)), (float)(y * ((double)image.ViewHeight / image.ImageHeight))];

    private static float[] Mask(PromptSet set, int side)
    {
        float[] mask = set.MaskLogits ?? [];
        return mask.Length == side * side
            ? mask
            : throw new ArgumentException($"A mask prompt of {mask.Length} logits does not fit this SAM's {side} x {side}.");
    }
}
