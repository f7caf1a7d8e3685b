using ScrollSeg.Volumes;

namespace ScrollSeg.Segmentation.Metrics;

/// <summary>A box of both volumes.</summary>
/// <param name="Box">Where it lies.</param>
/// <param name="Prediction">Codes of the prediction: 0 or 1.</param>
/// <param name="Truth">Codes of the truth: 0, 1 or <see cref="MaskCode.Ignored"/>, until <see cref="Neutralise"/>.</param>
/// <param name="PredictionValues">What the prediction holds.</param>
/// <param name="TruthValues">What the truth holds.</param>
internal sealed record LabelBlock(
    Box3 Box, VoxelBuffer Prediction, VoxelBuffer Truth, VoxelBuffer PredictionValues, VoxelBuffer TruthValues) : IDisposable
{
    /// <summary>Makes voxels that are not known background in both.</summary>
    public void Neutralise()
    {
        for (int z = 0; z < Box.Shape.Z; z++)
        {
            for (int y = 0; y < Box.Shape.Y; y++)
            {
                Span<byte> truth = Truth.Row(z, y);
                if (!truth.Contains(MaskCode.Ignored))
                {
                    continue;
                }

                Span<byte> prediction = Prediction.Row(z, y);
                for (int x = 0; x < truth.Length; x++)
                {
                    if (truth[x] == MaskCode.Ignored)
                    {
                        (prediction[x], truth[x]) = (MaskCode.Background, MaskCode.Background);
                    }
                }
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Prediction.Dispose();
        Truth.Dispose();
        PredictionValues.Dispose();
        TruthValues.Dispose();
    }
}
