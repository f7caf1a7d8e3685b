namespace ScrollSeg.Sam.Training;

/// <summary>An endless row of examples, each a function of its number alone, so that training that was killed goes on with
/// the same ones.</summary>
public abstract class TrainingSource
{
    /// <summary>What the source is, in a line of the log; another source never says the same.</summary>
    public abstract string Description { get; }

    /// <summary>Makes an example.</summary>
    /// <param name="number">Which one; from 0.</param>
    /// <param name="side">Pixels along each of its sides.</param>
    public TrainingExample Example(long number, int side)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(number);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(side);
        TrainingExample example = Make(number, side);
        int pixels = side * side;
        return example.Labels.Length == pixels && example.Channels is >= 1 and <= 3 && example.Grey.Length % pixels == 0
            ? example
            : throw new InvalidOperationException(
                $"{example.Origin}: {example.Grey.Length} grey values and {example.Labels.Length} labels are no {side} x {side} example.");
    }

    /// <summary>Makes an example; the arguments are checked.</summary>
    protected abstract TrainingExample Make(long number, int side);

    /// <summary>Random numbers of an example's own.</summary>
    protected static Random RandomOf(int seed, long number) => new(unchecked((int)Mix(((ulong)(uint)seed << 40) ^ (ulong)number)));

    /// <summary>Spreads neighbouring numbers over all 64 bits: the finalizer of MurmurHash3 (A. Appleby, public domain).</summary>
    private static ulong Mix(ulong value)
    {
        value = (value ^ (value >> 33)) * 0xFF51AFD7ED558CCD;
        value = (value ^ (value >> 33)) * 0xC4CEB9FE1A85EC53;
        return value ^ (value >> 33);
    }
}
