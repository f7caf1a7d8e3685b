using ScrollSeg.Sam.Checkpoints;
using ScrollSeg.Sam.Guards;
using ScrollSeg.Segmentation;

namespace ScrollSeg.Sam;

/// <summary>A network's answers to prompts as safetensors: to compare, and to be fed back as a prompt.</summary>
public static class LogitsFile
{
    private const string LowResolution = "low_res_logits";
    private const string Iou = "iou";
    private const string Masks = "masks";

    /// <summary>Writes <c>low_res_logits [M, h, w]</c>, <c>iou [M]</c> and <c>masks [M, H, W]</c>, which are logits too.</summary>
    /// <exception cref="IOException">The system refused.</exception>
    public static void Write(string path, PromptedMasks masks) => Safetensors.Write(
        path,
        [
            new NamedTensor(
                LowResolution, [masks.Count, masks.LowResolutionSide, masks.LowResolutionSide], masks.LowResolutionLogits),
            new NamedTensor(Iou, [masks.Count], masks.PredictedIoU),
            new NamedTensor(Masks, [masks.Count, masks.Height, masks.Width], masks.Logits),
        ]);

    /// <summary>Reads what can be a mask prompt: the low-resolution logits, of several masks those of the highest IoU.</summary>
    /// <param name="path">A file that <see cref="Write"/> made, or one with a single tensor, <c>[h, w]</c> or <c>[1, h, w]</c>.</param>
    /// <returns>The logits, <c>[h, w]</c> row-major.</returns>
    /// <exception cref="CheckpointException">The file is damaged, or holds no such tensor.</exception>
    public static float[] ReadMaskPrompt(string path)
    {
        using TensorFile file = TensorFile.Open(path);
        string name = file.Tensors.ContainsKey(LowResolution) || file.Tensors.Count != 1 ? LowResolution : file.Tensors.Keys.Single();
        if (file.Tensors.TryGetValue(name, out StoredTensor? stored) && MaskPromptChecks.Fault(stored.Type) is Finding fault)
        {
            throw new CheckpointException(path, fault.ToString());
        }

        float[] logits = file.ReadSingles(name);
        IReadOnlyList<long> shape = file.Tensors[name].Shape;
        long masks = shape.Count == 3 ? shape[0] : 1;
        if (shape.Count is not (2 or 3) || shape[^1] != shape[^2] || masks < 1)
        {
            throw new CheckpointException(
                path, $"holds {name} of shape {file.Tensors[name].ShapeText}; a mask prompt is [h, h] or [M, h, h].");
        }

        int best = 0;
        if (masks > 1)
        {
            float[] iou = file.ReadSingles(Iou);
            best = iou.Length == masks
                ? Array.IndexOf(iou, iou.Max())
                : throw new CheckpointException(path, $"holds {masks} masks but {iou.Length} numbers of {Iou}.");
        }

        int length = logits.Length / (int)masks;
        return logits[(best * length)..((best + 1) * length)];
    }
}
