using System.CommandLine;
using System.Globalization;
using System.Text.Json.Nodes;
using ScrollSeg.Segmentation.Runs;

namespace ScrollSeg.Cli.RunVerbs;

/// <summary><c>scrollseg retry-list --run DIR</c>: what is still to be done, in a form that scripts and array jobs take.</summary>
internal static class RetryListCommand
{
    private static readonly Option<string> Run = RunOption.Create();
    private static readonly Option<int?> Shards = new("--shards")
    {
        Description = "Print the shards, of so many, that have a unit missing, as an array expression: 0,3-5.",
    };

    private static readonly Option<int> Most = new("--max-array-size")
    {
        Description = "Most shards in one expression; further ones follow on further lines.",
        DefaultValueFactory = _ => 1000,
    };

    private static readonly Option<bool> Json = new("--json") { Description = "Print the units as JSON." };

    public static Command Create()
    {
        foreach (Option<int> option in new[] { Most })
        {
            option.Validators.Add(result => Refuse(result.GetValueOrDefault<int>(), "--max-array-size", result.AddError));
        }

        Shards.Validators.Add(result => Refuse(result.GetValueOrDefault<int?>() ?? 1, "--shards", result.AddError));
        Command command = new("retry-list", "Lists the units that are not done, or the shards that hold them.") { Run, Shards, Most, Json };
        command.SetAction(Print);
        return command;
    }

    /// <summary>Indices in Slurm's array syntax: runs of neighbours as <c>first-last</c>, separated by commas.</summary>
    public static string ArrayExpression(IEnumerable<int> ascending)
    {
        List<(int First, int Last)> runs = [];
        foreach (int index in ascending)
        {
            if (runs.Count > 0 && runs[^1].Last == index - 1)
            {
                runs[^1] = (runs[^1].First, index);
            }
            else
            {
                runs.Add((index, index));
            }
        }

        return string.Join(',', runs.Select(run => run.First == run.Last
            ? run.First.ToString(CultureInfo.InvariantCulture)
            : string.Create(CultureInfo.InvariantCulture, $"{run.First}-{run.Last}")));
    }

    private static void Refuse(int value, string option, Action<string> add)
    {
        if (value < 1)
        {
            add($"{option} {value}: must be at least 1.");
        }
    }

    private static int Print(ParseResult args)
    {
        string path = args.GetRequiredValue(Run);
        TextWriter output = args.InvocationConfiguration.Output;
        RunCompletion run = RunOption.Ask(path);
        if (args.GetValue(Shards) is int shards)
        {
            foreach (int[] window in run.ListShardsLeft(shards).Chunk(args.GetValue(Most)))
            {
                output.WriteLine(ArrayExpression(window));
            }

            return ExitCode.Done;
        }

        Dictionary<string, UnitFailure> failures = RunOption.Open(path).ReadFailures().ToDictionary(failure => failure.Unit);
        foreach ((long place, string unit) in run.ListMissing())
        {
            string? problem = failures.GetValueOrDefault(unit)?.Problem;
            output.WriteLine(args.GetValue(Json)
                ? new JsonObject { ["place"] = place, ["unit"] = unit, ["problem"] = problem }.ToJsonString()
                : problem is null ? unit : $"{unit}\t{problem}");
        }

        return ExitCode.Done;
    }
}
