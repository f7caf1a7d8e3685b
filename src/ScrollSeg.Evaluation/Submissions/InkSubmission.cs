using System.Text;
using ScrollSeg.Segmentation;
using ScrollSeg.Volumes;

namespace ScrollSeg.Evaluation.Submissions;

/// <summary><c>submission.csv</c> of the 2023 ink contest: a row per fragment, its mask as <see cref="RunLengths"/>.</summary>
public static class InkSubmission
{
    private const string Header = "Id,Predicted";

    /// <summary>The file's text.</summary>
    /// <param name="masks">Names and masks of one slice each.</param>
    /// <param name="cancellationToken">Stops between masks.</param>
    /// <exception cref="InvalidRequestException">A mask has several slices, or is none.</exception>
    public static async Task<string> WriteAsync(IEnumerable<(string Id, VolumeReader Mask)> masks, CancellationToken cancellationToken = default)
    {
        StringBuilder text = new(Header + "\n");
        foreach ((string id, VolumeReader mask) in masks)
        {
            if (mask.Info.Shape.Z != 1)
            {
                throw new InvalidRequestException($"{mask.Info.Path} is {mask.Info.Shape}; an ink mask is one slice, [1, H, W].");
            }

            text.Append(id).Append(',').Append(RunLengths.Encode(await MaskRows.ReadSliceAsync(mask, 0, cancellationToken))).Append('\n');
        }

        return text.ToString();
    }

    /// <summary>The rows of a file.</summary>
    /// <exception cref="VolumeFormatException">The file has another form.</exception>
    public static IReadOnlyList<(string Id, string Runs)> Read(string path)
    {
        string[] lines = File.ReadAllLines(path);
        if (lines.Length == 0 || lines[0].Trim() != Header)
        {
            throw new VolumeFormatException(path, $"begins with '{(lines.Length == 0 ? "" : lines[0])}'; expected '{Header}'.");
        }

        List<(string, string)> rows = [];
        for (int i = 1; i < lines.Length; i++)
        {
            string[] fields = lines[i].Split(',');
            if (fields.Length != 2 || fields[0].Length == 0 || rows.Any(row => row.Item1 == fields[0]))
            {
                throw new VolumeFormatException(path, $"line {i + 1} is no row of its own: expected a new name, a comma and run lengths.");
            }

            rows.Add((fields[0], fields[1]));
        }

        return rows;
    }
}
