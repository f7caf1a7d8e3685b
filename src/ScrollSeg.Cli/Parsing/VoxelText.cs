using System.Globalization;
using ScrollSeg.Volumes;

namespace ScrollSeg.Cli.Parsing;

/// <summary>Extents and boxes as people write them, always in the order z, y, x.</summary>
internal static class VoxelText
{
    /// <summary><c>64,512,512</c>.</summary>
    public static Shape3 ParseShape(string option, string text)
    {
        int[] numbers = [.. text.Split(',').Select(part => Number(part) ?? -1)];
        return numbers is [> 0, > 0, > 0]
            ? new Shape3(numbers[0], numbers[1], numbers[2])
            : throw new UsageException($"{option} {text}: expected three extents of at least 1 voxel, Z,Y,X, for example 64,512,512.");
    }

    /// <summary><c>0:64,100:612,:</c>: half-open ranges; an empty side is the volume's own.</summary>
    public static Box3 ParseRegion(string text, Shape3 volume)
    {
        string[] axes = text.Split(',');
        if (axes.Length != 3)
        {
            throw Malformed(text);
        }

        (int z0, int z1) = Range(axes[0], volume.Z, text);
        (int y0, int y1) = Range(axes[1], volume.Y, text);
        (int x0, int x1) = Range(axes[2], volume.X, text);
        Box3 box = Box3.FromBounds((z0, y0, x0), (z1, y1, x1));
        return !box.IsEmpty && new Box3((0, 0, 0), volume).Contains(box)
            ? box
            : throw new UsageException($"--region {text}: is not part of the volume, which is {volume} voxels (z, y, x).");
    }

    private static (int Start, int End) Range(string axis, int extent, string text) => axis.Split(':') switch
    {
        ["", ""] => (0, extent),
        [string start, ""] when Number(start) is int first => (first, extent),
        ["", string end] when Number(end) is int last => (0, last),
        [string start, string end] when Number(start) is int first && Number(end) is int last => (first, last),
        _ => throw Malformed(text),
    };

    private static int? Number(string text) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int number) ? number : null;

    private static UsageException Malformed(string text) =>
        new($"--region {text}: expected z0:z1,y0:y1,x0:x1 in voxels, each end not included, for example 0:64,100:612,:.");
}
