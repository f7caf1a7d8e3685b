using System.Globalization;
using ScrollSeg.Volumes;

namespace ScrollSeg.Segmentation.Prompting;

/// <summary>
/// Prompts as a table with a header: a row for each click (<c>object,slice,x,y,label</c>) or box
/// (<c>object,slice,x0,y0,x1,y1</c>), all columns in one file if both are there. Rows with the same object and slice are one
/// object; an empty slice means every one.
/// </summary>
internal static class PromptCsv
{
    private static readonly string[] Columns = ["object", "slice", "x", "y", "label", "x0", "y0", "x1", "y1"];

    public static IReadOnlyList<PromptObject> Parse(string path, string text, int sliceCount)
    {
        string[] lines = text.ReplaceLineEndings("\n").Split('\n');
        string[] header = [.. lines[0].Split(',').Select(name => name.Trim())];
        if (Array.Find(header, name => !Columns.Contains(name)) is string unknown)
        {
            throw new VolumeFormatException(path, $"has the column '{unknown}'; known are {string.Join(", ", Columns)}.");
        }

        Dictionary<(string Object, int First, int Last), (List<PointPrompt> Points, BoxPrompt? Box)> found = [];
        for (int line = 1; line < lines.Length; line++)
        {
            if (!string.IsNullOrWhiteSpace(lines[line]))
            {
                Add(new Row(path, line + 1, header, lines[line].Split(',')), sliceCount, found);
            }
        }

        return [.. found.Select(entry => new PromptObject(entry.Key.First, entry.Key.Last, entry.Value.Points, entry.Value.Box))];
    }

    private static void Add(
        Row row, int sliceCount, Dictionary<(string Object, int First, int Last), (List<PointPrompt> Points, BoxPrompt? Box)> found)
    {
        bool isEverySlice = row.IsEmpty("slice");
        int slice = isEverySlice ? 0 : row.Whole("slice");
        (string, int, int) key = (row.Text("object"), slice, isEverySlice ? sliceCount - 1 : slice);
        (List<PointPrompt> Points, BoxPrompt? Box) before = found.TryGetValue(key, out (List<PointPrompt>, BoxPrompt?) known) ? known : ([], null);
        if (!row.IsEmpty("x0"))
        {
            if (before.Box is not null)
            {
                throw row.Wrong("is the second box of its object in its slice");
            }

            found[key] = (before.Points, new BoxPrompt(row.Number("x0"), row.Number("y0"), row.Number("x1"), row.Number("y1")));
            return;
        }

        double label = row.Number("label");
        before.Points.Add(label is 0 or 1
            ? new PointPrompt(row.Number("x"), row.Number("y"), label == 1)
            : throw row.Wrong("has a label that is neither 1 (on the object) nor 0 (beside it)"));
        found[key] = before;
    }

    /// <summary>One line, by the names of its columns.</summary>
    private sealed record Row(string Path, int Line, string[] Header, string[] Cells)
    {
        public string Text(string column)
        {
            int at = Array.IndexOf(Header, column);
            return at < 0 || at >= Cells.Length ? "" : Cells[at].Trim();
        }

        public bool IsEmpty(string column) => Text(column).Length == 0;

        public double Number(string column) =>
            double.TryParse(Text(column), NumberStyles.Float, CultureInfo.InvariantCulture, out double value) && double.IsFinite(value)
                ? value
                : throw Wrong($"has '{Text(column)}' in column {column}: expected a number");

        public int Whole(string column) => int.TryParse(Text(column), NumberStyles.None, CultureInfo.InvariantCulture, out int value)
            ? value
            : throw Wrong($"has '{Text(column)}' in column {column}: expected the number of a slice");

        public VolumeFormatException Wrong(string problem) => new(Path, $"line {Line} {problem}.");
    }
}
