using System.Buffers;

namespace ScrollSeg.Sam.AutomaticMasks;

/// <summary>A mask as the lengths of its runs, column by column from the left, each from the top: outside, inside, outside,
/// .. ; the first is 0 where the first pixel is inside. This is COCO's uncompressed form.</summary>
/// <remarks>An image gives thousands of masks of thousands of runs, most of them short: a length is held in as few bytes as it
/// needs, seven bits in each, the eighth saying that more follow (LEB128).</remarks>
public sealed record RunLengthMask
{
    private readonly byte[] _runs;

    /// <summary>Wraps run lengths.</summary>
    /// <param name="height">Rows of the image.</param>
    /// <param name="width">Columns of the image.</param>
    /// <param name="counts">The lengths.</param>
    /// <exception cref="ArgumentException">They are negative, or do not sum to the image's pixels.</exception>
    public RunLengthMask(int height, int width, IReadOnlyList<int> counts)
    {
        long pixels = counts.Sum(count => count >= 0
            ? (long)count
            : throw new ArgumentException($"A run of {count} pixels.", nameof(counts)));
        if (pixels != (long)height * width)
        {
            throw new ArgumentException(
                $"Runs of {pixels} pixels do not fit an image of {height} x {width} = {(long)height * width}.", nameof(counts));
        }

        (Height, Width, _runs) = (height, width, Pack(counts));
    }

    /// <summary>Rows of the image.</summary>
    public int Height { get; }

    /// <summary>Columns of the image.</summary>
    public int Width { get; }

    /// <summary>The lengths of the runs.</summary>
    public IReadOnlyList<int> Counts => [.. Unpack(_runs)];

    /// <summary>Pixels inside.</summary>
    public long Area => InsideRuns().Sum(run => (long)run.Length);

    /// <summary>Around the pixels inside, the last column and row included; all zeros if there is none.</summary>
    public PixelBox Box
    {
        get
        {
            (int x0, int y0, int x1, int y1) = (Width, Height, -1, -1);
            foreach ((int start, int length) in InsideRuns())
            {
                ((int firstColumn, int top), (int lastColumn, int bottom)) =
                    (Math.DivRem(start, Height), Math.DivRem(start + length - 1, Height));
                bool wraps = firstColumn != lastColumn; // the run holds the bottom of one column and the top of the next
                (x0, x1) = (Math.Min(x0, firstColumn), lastColumn);
                (y0, y1) = (Math.Min(y0, wraps ? 0 : top), Math.Max(y1, wraps ? Height - 1 : bottom));
            }

            return x1 < 0 ? default : new PixelBox(x0, y0, x1, y1);
        }
    }

    /// <summary>Encodes the mask of a crop.</summary>
    /// <param name="columns">0 outside and 1 inside, column by column, <c>[crop.Width, crop.Height]</c>.</param>
    /// <param name="crop">Where it lies in the image.</param>
    /// <param name="height">Rows of the image.</param>
    /// <param name="width">Columns of the image.</param>
    public static RunLengthMask FromColumns(ReadOnlySpan<byte> columns, PixelBox crop, int height, int width)
    {
        if (columns.Length != crop.Area)
        {
            throw new ArgumentException(
                $"A crop of {crop.Width} x {crop.Height} has {crop.Area} pixels, not {columns.Length}.", nameof(columns));
        }

        List<int> counts = [];
        (int runStart, byte value) = (0, 0);
        for (int x = 0; x < crop.Width; x++)
        {
            ReadOnlySpan<byte> column = columns.Slice(x * crop.Height, crop.Height);
            int columnStart = ((crop.X0 + x) * height) + crop.Y0;
            int y = 0;
            for (int same = column.IndexOfAnyExcept(value); same >= 0; same = column[y..].IndexOfAnyExcept(value))
            {
                y += same;
                Turn(columnStart + y);
            }

            bool leavesCrop = crop.Height < height || (x == crop.Width - 1 && crop.X1 < width);
            if (value != 0 && leavesCrop)
            {
                Turn(columnStart + crop.Height); // what lies below the crop, above it or right of it is outside
            }
        }

        if (runStart < height * width)
        {
            counts.Add((height * width) - runStart);
        }

        return new RunLengthMask(height, width, counts);

        void Turn(int at)
        {
            counts.Add(at - runStart);
            (runStart, value) = (at, (byte)(1 - value));
        }
    }

    /// <summary>Encodes a mask of the whole image.</summary>
    /// <param name="mask">Non-zero is inside; row-major, <c>[height, width]</c>.</param>
    /// <param name="height">Rows.</param>
    /// <param name="width">Columns.</param>
    public static RunLengthMask FromRows(ReadOnlySpan<byte> mask, int height, int width)
    {
        byte[] columns = ArrayPool<byte>.Shared.Rent(mask.Length);
        for (int i = 0; i < mask.Length; i++)
        {
            (int y, int x) = Math.DivRem(i, width);
            columns[(x * height) + y] = mask[i] != 0 ? (byte)1 : (byte)0;
        }

        RunLengthMask encoded = FromColumns(columns.AsSpan(0, mask.Length), new PixelBox(0, 0, width, height), height, width);
        ArrayPool<byte>.Shared.Return(columns);
        return encoded;
    }

    /// <summary>The mask, 1 inside and 0 outside; row-major, <c>[height, width]</c>.</summary>
    public byte[] ToRows()
    {
        byte[] mask = new byte[Height * Width];
        ToRows(mask);
        return mask;
    }

    /// <summary>Writes the mask into memory that there is.</summary>
    /// <param name="mask">Receives it; row-major, <c>[height, width]</c>.</param>
    internal void ToRows(Span<byte> mask)
    {
        mask.Clear();
        foreach ((int start, int length) in InsideRuns())
        {
            for (int i = start; i < start + length; i++)
            {
                (int x, int y) = Math.DivRem(i, Height);
                mask[(y * Width) + x] = 1;
            }
        }
    }

    /// <summary>Whether both have the same runs.</summary>
    public bool Equals(RunLengthMask? other) =>
        other is not null && (Height, Width) == (other.Height, other.Width) && _runs.AsSpan().SequenceEqual(other._runs);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Height, Width, _runs.Length, _runs.Length > 0 ? _runs[0] : 0);

    /// <summary>The runs inside; a position is x * height + y.</summary>
    internal IEnumerable<(int Start, int Length)> InsideRuns()
    {
        (int at, bool inside) = (0, false);
        foreach (int count in Unpack(_runs))
        {
            if (inside && count > 0)
            {
                yield return (at, count);
            }

            (at, inside) = (at + count, !inside);
        }
    }

    private static byte[] Pack(IReadOnlyList<int> counts)
    {
        List<byte> packed = new(counts.Count * 2);
        foreach (int count in counts)
        {
            int rest = count;
            for (; rest > 0x7F; rest >>= 7)
            {
                packed.Add((byte)(0x80 | (rest & 0x7F)));
            }

            packed.Add((byte)rest);
        }

        return [.. packed];
    }

    private static IEnumerable<int> Unpack(byte[] packed)
    {
        (int count, int shift) = (0, 0);
        foreach (byte part in packed)
        {
            count |= (part & 0x7F) << shift;
            shift += 7;
            if (part <= 0x7F)
            {
                yield return count;
                (count, shift) = (0, 0);
            }
        }
    }
}
