namespace ScrollSeg.Segmentation.Metrics.Objects;

/// <summary>How much the objects of prediction and truth say that is not in the other (Meila 2007), in bits, over the union of
/// foregrounds; background inside the union is an object too.</summary>
/// <param name="Split">H(prediction | truth): objects of the truth that the prediction breaks up.</param>
/// <param name="Merge">H(truth | prediction): objects of the truth that the prediction joins.</param>
public readonly record struct VariationOfInformation(double Split, double Merge)
{
    /// <summary>The sum of both; 0 if the objects are the same.</summary>
    public double Sum => Split + Merge;

    /// <summary>Measures; <see langword="null"/> if neither has foreground.</summary>
    public static VariationOfInformation? Of(ObjectTable table)
    {
        if (table.Voxels == 0)
        {
            return null;
        }

        (double split, double merge) = (0, 0);
        foreach ((ulong prediction, ulong truth, long voxels) in table.Cells)
        {
            double share = (double)voxels / table.Voxels;
            split += share * Math.Log2((double)table.Truths[truth] / voxels);
            merge += share * Math.Log2((double)table.Predictions[prediction] / voxels);
        }

        return new(split, merge);
    }
}
