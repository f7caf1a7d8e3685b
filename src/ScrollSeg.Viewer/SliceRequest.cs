using System.Globalization;
using Microsoft.AspNetCore.Http;
using ScrollSeg.Volumes;

namespace ScrollSeg.Viewer;

/// <summary>What a path such as <c>/slice/z/12.png?low=10&amp;high=200</c> asks for, checked against the volume.</summary>
/// <param name="Axis">The axis that the slice is perpendicular to.</param>
/// <param name="Index">Position along it, in voxels.</param>
/// <param name="Level">The resolution asked for; <see langword="null"/>: as fits.</param>
/// <param name="Window">What is shown as black and white.</param>
internal sealed record SliceRequest(Axis Axis, int Index, int? Level, GreyWindow Window)
{
    private const string Extension = ".png";

    /// <summary>Reads a request.</summary>
    /// <exception cref="RequestException">400: it cannot be understood. 404: there is no such slice or level.</exception>
    public static SliceRequest Parse(string axis, string file, IQueryCollection query, ViewedVolume volume)
    {
        Axis along = axis switch
        {
            "z" => Axis.Z,
            "y" => Axis.Y,
            "x" => Axis.X,
            _ => throw Bad($"'{axis}' is no axis: expected z, y or x."),
        };
        int index = file.EndsWith(Extension, StringComparison.Ordinal)
            ? Whole(file[..^Extension.Length], "slice")
            : throw Bad($"'{file}' is no slice: expected a number and {Extension}.");
        int? level = query["level"] is [string text] ? Whole(text, "level") : null;
        GreyWindow window = new(
            Number(query["low"], "low") ?? volume.Window.Low, Number(query["high"], "high") ?? volume.Window.High);

        return (index < volume.Shape[along], level is null || level < volume.LevelCount, window.High > window.Low) switch
        {
            (false, _, _) => throw Missing($"There is no slice {index} along {axis}: the volume is {volume.Shape} voxels (z, y, x)."),
            (_, false, _) => throw Missing($"There is no level {level}: the volume has {volume.LevelCount}, from 0."),
            (_, _, false) => throw Bad(string.Create(
                CultureInfo.InvariantCulture, $"low {window.Low} is not below high {window.High}.")),
            _ => new SliceRequest(along, index, level, window),
        };
    }

    private static int Whole(string text, string what) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int number)
            ? number
            : throw Bad($"'{text}' is no {what}: expected a whole number from 0.");

    private static double? Number(IEnumerable<string?> values, string what) => values.ToArray() switch
    {
        [] => null,
        [string text] when double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double number) &&
            double.IsFinite(number) => number,
        string?[] several => throw Bad($"{what}={string.Join(',', several)}: expected one number."),
    };

    private static RequestException Bad(string message) => new(StatusCodes.Status400BadRequest, message);

    private static RequestException Missing(string message) => new(StatusCodes.Status404NotFound, message);
}
