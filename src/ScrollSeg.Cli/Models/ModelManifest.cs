namespace ScrollSeg.Cli.Models;

/// <summary>Where a checkpoint comes from and how to know it.</summary>
/// <param name="Name">What <c>--model</c> calls it.</param>
/// <param name="What">What it is, in a line.</param>
/// <param name="Url">Where its publisher keeps it.</param>
/// <param name="Bytes">Its length.</param>
/// <param name="Sha256">Its hash, in lower-case hexadecimal.</param>
/// <param name="License">SPDX identifier of the weights' licence.</param>
/// <param name="Citation">What to cite when results are published.</param>
internal sealed record ModelManifest(
    string Name, string What, Uri Url, long Bytes, string Sha256, string License, string Citation)
{
    /// <summary>The file's name, as its publisher gave it.</summary>
    public string FileName => Url.Segments[^1];
}
