namespace ScrollSeg.Volumes.Measurement;

/// <summary>What one case of <see cref="IoBenchmark"/> took, round by round.</summary>
/// <param name="Work">What was done: decode, read or write.</param>
/// <param name="Name">The case.</param>
/// <param name="Bytes">Decoded bytes.</param>
/// <param name="StoredBytes">Encoded bytes.</param>
/// <param name="Seconds">Ours.</param>
/// <param name="PeerSeconds">The peer's, in the same rounds; empty if there is none.</param>
/// <param name="Allocated">Managed bytes that the last round took.</param>
public sealed record IoTiming(
    string Work, string Name, long Bytes, long StoredBytes, IReadOnlyList<double> Seconds, IReadOnlyList<double> PeerSeconds, long Allocated)
{
    /// <summary>Median of the rounds' ratios of rates, ours to the peer's; <see langword="null"/> without a peer.</summary>
    public double? Ratio => PeerSeconds.Count == 0 ? null : Median(PeerSeconds.Zip(Seconds, (theirs, ours) => theirs / ours));

    /// <summary>Median rate in bytes per second.</summary>
    public double Rate => Bytes / Median(Seconds);

    /// <summary>The peer's median rate; <see langword="null"/> without a peer.</summary>
    public double? PeerRate => PeerSeconds.Count == 0 ? null : Bytes / Median(PeerSeconds);

    /// <summary>The middle of the values.</summary>
    internal static double Median(IEnumerable<double> values)
    {
        double[] sorted = [.. values.Order()];
        return (sorted[(sorted.Length - 1) / 2] + sorted[sorted.Length / 2]) / 2;
    }
}
