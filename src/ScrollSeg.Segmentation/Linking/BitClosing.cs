using ScrollSeg.Volumes;

namespace ScrollSeg.Segmentation.Linking;

/// <summary>Closes a mask with a ball: what no ball of that radius fits into without touching the mask becomes part of it, such as
/// cracks and gaps. Beyond the volume there is neither mask nor background, so that a mask never shrinks.</summary>
/// <remarks>A voxel depends on what lies within twice the radius. Rows are bits: each is shifted to either side for every row of the
/// ball.</remarks>
internal static class BitClosing
{
    private const int WordBits = 64;

    /// <summary>How far a voxel's answer depends on others, in voxels.</summary>
    public static int ReachOf(int radius) => 2 * radius;

    /// <summary>Closes a mask in place.</summary>
    public static void Close(BitVolume mask, int radius)
    {
        using BitVolume grown = new(mask.Shape);
        Dilate(mask, grown, radius);
        mask.FillComplement(grown);
        Dilate(mask, grown, radius); // the background that is left grows back
        mask.FillComplement(grown);
    }

    /// <summary>Copies a part of a mask.</summary>
    /// <param name="source">The mask.</param>
    /// <param name="start">Where in it the part begins.</param>
    /// <param name="part">Receives it, all of it.</param>
    public static void CopyPart(BitVolume source, (int Z, int Y, int X) start, BitVolume part)
    {
        for (int z = 0; z < part.Shape.Z; z++)
        {
            for (int y = 0; y < part.Shape.Y; y++)
            {
                Span<ulong> target = part.Row(z, y);
                target.Clear();
                OrShifted(source.Row(start.Z + z, start.Y + y), -start.X, target);
                ClearBehind(target, part.Shape.X);
            }
        }
    }

    private static void Dilate(BitVolume source, BitVolume target, int radius)
    {
        Shape3 shape = source.Shape;
        for (int z = 0; z < shape.Z; z++)
        {
            for (int y = 0; y < shape.Y; y++)
            {
                Span<ulong> row = target.Row(z, y);
                row.Clear();
                for (int dz = Math.Max(-radius, -z); dz <= Math.Min(radius, shape.Z - 1 - z); dz++)
                {
                    for (int dy = Math.Max(-radius, -y); dy <= Math.Min(radius, shape.Y - 1 - y); dy++)
                    {
                        int left = (radius * radius) - (dz * dz) - (dy * dy);
                        if (left >= 0)
                        {
                            AddWidened(source.Row(z + dz, y + dy), (int)Math.Sqrt(left), row);
                        }
                    }
                }

                ClearBehind(row, shape.X);
            }
        }
    }

    private static void AddWidened(ReadOnlySpan<ulong> source, int width, Span<ulong> target)
    {
        if (source.IndexOfAnyExcept(0UL) < 0)
        {
            return;
        }

        for (int shift = -width; shift <= width; shift++)
        {
            OrShifted(source, shift, target);
        }
    }

    /// <summary>Adds a row whose voxels are moved along x; those that leave the row are lost.</summary>
    private static void OrShifted(ReadOnlySpan<ulong> source, int shift, Span<ulong> target)
    {
        int words = Math.DivRem(Math.Abs(shift), WordBits, out int bits);
        for (int i = 0; i < target.Length; i++)
        {
            int at = shift >= 0 ? i - words : i + words;
            ulong moved = WordAt(source, at);
            if (bits > 0)
            {
                moved = shift > 0
                    ? (moved << bits) | (WordAt(source, at - 1) >> (WordBits - bits))
                    : (moved >> bits) | (WordAt(source, at + 1) << (WordBits - bits));
            }

            target[i] |= moved;
        }
    }

    private static ulong WordAt(ReadOnlySpan<ulong> row, int word) => word >= 0 && word < row.Length ? row[word] : 0;

    private static void ClearBehind(Span<ulong> row, int width)
    {
        if (width % WordBits != 0)
        {
            row[^1] &= (1UL << (width % WordBits)) - 1;
        }
    }
}
