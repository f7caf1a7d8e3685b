using ScrollSeg.Segmentation;
using ScrollSeg.Segmentation.Metrics;

namespace ScrollSeg.Evaluation.Experiments;

/// <summary>What an experiment runs: every combination of the axes' values, on every volume, with every seed.</summary>
public sealed record ExperimentMatrix
{
    /// <summary>What it is called.</summary>
    public required string Name { get; init; }

    /// <summary>What it is to find out, for the report.</summary>
    public string Question { get; init; } = "";

    /// <summary>The volumes.</summary>
    public required IReadOnlyList<ExperimentData> Data { get; init; }

    /// <summary>What is varied. Default nothing: one combination.</summary>
    public IReadOnlyList<MatrixAxis> Axes { get; init; } = [];

    /// <summary>Options of <c>segment</c> that all have.</summary>
    public IReadOnlyList<(string Option, string Value)> Fixed { get; init; } = [];

    /// <summary>Combinations that are left out: those that have all values of an entry.</summary>
    public IReadOnlyList<IReadOnlyList<(string Axis, string Value)>> Exclude { get; init; } = [];

    /// <summary>Each combination is run once with each. Default 0.</summary>
    public IReadOnlyList<int> Seeds { get; init; } = [0];

    /// <summary>Probabilities from which on a voxel is foreground; a run is scored at each. Default 0.5.</summary>
    public IReadOnlyList<double> Thresholds { get; init; } = [0.5];

    /// <summary>What is measured.</summary>
    public MetricSettings Metrics { get; init; } = new();

    /// <summary>The metric that combinations are ranked by: a name in the results. Default the first one.</summary>
    public string? RankBy { get; init; }

    /// <summary>Whether what the encoder made of a tile is kept for the combinations that differ only in what comes later.</summary>
    public bool SharesEmbeddings { get; init; }

    /// <summary>All rows, in the order in which they are run: volumes, combinations, seeds.</summary>
    /// <exception cref="InvalidRequestException">Two values of a row set the same option; names the row.</exception>
    public IReadOnlyList<ExperimentRow> Rows()
    {
        List<ExperimentRow> rows = [];
        foreach (ExperimentData data in Data)
        {
            foreach (IReadOnlyList<(string Axis, MatrixValue Value)> combination in Combinations())
            {
                foreach (int seed in Seeds)
                {
                    rows.Add(RowOf(data, combination, seed));
                }
            }
        }

        return rows;
    }

    private IEnumerable<IReadOnlyList<(string Axis, MatrixValue Value)>> Combinations()
    {
        IEnumerable<IReadOnlyList<(string Axis, MatrixValue Value)>> combinations = [[]];
        foreach (MatrixAxis axis in Axes)
        {
            combinations = combinations.SelectMany(
                combination => axis.Values,
                (combination, value) => (IReadOnlyList<(string, MatrixValue)>)[.. combination, (axis.Name, value)]);
        }

        return combinations.Where(combination => !Exclude.Any(
            entry => entry.All(wanted => combination.Any(have => have.Axis == wanted.Axis && have.Value.Name == wanted.Value))));
    }

    private ExperimentRow RowOf(ExperimentData data, IReadOnlyList<(string Axis, MatrixValue Value)> combination, int seed)
    {
        IReadOnlyList<(string, string)> options = [.. Fixed, .. combination.SelectMany(part => part.Value.Options)];
        ExperimentRow row = new(data, [.. combination.Select(part => (part.Axis, part.Value.Name))], seed, options);
        string? twice = row.Options.GroupBy(option => option.Option is "train" ? "model" : option.Option)
            .FirstOrDefault(group => group.Count() > 1)?.Key;
        return twice is null
            ? row
            : throw new InvalidRequestException($"{row.Title}: --{twice} is set twice. Name it in one axis only, or exclude the combination.");
    }
}
