using System.Net;

namespace ScrollSeg.Evaluation.Reports;

/// <summary>One HTML page that needs nothing but itself: no network, no scripts, readable on paper.</summary>
public static class HtmlReport
{
    private const string Style = """
        body { font: 16px/1.5 system-ui, sans-serif; max-width: 62rem; margin: 2rem auto; padding: 0 1rem; color: #1b1b1b; background: #fff; }
        h1 { font-size: 1.6rem; } h2 { font-size: 1.15rem; margin-top: 2rem; }
        table { border-collapse: collapse; } td { padding: .2rem 1.5rem .2rem 0; vertical-align: top; }
        tr + tr td { border-top: 1px solid #ddd; } td:first-child { color: #555; white-space: nowrap; }
        td:last-child { font-variant-numeric: tabular-nums; overflow-wrap: anywhere; }
        figure { margin: 1.5rem 0; } img { max-width: 100%; height: auto; image-rendering: pixelated; } figcaption { color: #555; }
        code { background: #f2f2f2; padding: .1rem .3rem; overflow-wrap: anywhere; }
        @media print { body { margin: 0; max-width: none; } figure, table { break-inside: avoid; } }
        """;

    /// <summary>Writes the page.</summary>
    public static void Write(RunSummary summary, TextWriter page)
    {
        page.Write($"""
            <!doctype html>
            <html lang="en">
            <meta charset="utf-8">
            <meta name="viewport" content="width=device-width, initial-scale=1">
            <title>{Encode(summary.Title)}</title>
            <style>
            {Style}
            </style>
            <h1>{Encode(summary.Title)}</h1>
            <p>{Encode(summary.Introduction)}</p>

            """);
        foreach ((string caption, byte[] png) in summary.Pictures)
        {
            page.Write($"""
                <figure>
                <img alt="{Encode(caption)}" src="data:image/png;base64,{Convert.ToBase64String(png)}">
                <figcaption>{Encode(caption)}</figcaption>
                </figure>

                """);
        }

        foreach ((string heading, IReadOnlyList<(string Name, string Value)> rows) in summary.Sections)
        {
            page.Write($"<h2>{Encode(heading)}</h2>\n<table>\n");
            foreach ((string name, string value) in rows)
            {
                page.Write($"<tr><td>{Encode(name)}</td><td>{Encode(value)}</td></tr>\n");
            }

            page.Write("</table>\n");
        }

        page.Write($"<h2>Again</h2>\n<p><code>{Encode(summary.Command)}</code></p>\n</html>\n");
    }

    private static string Encode(string text) => WebUtility.HtmlEncode(text);
}
