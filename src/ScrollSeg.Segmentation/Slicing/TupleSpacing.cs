using System.Globalization;

namespace ScrollSeg.Segmentation.Slicing;

/// <summary>How the slices of a tuple lie to each other and to their target.</summary>
public abstract record TupleSpacing
{
    /// <summary>Neighbouring slices.</summary>
    public static TupleSpacing Adjacent { get; } = new StridedSpacing(1);

    /// <summary>Whether a tuple is drawn, so that drawing again gives another one.</summary>
    public abstract bool IsDrawn { get; }

    /// <summary>Slices that a volume must have for a tuple of k.</summary>
    public abstract long Needs(int channels);

    /// <summary>How far a source lies from its target at most.</summary>
    public abstract int Reach(int channels);

    /// <summary>The slices of a tuple that speaks for a slice, ascending and all within the volume.</summary>
    internal abstract IReadOnlyList<int> Around(int target, int channels, int sliceCount, ref SeededDraw random);

    /// <summary>The slices of a tuple that speaks for a whole stack, as offsets within it, ascending and each once.</summary>
    internal abstract IReadOnlyList<int> Anywhere(int channels, int sliceCount, ref SeededDraw random);

    /// <summary>Slices one stride apart, from a first one on.</summary>
    private protected static IReadOnlyList<int> Run(int first, int channels, int stride) =>
        [.. Enumerable.Range(0, channels).Select(k => first + (k * stride))];
}

/// <summary>Every n-th slice, the target in the middle, or before it if their number is even. Beyond the volume's ends its first or last
/// slice stands for what is not there, as in training: a network that learned to answer about the middle slice has it there
/// everywhere.</summary>
/// <param name="Stride">Slices from one to the next; 1 for neighbours.</param>
public sealed record StridedSpacing(int Stride) : TupleSpacing
{
    /// <inheritdoc/>
    public override bool IsDrawn => false;

    /// <inheritdoc/>
    public override long Needs(int channels) => ((channels - 1L) * Stride) + 1;

    /// <inheritdoc/>
    public override int Reach(int channels) => (int)Math.Min(int.MaxValue, channels / 2L * Stride);

    /// <inheritdoc/>
    public override string ToString() => Stride == 1 ? "adjacent" : string.Create(CultureInfo.InvariantCulture, $"strided:{Stride}");

    internal override IReadOnlyList<int> Around(int target, int channels, int sliceCount, ref SeededDraw random) =>
        [.. Run(target - ((channels - 1) / 2 * Stride), channels, Stride).Select(slice => Math.Clamp(slice, 0, sliceCount - 1))];

    internal override IReadOnlyList<int> Anywhere(int channels, int sliceCount, ref SeededDraw random) =>
        Run(random.Below(sliceCount - (int)Needs(channels) + 1), channels, Stride);
}

/// <summary>The target and others drawn with equal chances from those near it; at the volume's ends from as many, moved inwards.
/// For a stack, any layers of it.</summary>
/// <param name="Within">Slices to either side of the target.</param>
public sealed record UniformSpacing(int Within) : TupleSpacing
{
    /// <inheritdoc/>
    public override bool IsDrawn => true;

    /// <inheritdoc/>
    public override long Needs(int channels) => channels;

    /// <inheritdoc/>
    public override int Reach(int channels) => (int)Math.Min(int.MaxValue, 2L * Within);

    /// <inheritdoc/>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"uniform:{Within}");

    internal override IReadOnlyList<int> Around(int target, int channels, int sliceCount, ref SeededDraw random)
    {
        int width = (int)Math.Min((2L * Within) + 1, sliceCount);
        int start = (int)Math.Clamp((long)target - Within, 0, sliceCount - width);
        int own = target - start;
        return
        [
            .. random.Distinct(channels - 1, width - 1) // of the others
                .Select(place => place < own ? place : place + 1).Append(own).Order().Select(place => start + place),
        ];
    }

    internal override IReadOnlyList<int> Anywhere(int channels, int sliceCount, ref SeededDraw random) =>
        random.Distinct(channels, sliceCount);
}

/// <summary>Neighbouring slices whose first one is drawn from a normal distribution and clipped: how ashenvenus drew its triples of
/// layers, around layer 27 with a spread of 10. For a slice the centre is counted from the slice, and what lies more than three
/// spreads off is clipped; for a stack it is counted from the first layer, and clipped to the stack.</summary>
/// <param name="Centre">Where the first slice lies on average.</param>
/// <param name="Spread">Standard deviation in slices.</param>
public sealed record NormalSpacing(double Centre, double Spread) : TupleSpacing
{
    private const double ClippedAt = 3; // spreads: 0.3 % of the draws lie beyond

    /// <inheritdoc/>
    public override bool IsDrawn => true;

    /// <inheritdoc/>
    public override long Needs(int channels) => channels;

    /// <inheritdoc/>
    public override int Reach(int channels) =>
        (int)Math.Min(int.MaxValue, Math.Ceiling(Math.Abs(Centre) + (ClippedAt * Spread)) + channels - 1);

    /// <inheritdoc/>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"normal:{Centre},{Spread}");

    internal override IReadOnlyList<int> Around(int target, int channels, int sliceCount, ref SeededDraw random)
    {
        double offset = Math.Clamp(random.Normal(), -ClippedAt, ClippedAt) * Spread;
        return Run((int)Math.Clamp(Math.Round(target + Centre + offset), 0, sliceCount - channels), channels, 1);
    }

    internal override IReadOnlyList<int> Anywhere(int channels, int sliceCount, ref SeededDraw random) =>
        Run((int)Math.Clamp(Math.Round(Centre + (random.Normal() * Spread)), 0, sliceCount - channels), channels, 1);
}
