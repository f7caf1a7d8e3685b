using System.CommandLine;
using System.Globalization;
using ScrollSeg.Cli.Parsing;
using ScrollSeg.Segmentation.Pictures;
using ScrollSeg.Segmentation.Planning;
using ScrollSeg.Segmentation.Runs;
using ScrollSeg.Volumes;
using ScrollSeg.Volumes.Images;
using ScrollSeg.Volumes.Storage;

namespace ScrollSeg.Cli;

/// <summary><c>plan --picture</c>: how one voxel would come about.</summary>
internal static class PlanPicture
{
    public static readonly Option<string?> Picture = new("--picture")
    {
        HelpName = "FILE.png",
        Description = "Draw how one voxel comes about: slices shown together, what the network sees, tiles that speak for it.",
    };

    public static readonly Option<(int Z, int Y, int X)?> Voxel = ParsedOption.Create<(int Z, int Y, int X)?>(
        "--voxel", "Z,Y,X", "The voxel of --picture. Default: the middle of what is segmented.", Parse);

    /// <summary>Draws the picture that was asked for, if one was.</summary>
    public static async Task DrawAsync(ParseResult args, RunPlan plan, VolumeReader volume, CancellationToken cancellationToken)
    {
        if (args.GetValue(Picture) is not string path)
        {
            if (args.GetValue(Voxel) is not null)
            {
                throw new UsageException("--voxel says which voxel --picture draws; add --picture FILE.png.");
            }

            return;
        }

        try
        {
            PixelImage picture = await VoxelWay.DrawAsync(plan.First, volume, args.GetValue(Voxel) ?? Middle(plan.First), cancellationToken);
            PngFile.Write(path, picture, new AtomicFile(FileOperations.System, Durability.File));
        }
        catch (ArgumentException e)
        {
            throw new UsageException($"--picture: {e.Message.Split(" (Parameter")[0]}");
        }
    }

    /// <summary>The target nearest to the middle, and the middle of its slice.</summary>
    private static (int Z, int Y, int X) Middle(SegmentPlan plan)
    {
        Box3 region = plan.Region;
        (int z, int y, int x) = (region.Start.Z + (region.Shape.Z / 2), region.Start.Y + (region.Shape.Y / 2), region.Start.X + (region.Shape.X / 2));
        int target = plan.Strategy.TargetsIn(plan.Volume.Shape.Z, region.Start.Z, region.End.Z).OrderBy(slice => Math.Abs(slice - z)).FirstOrDefault(z);
        return plan.Frame.Back((target, y, x));
    }

    private static (int Z, int Y, int X)? Parse(string text)
    {
        int[] numbers = [.. text.Split(',').Select(part => int.TryParse(part, NumberStyles.None, CultureInfo.InvariantCulture, out int number) ? number : -1)];
        return numbers is [>= 0, >= 0, >= 0]
            ? (numbers[0], numbers[1], numbers[2])
            : throw new FormatException($"'{text}' is no voxel: expected Z,Y,X.");
    }
}
