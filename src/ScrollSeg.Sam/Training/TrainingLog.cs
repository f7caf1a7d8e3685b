using System.Globalization;
using System.Text;

namespace ScrollSeg.Sam.Training;

/// <summary>A table of numbers by step, as a CSV file that only grows; after a restart its rows beyond the checkpoint go.</summary>
internal sealed class TrainingLog
{
    private readonly string _path;

    /// <param name="path">The file.</param>
    /// <param name="columns">Names, after <c>step</c>.</param>
    /// <param name="done">Rows of later steps are dropped.</param>
    public TrainingLog(string path, IReadOnlyList<string> columns, long done)
    {
        _path = path;
        string head = "step," + string.Join(',', columns);
        IEnumerable<string> rows = File.Exists(path) ? File.ReadLines(path).Skip(1).Where(row => StepOf(row) <= done) : [];
        string[] kept = [head, .. rows];
        File.WriteAllLines(path, kept);
    }

    /// <summary>Adds a row.</summary>
    public void Add(long step, params ReadOnlySpan<double> values)
    {
        StringBuilder row = new(step.ToString(CultureInfo.InvariantCulture));
        foreach (double value in values)
        {
            row.Append(CultureInfo.InvariantCulture, $",{value:G6}");
        }

        File.AppendAllText(_path, row.Append('\n').ToString());
    }

    /// <summary>A column's numbers by step; the column of steps is not counted.</summary>
    public IReadOnlyList<(long Step, double Value)> Column(int index) => [.. File.ReadLines(_path).Skip(1).Select(row =>
        (StepOf(row), double.Parse(row.Split(',')[index + 1], CultureInfo.InvariantCulture)))];

    private static long StepOf(string row) =>
        long.TryParse(row.Split(',')[0], CultureInfo.InvariantCulture, out long step) ? step : long.MaxValue;
}
