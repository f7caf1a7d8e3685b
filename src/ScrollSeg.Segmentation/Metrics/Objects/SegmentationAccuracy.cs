namespace ScrollSeg.Segmentation.Metrics.Objects;

/// <summary>How many objects are found: TP / (TP + FP + FN) where a prediction and a truth are a pair if their IoU is at least a
/// threshold. Each object is in at most one pair.</summary>
/// <remarks>From 0.5 on a pair has no rival but at 0.5 itself, where an object may consist of two that are its halves: any one of
/// them is taken, and the counts are the same.</remarks>
public static class SegmentationAccuracy
{
    /// <summary>Accuracy at a threshold; <see langword="null"/> if neither has objects.</summary>
    /// <param name="table">What the objects share.</param>
    /// <param name="threshold">From 0.5 to 1.</param>
    public static double? At(ObjectTable table, double threshold)
    {
        if (!(threshold >= 0.5 && threshold <= 1))
        {
            throw new ArgumentOutOfRangeException(nameof(threshold), threshold, "Below 0.5 an object may have several partners.");
        }

        HashSet<ulong> predictions = [];
        HashSet<ulong> truths = [];
        foreach ((ulong prediction, ulong truth, long voxels) in table.Cells)
        {
            if (prediction == 0 || truth == 0)
            {
                continue;
            }

            long union = table.Predictions[prediction] + table.Truths[truth] - voxels;
            if (voxels >= threshold * union && !predictions.Contains(prediction) && !truths.Contains(truth))
            {
                predictions.Add(prediction);
                truths.Add(truth);
            }
        }

        int all = table.PredictionCount + table.TruthCount - predictions.Count;
        return all == 0 ? null : (double)predictions.Count / all;
    }

    /// <summary>Mean of the accuracies at 0.50, 0.55 .. 0.95; <see langword="null"/> if neither has objects.</summary>
    public static double? Mean(ObjectTable table)
    {
        double? sum = 0;
        for (int step = 0; step < 10; step++)
        {
            sum += At(table, (50 + (5 * step)) / 100.0);
        }

        return sum / 10;
    }
}
