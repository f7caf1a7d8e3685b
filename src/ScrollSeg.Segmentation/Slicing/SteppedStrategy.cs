using System.Globalization;
using System.Text;

namespace ScrollSeg.Segmentation.Slicing;

/// <summary>A strategy that takes every n-th slice between a first and a last one.</summary>
public abstract record SteppedStrategy : SliceStrategy
{
    /// <summary>Slices from one to the next. Default 1.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is below 1.</exception>
    public int Stride
    {
        get;
        init => field = value >= 1
            ? value
            : throw new ArgumentOutOfRangeException(nameof(Stride), value, "The stride is at least 1 slice.");
    } = 1;

    /// <summary>The first slice taken; strides are counted from it. Default 0, the first of the volume.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is negative.</exception>
    public int First
    {
        get;
        init => field = value >= 0
            ? value
            : throw new ArgumentOutOfRangeException(nameof(First), value, "The first slice is at least 0.");
    }

    /// <summary>The last slice that may be taken. Default the last of the volume.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is negative.</exception>
    public int? Last
    {
        get;
        init => field = value is null or >= 0
            ? value
            : throw new ArgumentOutOfRangeException(nameof(Last), value, "The last slice is at least 0.");
    }

    /// <inheritdoc/>
    public override SliceStrategy Within(
        int sliceCount, int first, int end, IReadOnlyDictionary<int, SliceFigures>? figures = null)
    {
        if (First >= sliceCount || Last >= sliceCount || First > (Last ?? First))
        {
            throw new InvalidRequestException(
                $"The strategy '{this}' takes slices {First}..{(Last is int last ? last : "")}; the volume has slices 0..{sliceCount - 1}.");
        }

        return this;
    }

    /// <summary>First slice behind the last that may be taken.</summary>
    protected int EndIn(int sliceCount) => Last is int last ? Math.Min(last + 1, sliceCount) : sliceCount;

    /// <summary>The slices taken within a range.</summary>
    protected IEnumerable<int> Steps(int sliceCount, int first, int end)
    {
        end = Math.Min(end, EndIn(sliceCount));
        long skipped = Math.Max(0, ((long)first - First + Stride - 1) / Stride);
        for (long slice = First + (skipped * Stride); slice < end; slice += Stride)
        {
            yield return (int)slice;
        }
    }

    /// <summary>What the command line takes, as far as it is common to all.</summary>
    protected StringBuilder Text(string name)
    {
        StringBuilder text = new($"--strategy {name}");
        Add(text, "stride", Stride, 1);
        Add(text, "first", First, 0);
        Add(text, "last", Last, null);
        return text;
    }

    /// <summary>Adds an option, unless it has the value that it has anyway.</summary>
    protected static void Add<T>(StringBuilder text, string option, T value, T otherwise)
    {
        if (!EqualityComparer<T>.Default.Equals(value, otherwise))
        {
            text.Append(CultureInfo.InvariantCulture, $" --{option} {value}");
        }
    }
}
