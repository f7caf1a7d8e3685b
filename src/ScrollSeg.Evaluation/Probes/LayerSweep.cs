using System.Globalization;
using ScrollSeg.Evaluation.Experiments;
using ScrollSeg.Segmentation;
using ScrollSeg.Segmentation.Metrics;

namespace ScrollSeg.Evaluation.Probes;

/// <summary>Which layers of a flattened stack a model should see, and in which order: windows of some layers at every height, upwards and
/// downwards, as an experiment. Wrong layers or a wrong direction ruin a result in silence.</summary>
public static class LayerSweep
{
    /// <summary>Makes the matrix.</summary>
    /// <param name="data">A flattened stack with its truth of one slice.</param>
    /// <param name="layers">Layers of the stack.</param>
    /// <param name="width">Layers in a window.</param>
    /// <param name="step">Layers from one window to the next.</param>
    /// <param name="options">Further options of <c>segment</c>.</param>
    /// <exception cref="InvalidRequestException">The stack has fewer layers than a window.</exception>
    public static ExperimentMatrix Of(ExperimentData data, int layers, int width, int step, IReadOnlyList<(string Option, string Value)> options)
    {
        if (width < 1 || step < 1 || width > layers)
        {
            throw new InvalidRequestException($"Windows of {width} layers, {step} apart, do not fit in {layers} layers.");
        }

        List<MatrixValue> windows = [];
        for (int first = 0; first + width <= layers; first += step)
        {
            windows.Add(new MatrixValue(
                $"{first}..{first + width - 1}", [("first", Number(first)), ("last", Number(first + width - 1)), ("channels", Number(width))]));
        }

        MatrixValue[] directions = width > 1
            ? [new("up", [("direction", "up")]), new("down", [("direction", "down")])]
            : [new("up", [("direction", "up")])];
        return new ExperimentMatrix
        {
            Name = $"Layers of {data.Name}",
            Question = $"Which {width} layers should the model see together, and in which order?",
            Data = [data],
            Axes = [new("layers", windows), new("direction", directions)],
            Fixed = [("strategy", "window"), .. options],
            Metrics = new MetricSettings { Metrics = ["average-precision", "f0.5", "dice"] },
            RankBy = "average-precision",
        };
    }

    private static string Number(int value) => value.ToString(CultureInfo.InvariantCulture);
}
