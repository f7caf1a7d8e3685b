using ScrollSeg.Sam.Model;
using ScrollSeg.Segmentation;
using TorchSharp;
using static TorchSharp.torch;

namespace ScrollSeg.Sam.AutomaticMasks;

/// <summary>Asks about points of one crop and keeps what is worth keeping.</summary>
/// <param name="predictor">Answers.</param>
/// <param name="embedding">The crop, encoded.</param>
/// <param name="crop">Where it lies.</param>
/// <param name="image">Rows and columns of the whole image.</param>
/// <param name="settings">What is worth keeping.</param>
internal sealed class CropMasks(
    SamPredictor predictor,
    SamImageEmbedding embedding,
    PixelBox crop,
    (int Height, int Width) image,
    MaskGeneratorSettings settings)
{
    /// <summary>A mask whose box ends so near an edge of the crop, in pixels, is taken for one that the crop cut, unless the
    /// image ends there as well.</summary>
    private const int EdgeTolerance = 20;

    /// <summary>Logits enlarged at once; 64 MiB of them, but a whole mask at least.</summary>
    private const long MaxLogits = 16L << 20;

    private readonly int _masksAtOnce = MasksAtOnce(predictor.Config, crop.Area);

    /// <summary>Logits that are enlarged at once, of masks that are answered at once.</summary>
    internal static long LogitsAtOnce(SamConfig config, long area, int masks) =>
        Math.Min(masks, MasksAtOnce(config, area)) * Math.Max(area, (long)config.ViewSide * config.ViewSide);

    private static int MasksAtOnce(SamConfig config, long area) =>
        (int)Math.Max(1, MaxLogits / Math.Max(area, (long)config.ViewSide * config.ViewSide));

    /// <summary>The masks that one batch of clicks gives.</summary>
    /// <param name="points">(x, y) in pixels of the crop.</param>
    public IReadOnlyList<AutomaticMask> At(IReadOnlyList<(double X, double Y)> points)
    {
        using IDisposable inference = inference_mode();
        using DisposeScope scope = NewDisposeScope();

        (Tensor low, Tensor iou) = predictor.Decode([.. points.Select(point => QuestionAt(embedding, point))], multimask: true);
        int masksPerPoint = (int)iou.shape[1];
        float[] predicted = iou.flatten().cpu().data<float>().ToArray();
        IEnumerable<int> promising = Enumerable.Range(0, predicted.Length).Where(i => IsGood(predicted[i]));

        List<AutomaticMask> masks = [];
        foreach (int[] chosen in promising.Chunk(_masksAtOnce))
        {
            using DisposeScope chunk = NewDisposeScope();
            Tensor index = tensor(chosen.Select(i => (long)i).ToArray(), device: low.device);
            Tensor some = low.flatten(0, 1).index_select(0, index).unsqueeze(1);
            Tensor logits = predictor.ToImage(some, embedding).squeeze(1); // [M, h, w]
            foreach ((int k, float stability, RunLengthMask mask) in Encode(logits))
            {
                (double x, double y) = points[chosen[k] / masksPerPoint];
                masks.Add(new AutomaticMask(
                    mask, mask.Box, predicted[chosen[k]], stability, (x + crop.X0, y + crop.Y0), crop)
                {
                    Answer = chosen[k] % masksPerPoint,
                });
            }
        }

        return masks;
    }

    /// <summary>A click on whatever is there.</summary>
    internal static Question QuestionAt(SamImageEmbedding embedding, (double X, double Y) point) =>
        new(0, 0, embedding, new PromptSet { Points = [new PointPrompt(point.X, point.Y, IsForeground: true)] });

    /// <summary>A threshold of zero or less asks for no check, not even of a number.</summary>
    private bool IsGood(float iou) => settings.PredictedIoUThreshold <= 0 || iou > (float)settings.PredictedIoUThreshold;

    private bool IsStable(float score) => settings.StabilityThreshold <= 0 || score >= (float)settings.StabilityThreshold;

    /// <summary>Thresholds masks and brings the stable, uncut ones to the whole image.</summary>
    /// <param name="logits"><c>[M, h, w]</c>.</param>
    private List<(int Index, float Stability, RunLengthMask Mask)> Encode(Tensor logits)
    {
        float[] stability = StabilityScore.Of(logits, predictor.MaskThreshold, settings.StabilityOffset);
        List<(int Index, float Stability, RunLengthMask Mask)> encoded = [];
        for (int k = 0; k < stability.Length; k++)
        {
            if (!IsStable(stability[k]))
            {
                continue;
            }

            using DisposeScope scope = NewDisposeScope();
            Tensor columns = logits[k].Exceeds(predictor.MaskThreshold).t().contiguous().cpu(); // [w, h]
            RunLengthMask mask = RunLengthMask.FromColumns(columns.bytes, crop, image.Height, image.Width);
            if (mask.Area > 0 && !IsCut(mask.Box))
            {
                encoded.Add((k, stability[k], mask));
            }
        }

        return encoded;
    }

    private bool IsCut(PixelBox box) =>
        IsCutAt(box.X0, crop.X0, 0) || IsCutAt(box.Y0, crop.Y0, 0) ||
        IsCutAt(box.X1, crop.X1, image.Width) || IsCutAt(box.Y1, crop.Y1, image.Height);

    private static bool IsCutAt(int side, int cropSide, int imageSide) =>
        Math.Abs(side - cropSide) <= EdgeTolerance && Math.Abs(side - imageSide) > EdgeTolerance;
}
