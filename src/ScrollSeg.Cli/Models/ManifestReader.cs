using ScrollSeg.Cli.Downloads;

namespace ScrollSeg.Cli.Models;

/// <summary>Reads a manifest, checked before anything is done with it: all keys are there, and no others.</summary>
internal static class ManifestReader
{
    private static readonly string[] Keys = ["name", "what", "url", "bytes", "sha256", "license", "citation"];
    private static readonly string[] Extensions = [".pth", ".pt", ".safetensors"];

    /// <param name="yaml">The text.</param>
    /// <param name="source">What messages call it.</param>
    /// <exception cref="UsageException">It is no YAML, or not what a manifest is; names the line.</exception>
    public static ModelManifest Read(TextReader yaml, string source)
    {
        ManifestDocument manifest = ManifestDocument.Read(yaml, source, Keys);
        manifest.Require(Keys);
        return new ModelManifest(
            manifest.Name("name"), manifest.Text("what"), Address(manifest), manifest.Length("bytes"), manifest.Hash("sha256"),
            manifest.Text("license"), manifest.Text("citation"));
    }

    private static Uri Address(ManifestDocument manifest)
    {
        bool valid = Uri.TryCreate(manifest.Text("url"), UriKind.Absolute, out Uri? url)
            && ManifestDocument.IsSecure(url)
            && url.Segments[^1].All(c => char.IsAsciiLetterOrDigit(c) || c is '_' or '-' or '.')
            && Extensions.Contains(Path.GetExtension(url.Segments[^1]).ToLowerInvariant());
        return valid
            ? url!
            : throw manifest.Wrong(
                manifest.Scalar("url"),
                $"url '{manifest.Text("url")}': expected https://.. that ends in a file's name, {string.Join(", ", Extensions)}.");
    }
}
