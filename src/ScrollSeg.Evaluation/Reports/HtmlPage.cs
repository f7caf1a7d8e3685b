using System.Net;
using System.Text;
using ScrollSeg.Volumes.Images;

namespace ScrollSeg.Evaluation.Reports;

/// <summary>A page that needs nothing but itself: no network, no scripts, readable on a telephone and on paper.</summary>
public sealed class HtmlPage
{
    private const string Style = """
        body { font: 16px/1.5 system-ui, sans-serif; max-width: 76rem; margin: 2rem auto; padding: 0 1rem; color: #1b1b1b; background: #fff; }
        h1 { font-size: 1.6rem; } h2 { font-size: 1.2rem; margin-top: 2.2rem; } h3 { font-size: 1rem; }
        .wide { overflow-x: auto; } table { border-collapse: collapse; font-size: .9rem; }
        th, td { padding: .25rem .7rem .25rem 0; vertical-align: top; text-align: left; } th { border-bottom: 2px solid #999; font-weight: 600; }
        td { border-bottom: 1px solid #ddd; min-width: 3rem; } .number { text-align: right; white-space: nowrap; font-variant-numeric: tabular-nums; }
        .pairs td { overflow-wrap: anywhere; } .pairs td:first-child { overflow-wrap: normal; color: #555; }
        tr.best td { background: #fdf3dc; } .what { color: #555; } code { font-size: .85rem; background: #f2f2f2; padding: .1rem .3rem; overflow-wrap: anywhere; }
        figure { margin: 1.2rem 0; } figcaption { color: #555; font-size: .9rem; } img { max-width: 100%; height: auto; image-rendering: pixelated; }
        svg { width: 100%; max-width: 52rem; height: auto; font: 12px system-ui, sans-serif; } svg .grid { stroke: #ddd; } svg .label { font-size: 11px; }
        details { margin: .3rem 0; } summary { cursor: pointer; }
        @media print { body { margin: 0; max-width: none; font-size: 11pt; } figure, tr { break-inside: avoid; } .wide { overflow: visible; } }
        """;

    private readonly StringBuilder _body = new();
    private readonly string _title;

    /// <param name="title">What the page is about.</param>
    public HtmlPage(string title)
    {
        _title = title;
        _body.Append($"<h1>{Encode(title)}</h1>\n");
    }

    /// <summary>Begins a part.</summary>
    public void Heading(string text) => _body.Append($"<h2>{Encode(text)}</h2>\n");

    /// <summary>Adds sentences.</summary>
    public void Paragraph(string text) => _body.Append($"<p>{Encode(text)}</p>\n");

    /// <summary>Adds sentences that explain, in grey.</summary>
    public void Note(string text) => _body.Append($"<p class=\"what\">{Encode(text)}</p>\n");

    /// <summary>Adds a table.</summary>
    /// <param name="columns">Headings; those that begin with # hold numbers.</param>
    /// <param name="rows">Cells, and whether the row is marked.</param>
    public void Table(IReadOnlyList<string> columns, IEnumerable<(IReadOnlyList<string> Cells, bool IsMarked)> rows)
    {
        bool[] numbers = [.. columns.Select(column => column.StartsWith('#'))];
        _body.Append("<div class=\"wide\"><table>\n<tr>");
        foreach (string column in columns)
        {
            _body.Append($"<th{ClassOf(column.StartsWith('#'))}>{Encode(column.TrimStart('#'))}</th>");
        }

        _body.Append("</tr>\n");
        foreach ((IReadOnlyList<string> cells, bool isMarked) in rows)
        {
            _body.Append(isMarked ? "<tr class=\"best\">" : "<tr>");
            for (int i = 0; i < cells.Count; i++)
            {
                _body.Append($"<td{ClassOf(numbers[i])}>{Encode(cells[i])}</td>");
            }

            _body.Append("</tr>\n");
        }

        _body.Append("</table></div>\n");
    }

    /// <summary>Adds names with a value each, however long.</summary>
    public void Pairs(IEnumerable<(string Name, string Value)> pairs)
    {
        _body.Append("<table class=\"pairs\">\n");
        foreach ((string name, string value) in pairs)
        {
            _body.Append($"<tr><td>{Encode(name)}</td><td>{Encode(value)}</td></tr>\n");
        }

        _body.Append("</table>\n");
    }

    /// <summary>Adds something long, closed until it is wanted.</summary>
    public void Folded(string summary, Action<HtmlPage> write)
    {
        _body.Append($"<details><summary>{Encode(summary)}</summary>\n");
        write(this);
        _body.Append("</details>\n");
    }

    /// <summary>Adds a chart.</summary>
    public void Chart(string svg, string caption) => _body.Append($"<figure>{svg}<figcaption>{Encode(caption)}</figcaption></figure>\n");

    /// <summary>Adds a picture.</summary>
    public void Picture(PixelImage picture, string caption) => _body.Append(
        $"<figure><img alt=\"{Encode(caption)}\" width=\"{picture.Width}\" height=\"{picture.Height}\" src=\"data:image/png;base64,{Convert.ToBase64String(PngFile.Encode(picture))}\"><figcaption>{Encode(caption)}</figcaption></figure>\n");

    /// <summary>Adds text that is opened by a click.</summary>
    public void Details(string summary, string code) =>
        _body.Append($"<details><summary>{Encode(summary)}</summary><code>{Encode(code)}</code></details>\n");

    /// <summary>Adds a command.</summary>
    public void Command(string command) => _body.Append($"<p><code>{Encode(command)}</code></p>\n");

    /// <summary>The page.</summary>
    public override string ToString() => $"""
        <!doctype html>
        <html lang="en">
        <head>
        <meta charset="utf-8">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <title>{Encode(_title)}</title>
        <style>
        {Style}
        </style>
        </head>
        <body>
        {_body}
        </body>
        </html>

        """;

    private static string ClassOf(bool isNumber) => isNumber ? " class=\"number\"" : "";

    private static string Encode(string text) => WebUtility.HtmlEncode(text);
}
