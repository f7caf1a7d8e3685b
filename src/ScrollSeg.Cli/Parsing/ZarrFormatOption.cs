using System.CommandLine;

namespace ScrollSeg.Cli.Parsing;

/// <summary>Which version of Zarr is written.</summary>
internal static class ZarrFormatOption
{
    /// <summary>Makes the option; another number than 2 or 3 is refused.</summary>
    public static Option<int> Create()
    {
        Option<int> option = new("--zarr-format")
        {
            Description = "2 (NGFF 0.4), which more programs read, or 3 (NGFF 0.5).",
            HelpName = "2|3",
            DefaultValueFactory = _ => 2,
        };
        option.AcceptOnlyFromAmong("2", "3");
        return option;
    }
}
