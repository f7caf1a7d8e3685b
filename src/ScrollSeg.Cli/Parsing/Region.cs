using System.Globalization;
using ScrollSeg.Volumes;

namespace ScrollSeg.Cli.Parsing;

/// <summary>A box as the user writes it: <c>z0:z1,y0:y1,x0:x1</c>, the ends not in it; an end left out is the volume's.</summary>
internal sealed record Region((int? Start, int? End) Z, (int? Start, int? End) Y, (int? Start, int? End) X)
{
    public const string Form = "z0:z1,y0:y1,x0:x1";

    /// <exception cref="FormatException">The text has another form.</exception>
    public static Region Parse(string text)
    {
        string[] axes = text.Split(',');
        return axes.Length == 3
            ? new Region(Range(axes[0], text), Range(axes[1], text), Range(axes[2], text))
            : throw Wrong(text);
    }

    /// <summary>The box in a volume.</summary>
    /// <exception cref="UsageException">It is empty, or not wholly in the volume.</exception>
    public Box3 In(VolumeInfo volume)
    {
        (int z0, int z1) = (Z.Start ?? 0, Z.End ?? volume.Shape.Z);
        (int y0, int y1) = (Y.Start ?? 0, Y.End ?? volume.Shape.Y);
        (int x0, int x1) = (X.Start ?? 0, X.End ?? volume.Shape.X);
        Box3 box = Box3.FromBounds((z0, y0, x0), (z1, y1, x1));
        return !box.IsEmpty && volume.Bounds.Contains(box)
            ? box
            : throw new UsageException($"--region {box} is empty or not in {volume.Path}, which is {volume.Shape} voxels (z, y, x).");
    }

    private static (int? Start, int? End) Range(string text, string whole)
    {
        string[] ends = text.Split(':');
        return ends.Length == 2 ? (Number(ends[0], whole), Number(ends[1], whole)) : throw Wrong(whole);
    }

    private static int? Number(string text, string whole)
    {
        if (text.Trim().Length == 0)
        {
            return null;
        }

        return int.TryParse(text.Trim(), NumberStyles.None, CultureInfo.InvariantCulture, out int number) ? number : throw Wrong(whole);
    }

    private static FormatException Wrong(string text) => new($"'{text}' is no region: expected {Form} in whole voxels.");
}
