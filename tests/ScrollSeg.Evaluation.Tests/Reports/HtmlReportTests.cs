using System.Globalization;
using System.Text.RegularExpressions;
using ScrollSeg.Evaluation.Reports;

namespace ScrollSeg.Evaluation.Tests.Reports;

public sealed partial class HtmlReportTests
{
    private static readonly RunSummary Summary = new(
        "A <run> & its page",
        "What \"this\" is.",
        "scrollseg demo --seed 1",
        [("Three slices", [1, 2, 3])],
        [("Score", [("Dice", "0.500"), ("model", "otsu<script>")])]);

    [Fact]
    public void Write_AnyText_IsEncoded()
    {
        string page = Write(Summary);

        Assert.Contains("A &lt;run&gt; &amp; its page", page, StringComparison.Ordinal);
        Assert.Contains("otsu&lt;script&gt;", page, StringComparison.Ordinal);
        Assert.DoesNotContain("<script", page, StringComparison.Ordinal);
    }

    [Fact]
    public void Write_Page_NeedsNothingButItself()
    {
        string page = Write(Summary);

        Assert.Contains($"src=\"data:image/png;base64,{Convert.ToBase64String([1, 2, 3])}\"", page, StringComparison.Ordinal);
        Assert.Empty(Links().Matches(page));
    }

    [Fact]
    public void Write_Elements_AreClosed()
    {
        string page = Write(Summary);

        foreach (string element in new[] { "html", "table", "tr", "td", "figure", "h2", "p", "code", "style", "title" })
        {
            Assert.Equal(Regex.Count(page, $"<{element}[ >]"), Regex.Count(page, $"</{element}>"));
        }
    }

    private static string Write(RunSummary summary)
    {
        using StringWriter page = new(CultureInfo.InvariantCulture);
        HtmlReport.Write(summary, page);
        return page.ToString();
    }

    [GeneratedRegex("(src|href)=\"(?!data:)|url\\(|@import")]
    private static partial Regex Links();
}
