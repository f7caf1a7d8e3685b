using System.CommandLine;
using System.CommandLine.Parsing;
using ScrollSeg.Sam.AutomaticMasks;

namespace ScrollSeg.Cli;

/// <summary>The options of <c>predict --auto</c>.</summary>
internal static class AutomaticOptions
{
    public static readonly Option<bool> Auto = new("--auto")
    {
        Description = "Find everything in the image: asks at each point of a grid.",
    };

    private static readonly MaskGeneratorSettings Defaults = new();

    private static readonly Option<int> PointsPerSide = Create(
        "--points-per-side", "Points of the grid per side of the image.", Defaults.PointsPerSide);

    private static readonly Option<int> PointsPerBatch = Create(
        "--points-per-batch", "Points answered at once; more take more memory.", Defaults.PointsPerBatch);

    private static readonly Option<double> IoU = Create(
        "--iou", "Masks are kept above this predicted IoU; 0 keeps all.", Defaults.PredictedIoUThreshold);

    private static readonly Option<double> Stability = Create(
        "--stability", "Masks are kept from this stability score on; 0 keeps all.", Defaults.StabilityThreshold);

    private static readonly Option<int> CropLayers = Create(
        "--crop-layers", "How often the image is cut into four and asked again, for small things.", Defaults.CropLayers);

    private static readonly Option<int> MinRegion = Create(
        "--min-region", "Holes and islands of fewer pixels are filled and removed.", Defaults.MinRegionArea);

    private static readonly Dictionary<string, Option> BySetting = new()
    {
        [nameof(MaskGeneratorSettings.PointsPerSide)] = PointsPerSide,
        [nameof(MaskGeneratorSettings.PointsPerBatch)] = PointsPerBatch,
        [nameof(MaskGeneratorSettings.PredictedIoUThreshold)] = IoU,
        [nameof(MaskGeneratorSettings.StabilityThreshold)] = Stability,
        [nameof(MaskGeneratorSettings.CropLayers)] = CropLayers,
        [nameof(MaskGeneratorSettings.MinRegionArea)] = MinRegion,
    };

    public static IEnumerable<Option> All => [Auto, .. BySetting.Values];

    /// <summary>What was asked for.</summary>
    /// <exception cref="UsageException">A number is out of range.</exception>
    public static MaskGeneratorSettings Parse(ParseResult args)
    {
        try
        {
            return new MaskGeneratorSettings
            {
                PointsPerSide = args.GetValue(PointsPerSide),
                PointsPerBatch = args.GetValue(PointsPerBatch),
                PredictedIoUThreshold = args.GetValue(IoU),
                StabilityThreshold = args.GetValue(Stability),
                CropLayers = args.GetValue(CropLayers),
                MinRegionArea = args.GetValue(MinRegion),
            };
        }
        catch (ArgumentOutOfRangeException e) when (e.ParamName is not null && BySetting.ContainsKey(e.ParamName))
        {
            string problem = e.Message.Split(" (Parameter")[0];
            throw new UsageException(FormattableString.Invariant($"{BySetting[e.ParamName].Name} {e.ActualValue}: {problem}"));
        }
    }

    /// <summary>Refuses what would be ignored: prompts with <c>--auto</c>, and settings of it without.</summary>
    public static void CheckAgainst(ParseResult args, IEnumerable<Option> prompts)
    {
        bool auto = args.GetValue(Auto);
        foreach (Option option in auto ? prompts : BySetting.Values)
        {
            if (args.GetResult(option) is OptionResult { Implicit: false })
            {
                throw new UsageException(auto
                    ? $"{option.Name}: --auto asks at a grid of points and takes no prompt; leave out one of the two."
                    : $"{option.Name}: is a setting of --auto; add --auto or leave it out.");
            }
        }
    }

    private static Option<T> Create<T>(string name, string description, T value) => new(name)
    {
        Description = FormattableString.Invariant($"With --auto: {description} Default {value}."),
        DefaultValueFactory = _ => value,
    };
}
