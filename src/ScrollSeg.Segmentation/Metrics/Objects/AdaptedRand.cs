namespace ScrollSeg.Segmentation.Metrics.Objects;

/// <summary>Adapted Rand error, as the SNEMI3D contest has it (Arganda-Carreras et al., Frontiers in Neuroanatomy 9:142, 2015):
/// pairs of voxels of the truth's objects that are in one object of the prediction too.</summary>
/// <param name="Precision">Of the pairs in one object of the prediction, those in one object of the truth.</param>
/// <param name="Recall">Of the pairs in one object of the truth, those in one object of the prediction.</param>
/// <remarks>Background of the truth is left out. What the prediction has as background there counts as one object.</remarks>
public readonly record struct AdaptedRand(double Precision, double Recall)
{
    /// <summary>1 minus the harmonic mean of both.</summary>
    public double Error => Precision + Recall > 0 ? 1 - (2 * Precision * Recall / (Precision + Recall)) : 1;

    /// <summary>Measures; <see langword="null"/> if no object of either has two voxels to make a pair.</summary>
    public static AdaptedRand? Of(ObjectTable table)
    {
        Dictionary<ulong, long> predictions = [];
        double both = 0;
        foreach ((ulong prediction, ulong truth, long voxels) in table.Cells)
        {
            if (truth != 0)
            {
                both += Pairs(voxels);
                predictions[prediction] = predictions.GetValueOrDefault(prediction) + voxels;
            }
        }

        double inPrediction = predictions.Values.Sum(Pairs);
        double inTruth = table.Truths.Where(truth => truth.Key != 0).Sum(truth => Pairs(truth.Value));
        return inPrediction > 0 && inTruth > 0 ? new(both / inPrediction, both / inTruth) : null;
    }

    private static double Pairs(long voxels) => (double)voxels * (voxels - 1);
}
