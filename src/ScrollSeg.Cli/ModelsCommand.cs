using System.CommandLine;
using System.Globalization;
using System.Text.Json.Nodes;
using ScrollSeg.Cli.Downloads;
using ScrollSeg.Cli.Models;

namespace ScrollSeg.Cli;

/// <summary><c>scrollseg models list|pull|verify</c>: checkpoints that others publish.</summary>
internal static class ModelsCommand
{
    private static readonly Option<bool> Json = new("--json") { Description = "Print the result as JSON." };
    private static readonly Argument<string[]> Wanted = new("NAME")
    {
        Description = $"{string.Join(", ", ModelCatalog.Names)}, or a manifest of your own, FILE.yaml.",
        Arity = ArgumentArity.OneOrMore,
    };

    private static readonly Argument<string[]> Checked = new("NAME")
    {
        Description = "As for pull. Default: all that are known.",
        Arity = ArgumentArity.ZeroOrMore,
    };

    public static Command Create()
    {
        Command list = new("list", "Lists the checkpoints that can be had, and which are here.") { Json };
        list.SetAction(List);
        Command pull = new("pull", "Fetches checkpoints into your cache; goes on where an earlier try ended, and verifies before use.") { Wanted };
        pull.SetAction(PullAsync);
        Command verify = new("verify", "Compares the checkpoints in your cache with their manifests' hashes.") { Checked, Json };
        verify.SetAction(VerifyAsync);
        return new Command("models", "Checkpoints that others publish: what there is, fetching, verifying.") { list, pull, verify };
    }

    private static int List(ParseResult args)
    {
        ModelCache cache = ModelCache.OfUser();
        Print(args, [.. ModelCatalog.Names.Select(ModelCatalog.Read).Select(manifest => new Row(manifest, cache.Look(manifest), cache.PathOf(manifest)))]);
        return ExitCode.Done;
    }

    private static Task<int> PullAsync(ParseResult args, CancellationToken cancellationToken) =>
        PullAsync([.. args.GetRequiredValue(Wanted).Select(ModelCatalog.Find)], args.InvocationConfiguration, cancellationToken);

    /// <summary>Fetches checkpoints, for this verb and for <c>data</c>.</summary>
    public static async Task<int> PullAsync(
        IReadOnlyList<ModelManifest> manifests, InvocationConfiguration streams, CancellationToken cancellationToken)
    {
        using HttpClient client = DownloadClient.Create();
        foreach (ModelManifest manifest in manifests)
        {
            string path = await ProgressDisplay.RunAsync(
                streams.Error,
                progress => ModelCache.OfUser().PullAsync(manifest, new ResumableDownload(client), progress, cancellationToken));
            streams.Error.WriteLine($"note: {manifest.Name}: {manifest.License}. Cite: {manifest.Citation}");
            streams.Output.WriteLine(path);
        }

        return ExitCode.Done;
    }

    /// <summary>Fails if a file is altered or partial, and if one that was asked for by name is not here.</summary>
    private static async Task<int> VerifyAsync(ParseResult args, CancellationToken cancellationToken)
    {
        string[] wanted = args.GetValue(Checked) ?? [];
        ModelCache cache = ModelCache.OfUser();
        List<Row> rows = [];
        foreach (string name in wanted.Length > 0 ? wanted : ModelCatalog.Names)
        {
            ModelManifest manifest = ModelCatalog.Find(name);
            rows.Add(new Row(manifest, await cache.VerifyAsync(manifest, cancellationToken), cache.PathOf(manifest)));
        }

        Print(args, rows);
        bool good = rows.All(row => row.Found.State == CachedState.Here || (row.Found.State == CachedState.Absent && wanted.Length == 0));
        return good ? ExitCode.Done : ExitCode.BadInput;
    }

    private static void Print(ParseResult args, IReadOnlyList<Row> rows)
    {
        TextWriter output = args.InvocationConfiguration.Output;
        if (args.GetValue(Json))
        {
            output.WriteLine(new JsonArray([.. rows.Select(row => row.ToJson())]).ToJsonString());
            return;
        }

        foreach (Row row in rows)
        {
            output.WriteLine(row);
        }
    }

    private sealed record Row(ModelManifest Manifest, (CachedState State, long Bytes) Found, string Path)
    {
        public JsonObject ToJson() => new()
        {
            ["name"] = Manifest.Name,
            ["what"] = Manifest.What,
            ["state"] = Found.State.ToString().ToLowerInvariant(),
            ["bytes"] = Manifest.Bytes,
            ["bytesHere"] = Found.Bytes,
            ["sha256"] = Manifest.Sha256,
            ["url"] = Manifest.Url.ToString(),
            ["license"] = Manifest.License,
            ["citation"] = Manifest.Citation,
            ["path"] = Path,
        };

        public override string ToString() => string.Create(
            CultureInfo.InvariantCulture, $"{Manifest.Name,-12} {Manifest.Bytes / 1e6,6:0} MB  {Manifest.License,-10}  {State()}");

        private string State() => Found.State switch
        {
            CachedState.Here => Path,
            CachedState.Partial => $"{Path}: partial, {Found.Bytes} of {Manifest.Bytes} bytes (pull goes on from there)",
            CachedState.Altered => $"{Path}: ALTERED, {Found.Bytes} bytes of another hash or length (pull fetches it again)",
            _ => "not here",
        };
    }
}
