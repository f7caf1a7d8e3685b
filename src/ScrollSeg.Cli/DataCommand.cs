using System.CommandLine;
using System.Globalization;
using System.Text.Json.Nodes;
using ScrollSeg.Cli.Data;
using ScrollSeg.Cli.Downloads;
using ScrollSeg.Cli.Models;
using ScrollSeg.Cli.Parsing;

namespace ScrollSeg.Cli;

/// <summary><c>scrollseg data list|pull|verify</c>: datasets that others publish, or a box of one.</summary>
internal static class DataCommand
{
    private static readonly Option<bool> Json = new("--json") { Description = "Print the result as JSON." };
    private static readonly Argument<string?> Shown = new("NAME")
    {
        Description = "Show this one in detail.",
        Arity = ArgumentArity.ZeroOrOne,
    };

    private static readonly Argument<string> Wanted = new("NAME") { Description = "One of `data list`, or a manifest of your own, FILE.yaml." };
    private static readonly Option<string?> Output = new("--output", "-o")
    {
        Description = "Folder to make. Default: the name, for Zarr with .zarr behind it, in this folder. Until all is there it is called OUTPUT.partial.",
        HelpName = "OUTPUT",
    };

    private static readonly Option<Region?> RegionWanted = ParsedOption.Create(
        "--region",
        Region.Form,
        "Only this part, in voxels of the level: of a Zarr the chunks that hold it, of numbered slices the files (z0:z1,:,:). Default: all of it.",
        Region.Parse);

    private static readonly Option<int?> Level = new("--level") { Description = "Which resolution of a Zarr, 0 the finest. Default: 0.", HelpName = "N" };
    private static readonly Option<string[]> Accepted = new(LicenceGate.OptionName)
    {
        Description = "Agree to these terms without being asked. Who agreed once is not asked again.",
        HelpName = "NAME",
    };

    private static readonly Argument<string[]> Places = new("OUTPUT")
    {
        Description = "What pull made.",
        Arity = ArgumentArity.OneOrMore,
    };

    public static Command Create()
    {
        Command list = new("list", "Lists the datasets that can be had. Example: scrollseg data list fragment1") { Shown, Json };
        list.SetAction(List);
        Command pull = new(
            "pull",
            "Fetches a dataset or a part of it. The same command again goes on where an earlier one ended, and a further part comes to what is there. " +
            "Example: scrollseg data pull scroll1a-7.91um --level 2 --region 0:256,512:1024,512:1024 -o box.zarr")
        {
            Wanted, RegionWanted, Level, Output, Accepted,
        };
        foreach (Option option in ReadingOptions.OfServers)
        {
            pull.Add(option);
        }

        pull.SetAction(PullAsync);
        Command verify = new("verify", "Compares what was pulled, chunk by chunk and file by file, with the hashes that it came with.") { Places, Json };
        verify.SetAction(VerifyAsync);
        return new Command("data", "Datasets that others publish: what there is, fetching, verifying.") { list, pull, verify };
    }

    private static int List(ParseResult args)
    {
        TextWriter output = args.InvocationConfiguration.Output;
        DatasetManifest[] manifests = args.GetValue(Shown) is string name
            ? [DatasetCatalog.Find(name)]
            : [.. DatasetCatalog.Names.Select(DatasetCatalog.Read)];
        if (args.GetValue(Json))
        {
            output.WriteLine(new JsonArray([.. manifests.Select(DatasetText.ToJson)]).ToJsonString());
        }
        else if (args.GetValue(Shown) is not null)
        {
            DatasetText.WriteDetails(manifests[0], output);
        }
        else
        {
            DatasetText.WriteTable(manifests, output);
            output.WriteLine($"Checkpoints, which pull fetches as `scrollseg models pull` does: {string.Join(", ", ModelCatalog.Names)}.");
        }

        return ExitCode.Done;
    }

    private static async Task<int> PullAsync(ParseResult args, CancellationToken cancellationToken)
    {
        string name = args.GetRequiredValue(Wanted);
        if (ModelCatalog.Names.Contains(name))
        {
            RefuseForCheckpoints(args);
            return await ModelsCommand.PullAsync([ModelCatalog.Find(name)], args.InvocationConfiguration, cancellationToken);
        }

        DatasetManifest manifest = DatasetCatalog.Find(name);
        TextWriter error = args.InvocationConfiguration.Error;
        if (manifest.Agreement is Agreement agreement)
        {
            LicenceGate.OfUser(error).Pass(agreement, args.GetValue(Accepted) ?? []);
        }

        string ending = manifest.Content is ZarrContent ? ".zarr" : "";
        string output = Path.TrimEndingDirectorySeparator(Path.GetFullPath(args.GetValue(Output) ?? manifest.Name + ending));
        PullRequest request = new(output, args.GetValue(RegionWanted), args.GetValue(Level));
        using HttpClient client = DownloadClient.Create();
        string path = await ProgressDisplay.RunAsync(error, progress => manifest.Content switch
        {
            ZarrContent zarr => ZarrPull.RunAsync(manifest, zarr, request, ReadingOptions.Of(args), progress, cancellationToken),
            FilesContent files => FilesPull.RunAsync(manifest, files, request, new ResumableDownload(client), progress, cancellationToken),
            _ => throw new NotSupportedException($"{manifest.Content.GetType().Name} is not pulled."),
        });
        error.WriteLine($"note: {manifest.Name}: {manifest.License}. Cite: {manifest.Citation}");
        args.InvocationConfiguration.Output.WriteLine(path);
        return ExitCode.Done;
    }

    private static void RefuseForCheckpoints(ParseResult args)
    {
        Option[] given = [.. new Option[] { RegionWanted, Level, Output }.Where(option => args.GetResult(option) is { Implicit: false })];
        if (given.Length > 0)
        {
            throw new UsageException($"{string.Join(", ", given.Select(option => option.Name))}: checkpoints go whole to the cache, where --model finds them.");
        }
    }

    private static async Task<int> VerifyAsync(ParseResult args, CancellationToken cancellationToken)
    {
        List<PullVerification> found = [];
        foreach (string place in args.GetRequiredValue(Places))
        {
            found.Add(await PullVerification.RunAsync(Path.TrimEndingDirectorySeparator(Path.GetFullPath(place)), cancellationToken));
        }

        TextWriter output = args.InvocationConfiguration.Output;
        if (args.GetValue(Json))
        {
            output.WriteLine(new JsonArray([.. found.Select(DatasetText.ToJson)]).ToJsonString());
        }
        else
        {
            foreach (PullVerification one in found)
            {
                string state = one.Problems.Count == 0
                    ? string.Create(CultureInfo.InvariantCulture, $"intact: {one.Objects} objects, {one.Absent} of them absent at the source, {one.Bytes} bytes")
                    : string.Join(Environment.NewLine + "  ", one.Problems.Prepend("NOT as it was pulled:"));
                output.WriteLine($"{one.Output} ({one.Name}): {state}");
            }
        }

        return found.All(one => one.Problems.Count == 0) ? ExitCode.Done : ExitCode.UnitsFailed;
    }
}
