namespace ScrollSeg.Sam.Training;

/// <summary>An endless row of examples, each a function of its number alone, so that training that was killed goes on with
/// the same ones. Examples may be asked for concurrently.</summary>
public abstract class TrainingSource
{
    /// <summary>What the source is, in a line of the log; another source never says the same.</summary>
    public abstract string Description { get; }

    /// <summary>Examples until they come again; <see langword="null"/> for no end.</summary>
    /// <param name="side">Pixels along each of their sides.</param>
    public virtual long? Count(int side) => null;

    /// <summary>Whether everything in it is made up.</summary>
    public virtual bool IsPhantom => false;

    /// <summary>Makes an example.</summary>
    /// <param name="number">Which one; from 0.</param>
    /// <param name="side">Pixels along each of its sides.</param>
    /// <param name="cancellationToken">Stops between reads.</param>
    public async ValueTask<TrainingExample> ExampleAsync(long number, int side, CancellationToken cancellationToken = default)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(number);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(side);
        TrainingExample example = await MakeAsync(number, side, cancellationToken);
        int pixels = side * side;
        return example.Labels.Length == pixels && example.Channels >= 1 && example.Grey.Length % pixels == 0
            ? example
            : throw new InvalidOperationException(
                $"{example.Origin}: {example.Grey.Length} grey values and {example.Labels.Length} labels are no {side} x {side} example.");
    }

    /// <summary>Makes an example; the arguments are checked.</summary>
    protected abstract ValueTask<TrainingExample> MakeAsync(long number, int side, CancellationToken cancellationToken);

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
