using System.CommandLine;
using ScrollSeg.Segmentation;

namespace ScrollSeg.Cli.Parsing;

/// <summary><c>--embeddings</c> and <c>--embeddings-size</c>, the same for every verb that encodes images.</summary>
internal static class EmbeddingsOption
{
    public static Option<string?> Folder() => new("--embeddings")
    {
        Description = "Folder in which image embeddings are kept, rounded to 16 bits: a later run with other prompts or thresholds "
            + "skips the encoder. What comes out is the same whether they were there or not.",
        HelpName = "DIR",
    };

    public static Option<long?> Size() => ParsedOption.Create<long?>(
        "--embeddings-size",
        "BYTES",
        $"Bytes that this folder may hold; those unused for longest make room. Default {ByteSize.Format(new ModelSettings().EmbeddingsBytes)}.",
        text => ByteSize.Parse(text));

    /// <exception cref="UsageException">A size without a folder.</exception>
    public static ModelSettings Apply(ParseResult args, Option<string?> folder, Option<long?> size, ModelSettings settings)
    {
        if (args.GetValue(folder) is null && args.GetValue(size) is not null)
        {
            throw new UsageException("--embeddings-size: is a limit of --embeddings DIR; add the folder or leave it out.");
        }

        return settings with
        {
            Embeddings = args.GetValue(folder),
            EmbeddingsBytes = args.GetValue(size) ?? settings.EmbeddingsBytes,
        };
    }
}
