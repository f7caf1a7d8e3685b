namespace ScrollSeg.Evaluation.Reports;

/// <summary>What a run's page shows; every figure comes from the run's records.</summary>
/// <param name="Title">What was run.</param>
/// <param name="Introduction">One or two sentences for somebody who sees such a page for the first time.</param>
/// <param name="Command">The command that makes it again.</param>
/// <param name="Pictures">Pictures with a caption each, as PNG.</param>
/// <param name="Sections">Tables of names and values, each under a heading.</param>
public sealed record RunSummary(
    string Title,
    string Introduction,
    string Command,
    IReadOnlyList<(string Caption, byte[] Png)> Pictures,
    IReadOnlyList<(string Heading, IReadOnlyList<(string Name, string Value)> Rows)> Sections);
