namespace ScrollSeg.Segmentation.Metrics.Objects;

/// <summary>How many voxels each object of the prediction shares with each object of the truth. 0 stands for the background of
/// either; voxels that are background in both are not counted.</summary>
public sealed class ObjectTable
{
    /// <param name="cells">Voxels by object of the prediction and of the truth, 0 for background.</param>
    public ObjectTable(IEnumerable<((ulong Prediction, ulong Truth) Pair, long Voxels)> cells)
    {
        Dictionary<(ulong, ulong), long> sums = [];
        foreach (((ulong, ulong) pair, long voxels) in cells)
        {
            if (pair != (0, 0))
            {
                sums[pair] = sums.GetValueOrDefault(pair) + voxels;
            }
        }

        Cells = [.. sums.Select(cell => (cell.Key.Item1, cell.Key.Item2, cell.Value)).Order()];
        foreach ((ulong prediction, ulong truth, long voxels) in Cells)
        {
            Predictions[prediction] = Predictions.GetValueOrDefault(prediction) + voxels;
            Truths[truth] = Truths.GetValueOrDefault(truth) + voxels;
            Voxels += voxels;
        }
    }

    /// <summary>Voxels that two objects share, ordered by object.</summary>
    public IReadOnlyList<(ulong Prediction, ulong Truth, long Voxels)> Cells { get; }

    /// <summary>Voxels by object of the prediction; under 0 those of the truth's foreground that it does not have.</summary>
    public Dictionary<ulong, long> Predictions { get; } = [];

    /// <summary>Voxels by object of the truth; under 0 those of the prediction's foreground that it does not have.</summary>
    public Dictionary<ulong, long> Truths { get; } = [];

    /// <summary>Voxels of the union of both foregrounds.</summary>
    public long Voxels { get; }

    /// <summary>Objects of the prediction.</summary>
    public int PredictionCount => Predictions.Keys.Count(id => id != 0);

    /// <summary>Objects of the truth.</summary>
    public int TruthCount => Truths.Keys.Count(id => id != 0);
}
