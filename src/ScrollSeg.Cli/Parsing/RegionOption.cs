using System.CommandLine;

namespace ScrollSeg.Cli.Parsing;

/// <summary><c>--region</c>, the same for every verb.</summary>
internal static class RegionOption
{
    public static Option<Region?> Create() =>
        ParsedOption.Create("--region", Region.Form, "Only this part of the volume, in its voxels. Default: all of it.", Region.Parse);
}
