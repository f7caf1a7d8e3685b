using System.Globalization;
using System.Net;
using System.Text;

namespace ScrollSeg.Evaluation.Reports;

/// <summary>A chart as inline SVG: axes with round numbers, points with error bars, lines and bars. Series differ in shape or dashes as well as in
/// colour, so that it reads in print and to everybody.</summary>
public sealed class SvgChart
{
    private const int Width = 720;
    private const int Height = 360;
    private const int Left = 64;
    private const int Right = 16;
    private const int Top = 14;
    private const int Bottom = 46;

    /// <summary>Told apart by people who confuse colours (Okabe and Ito, 2008); the last is black.</summary>
    private static readonly string[] Colours = ["#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000"];

    private static readonly string[] Dashes = ["", "7 3", "2 2", "9 3 2 3", "5 5", "1 4", "12 4"];

    private readonly StringBuilder _marks = new();
    private readonly (double Low, double High) _x;
    private readonly (double Low, double High) _y;
    private readonly string _xName;
    private readonly string _yName;

    /// <param name="xName">What is along the bottom, with its unit.</param>
    /// <param name="yName">What is along the left.</param>
    /// <param name="x">The values to make room for.</param>
    /// <param name="y">The values to make room for.</param>
    public SvgChart(string xName, string yName, IEnumerable<double> x, IEnumerable<double> y)
    {
        (_xName, _yName) = (xName, yName);
        (_x, _y) = (RangeOf([.. x]), RangeOf([.. y]));
    }

    /// <summary>Adds a point with a number beside it and an interval around it.</summary>
    public void AddPoint(double x, double y, double? halfWidth, string label, bool isMarked)
    {
        (double px, double py) = (X(x), Y(y));
        if (halfWidth is double half)
        {
            Mark($"<line x1='{N(px)}' x2='{N(px)}' y1='{N(Y(Math.Max(_y.Low, y - half)))}' y2='{N(Y(Math.Min(_y.High, y + half)))}' stroke='#777'/>");
        }

        Mark(isMarked
            ? $"<rect x='{N(px - 5)}' y='{N(py - 5)}' width='10' height='10' fill='{Colours[1]}' transform='rotate(45 {N(px)} {N(py)})'/>"
            : $"<circle cx='{N(px)}' cy='{N(py)}' r='4.5' fill='{Colours[0]}'/>");
        Mark($"<text x='{N(px + 8)}' y='{N(py - 6)}' class='label'>{Encode(label)}</text>");
    }

    /// <summary>Adds a line.</summary>
    /// <param name="points">Its corners.</param>
    /// <param name="series">Which series it is: decides colour and dashes.</param>
    public void AddLine(IEnumerable<(double X, double Y)> points, int series) => Mark(
        $"<polyline fill='none' stroke='{Colours[series % Colours.Length]}' stroke-width='2' stroke-dasharray='{Dashes[series % Dashes.Length]}' points='{string.Join(' ', points.Select(p => $"{N(X(p.X))},{N(Y(p.Y))}"))}'/>");

    /// <summary>Adds a line as a stair: each value over an equal part of 0..1.</summary>
    public void AddSteps(IReadOnlyList<double> values, int series) => AddLine(
        values.SelectMany((value, i) => new[] { ((double)i / values.Count, value), ((i + 1.0) / values.Count, value) }), series);

    /// <summary>The chart.</summary>
    /// <param name="legend">Names of the series, the first one's first.</param>
    public string ToSvg(params IReadOnlyList<string> legend)
    {
        StringBuilder svg = new();
        svg.Append(CultureInfo.InvariantCulture, $"<svg viewBox='0 0 {Width} {Height + (18 * legend.Count)}' role='img' aria-label='{Encode($"{_yName} against {_xName}")}'>");
        foreach (double tick in Ticks(_x))
        {
            svg.Append($"<line x1='{N(X(tick))}' x2='{N(X(tick))}' y1='{Top}' y2='{Height - Bottom}' class='grid'/><text x='{N(X(tick))}' y='{Height - Bottom + 18}' text-anchor='middle'>{Number(tick)}</text>");
        }

        foreach (double tick in Ticks(_y))
        {
            svg.Append($"<line x1='{Left}' x2='{Width - Right}' y1='{N(Y(tick))}' y2='{N(Y(tick))}' class='grid'/><text x='{Left - 8}' y='{N(Y(tick) + 4)}' text-anchor='end'>{Number(tick)}</text>");
        }

        svg.Append($"<text x='{(Left + Width - Right) / 2}' y='{Height - 8}' text-anchor='middle'>{Encode(_xName)}</text>");
        svg.Append($"<text x='14' y='{(Top + Height - Bottom) / 2}' text-anchor='middle' transform='rotate(-90 14 {(Top + Height - Bottom) / 2})'>{Encode(_yName)}</text>");
        svg.Append(_marks);
        for (int i = 0; i < legend.Count; i++)
        {
            int y = Height + (18 * i) + 8;
            svg.Append($"<line x1='{Left}' x2='{Left + 40}' y1='{y}' y2='{y}' stroke='{Colours[i % Colours.Length]}' stroke-width='2' stroke-dasharray='{Dashes[i % Dashes.Length]}'/><text x='{Left + 50}' y='{y + 4}'>{Encode(legend[i])}</text>");
        }

        return svg.Append("</svg>").ToString();
    }

    /// <summary>Steps of 1, 2 or 5 times a power of ten.</summary>
    private static IEnumerable<double> Ticks((double Low, double High) range)
    {
        double rough = (range.High - range.Low) / 6;
        double power = Math.Pow(10, Math.Floor(Math.Log10(rough)));
        double step = power * (rough / power < 1.5 ? 1 : rough / power < 3.5 ? 2 : rough / power < 7.5 ? 5 : 10);
        for (double tick = Math.Ceiling(range.Low / step) * step; tick <= range.High + (step * 1e-9); tick += step)
        {
            yield return Math.Abs(tick) < step * 1e-9 ? 0 : tick;
        }
    }

    private static (double Low, double High) RangeOf(double[] values)
    {
        double[] finite = [.. values.Where(double.IsFinite)];
        (double low, double high) = finite.Length == 0 ? (0, 1) : (finite.Min(), finite.Max());
        double room = high > low ? 0.06 * (high - low) : Math.Max(0.01, Math.Abs(high) * 0.1);
        return (low >= 0 && low - room < 0 ? 0 : low - room, high + room);
    }

    private double X(double value) => Left + ((value - _x.Low) / (_x.High - _x.Low) * (Width - Left - Right));

    private double Y(double value) => Height - Bottom - ((value - _y.Low) / (_y.High - _y.Low) * (Height - Top - Bottom));

    private void Mark(string svg) => _marks.Append(svg);

    private static string N(double value) => value.ToString("0.0", CultureInfo.InvariantCulture);

    private static string Number(double value) => value.ToString("0.####", CultureInfo.InvariantCulture);

    private static string Encode(string text) => WebUtility.HtmlEncode(text);
}
