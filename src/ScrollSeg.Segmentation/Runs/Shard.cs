
namespace ScrollSeg.Segmentation.Runs;

/// <summary>One of n equal shares of a run's units: every n-th, by their place in the grid in storage order.</summary>
public sealed record Shard
{
    /// <summary>Creates a share.</summary>
    /// <param name="index">Which one, from 0.</param>
    /// <param name="count">How many there are.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no such share.</exception>
    public Shard(int index, int count)
    {
        if (count < 1 || index < 0 || index >= count)
        {
            throw new ArgumentOutOfRangeException(nameof(index), index, $"There is no shard {index} of {count}: they are numbered from 0.");
        }

        (Index, Count) = (index, count);
    }

    /// <summary>All units.</summary>
    public static Shard Whole { get; } = new(0, 1);

    /// <summary>Which share, from 0.</summary>
    public int Index { get; }

    /// <summary>Shares.</summary>
    public int Count { get; }

    /// <summary>Whether a unit is in the share.</summary>
    /// <param name="place">The unit's place in its grid, counted in storage order from 0.</param>
    public bool Has(long place) => place % Count == Index;

    /// <summary>One of some equal parts of this share: again a share of the whole.</summary>
    /// <param name="part">Which part, from 0.</param>
    /// <param name="parts">How many there are.</param>
    public Shard Part(int part, int parts) => new(Index + (Count * part), checked(Count * parts));

    /// <inheritdoc/>
    public override string ToString() => $"{Index}/{Count}";
}
