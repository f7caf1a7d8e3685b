using System.CommandLine;
using ScrollSeg.Sam;
using ScrollSeg.Sam.Measurement;
using ScrollSeg.Segmentation;

namespace ScrollSeg.Cli.Bench;

/// <summary><c>scrollseg bench encoder --model vit_b</c>: how fast this machine is, and where its time goes.</summary>
internal static class BenchEncoderCommand
{
    private static readonly Option<string> Model = new("--model")
    {
        Description = "vit_b, vit_l or vit_h with random weights, or a checkpoint.",
        DefaultValueFactory = _ => "vit_b",
    };

    private static readonly Option<string[]> Precisions = new("--precision")
    {
        Description = "Number formats: f32, bf16; may be given again. Default both.",
        AllowMultipleArgumentsPerToken = true,
        DefaultValueFactory = _ => ["f32", "bf16"],
    };

    private static readonly Option<int[]> Batches = new("--batch")
    {
        Description = "Images in one pass; may be given again. Default 1.",
        AllowMultipleArgumentsPerToken = true,
        DefaultValueFactory = _ => [1],
    };

    private static readonly Option<int> Repeats = new("--repeats") { Description = "Passes of each, by turns.", DefaultValueFactory = _ => 5 };
    private static readonly Option<string> Device = new("--device")
    {
        Description = "auto, cpu, cuda or cuda:N.",
        DefaultValueFactory = _ => new ModelSettings().Device,
    };

    private static readonly Option<bool> Json = new("--json") { Description = "Print the result as JSON." };

    public static Command Create()
    {
        Command command = new("encoder", "Times SAM's image encoder beside the machine's own matrix product.")
        {
            Model, Precisions, Batches, Repeats, Device, Json,
        };
        command.SetAction((args, cancellationToken) => Task.FromResult(Run(args, cancellationToken)));
        return command;
    }

    private static int Run(ParseResult args, CancellationToken cancellationToken)
    {
        (string model, int[] batches, int repeats) = (args.GetRequiredValue(Model), args.GetRequiredValue(Batches), args.GetValue(Repeats));
        if (SamConfig.OfName(model) is null && !File.Exists(model))
        {
            throw new UsageException($"--model {model}: expected vit_b, vit_l, vit_h or the path of a checkpoint.");
        }

        if (repeats < 1 || batches.Any(batch => batch < 1))
        {
            throw new UsageException("--batch and --repeats must be at least 1.");
        }

        using EncoderBenchmark benchmark = EncoderBenchmark.Open(model, args.GetRequiredValue(Device), args.GetRequiredValue(Precisions));
        EncoderSummary summary = new(model, benchmark, benchmark.Run(batches, repeats, cancellationToken));
        args.InvocationConfiguration.Output.WriteLine(args.GetValue(Json) ? summary.ToJson().ToJsonString() : summary.ToText());
        return ExitCode.Done;
    }
}
