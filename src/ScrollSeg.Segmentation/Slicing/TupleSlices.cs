using System.Globalization;
using System.Text;

namespace ScrollSeg.Segmentation.Slicing;

/// <summary>k slices at a time, around each target or anywhere in a stack; several such tuples may speak for one target.</summary>
public sealed record TupleSlices : SteppedStrategy
{
    /// <summary>Slices in a tuple, k. Default 3, as many as a network has channels.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is below 1.</exception>
    public int Width
    {
        get;
        init => field = value >= 1
            ? value
            : throw new ArgumentOutOfRangeException(nameof(Width), value, "A tuple has at least 1 slice.");
    } = 3;

    /// <summary>Tuples per target. More cost time in proportion, and only tuples that are drawn or shuffled differ. Default 1.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is not in 1..256.</exception>
    public int Draws
    {
        get;
        init => field = value is >= 1 and <= 256
            ? value
            : throw new ArgumentOutOfRangeException(nameof(Draws), value, "1 to 256 tuples speak for a target.");
    } = 1;

    /// <summary>How a tuple's slices lie. Default neighbours.</summary>
    public TupleSpacing Spacing { get; init; } = TupleSpacing.Adjacent;

    /// <summary>Whether a tuple's slices are shown in a random order, not by ascending z. Default false.</summary>
    public bool Shuffled { get; init; }

    /// <summary>Whether all tuples speak for the one flat image of a stack, not for slices. Default false.</summary>
    public bool Flat { get; init; }

    /// <summary>Of everything that is drawn. Default 0.</summary>
    public int Seed { get; init; }

    /// <inheritdoc/>
    public override int Channels => Width;

    /// <inheritdoc/>
    public override int Count => Draws;

    /// <inheritdoc/>
    public override int Reach => Flat ? int.MaxValue : Spacing.Reach(Width);

    /// <inheritdoc/>
    public override int? FlatTarget(int sliceCount) => Flat ? First + ((EndIn(sliceCount) - First) / 2) : null;

    /// <inheritdoc/>
    public override SliceStrategy Within(
        int sliceCount, int first, int end, IReadOnlyDictionary<int, SliceFigures>? figures = null)
    {
        base.Within(sliceCount, first, end);
        TupleSlices within = Flat ? this with { First = Math.Max(First, first), Last = Math.Min(end, EndIn(sliceCount)) - 1 } : this;
        int available = Flat ? within.EndIn(sliceCount) - within.First : sliceCount;
        if (Spacing.Needs(Width) > available)
        {
            throw new InvalidRequestException(
                $"A tuple of {Width} slices, {Spacing}, needs {Spacing.Needs(Width)} of them; there are {available}.");
        }

        if (Spacing is UniformSpacing uniform && !Flat && Width > (2L * uniform.Within) + 1)
        {
            throw new InvalidRequestException(
                $"--spacing {Spacing} has {(2L * uniform.Within) + 1} slices to draw from; --channels {Width} wants more.");
        }

        if (Flat && Stride > 1)
        {
            throw new InvalidRequestException($"--stride {Stride} steps from target to target; --target flat has one.");
        }

        if (Draws > 1 && !Spacing.IsDrawn && !Shuffled && !Flat)
        {
            throw new InvalidRequestException(
                $"--count {Draws} asks for several tuples per slice; --spacing {Spacing} without --order shuffled makes them all equal.");
        }

        return within;
    }

    /// <inheritdoc/>
    public override IEnumerable<SliceGroup> GroupsFor(int sliceCount, int first, int end)
    {
        IEnumerable<int> targets = FlatTarget(sliceCount) is not int flat ? Steps(sliceCount, first, end)
            : flat >= first && flat < end ? [flat] : [];
        return targets.SelectMany(target => Enumerable.Range(0, Draws)
            .Select(draw => GroupOf(target, draw, sliceCount)).OrderBy(group => group.First)); // stable: of equals the earlier draw comes first
    }

    /// <inheritdoc/>
    public override string ToString()
    {
        StringBuilder text = Text("tuples");
        text.Append(CultureInfo.InvariantCulture, $" --channels {Width} --spacing {Spacing}");
        Add(text, "count", Draws, 1);
        Add(text, "order", Shuffled ? "shuffled" : "kept", "kept");
        Add(text, "target", Flat ? "flat" : "slice", "slice");
        Add(text, "seed", Seed, 0);
        return text.ToString();
    }

    private SliceGroup GroupOf(int target, int draw, int sliceCount)
    {
        SeededDraw random = new(Seed, Flat ? 0 : target, draw);
        IReadOnlyList<int> sources = Flat
            ? [.. Spacing.Anywhere(Width, EndIn(sliceCount) - First, ref random).Select(layer => First + layer)]
            : Spacing.Around(target, Width, sliceCount, ref random);
        if (Shuffled)
        {
            List<int> shuffled = [.. sources];
            random.Shuffle(shuffled);
            sources = shuffled;
        }

        return new SliceGroup(target, sources) { IsFlat = Flat };
    }
}
