using ScrollSeg.Sam.Model;
using ScrollSeg.Segmentation;
using static TorchSharp.torch;

namespace ScrollSeg.Sam;

/// <summary>Brings prompts from the pixels of an image to those of the network's view.</summary>
internal sealed class PromptTensors(SamConfig config, SamImageEmbedding image)
{
    private readonly double _scaleX = (double)image.ViewWidth / image.ImageWidth;
    private readonly double _scaleY = (double)image.ViewHeight / image.ImageHeight;

    /// <summary>Lays P sets of prompts out as tensors.</summary>
    /// <exception cref="ArgumentException">The sets are of different shapes, or a mask is of another size.</exception>
    public Prompts From(IReadOnlyList<PromptSet> sets, Device device)
    {
        int points = sets.Count > 0 ? sets[0].Points.Count : throw new ArgumentException("No prompts.", nameof(sets));
        bool box = sets[0].Box is not null;
        bool mask = sets[0].MaskLogits is not null;
        if (sets.Any(set => set.Points.Count != points || set.Box is null == box || set.MaskLogits is null == mask))
        {
            throw new ArgumentException(
                "Prompts are answered together only if all have as many points, and all or none a box, and a mask.", nameof(sets));
        }

        return new Prompts(sets.Count)
        {
            Points = points == 0 ? null : Upload(sets.SelectMany(Coordinates), [sets.Count, points, 2], device),
            Labels = points == 0 ? null : Upload(sets.SelectMany(Labels), [sets.Count, points], device),
            Boxes = box ? Upload(sets.SelectMany(Corners), [sets.Count, 4], device) : null,
            Masks = mask ? Upload(sets.SelectMany(Mask), [sets.Count, 1, config.LowResolutionSide, config.LowResolutionSide], device) : null,
        };
    }

    private static Tensor Upload(IEnumerable<float> values, long[] shape, Device device) =>
        tensor(values.ToArray(), shape, device: device);

    private IEnumerable<float> Coordinates(PromptSet set) =>
        set.Points.SelectMany(point => new[] { (float)(point.X * _scaleX), (float)(point.Y * _scaleY) });

    private static IEnumerable<float> Labels(PromptSet set) => set.Points.Select(point => point.IsForeground ? 1f : 0f);

    private IEnumerable<float> Corners(PromptSet set) => set.Box is BoxPrompt box
        ? [(float)(box.X0 * _scaleX), (float)(box.Y0 * _scaleY), (float)(box.X1 * _scaleX), (float)(box.Y1 * _scaleY)]
        : [];

    private float[] Mask(PromptSet set)
    {
        int side = config.LowResolutionSide;
        float[] mask = set.MaskLogits ?? [];
        return mask.Length == side * side
            ? mask
            : throw new ArgumentException($"A mask prompt of {mask.Length} logits does not fit this SAM's {side} x {side}.");
    }
}
