namespace ScrollSeg.Volumes.Storage.Remote;

/// <summary>A server did not give what was asked of it.</summary>
public sealed class RemoteException : IOException
{
    /// <summary>Reports what was asked of which address, and what came.</summary>
    /// <param name="address">The address.</param>
    /// <param name="problem">What was expected and what came, as a sentence.</param>
    /// <param name="delay">How long the server asks to wait before the next try, zero if it does not say;
    /// <see langword="null"/> if another try would fail too.</param>
    /// <param name="innerException">The failure beneath, if any.</param>
    public RemoteException(string address, string problem, TimeSpan? delay, Exception? innerException = null)
        : base($"{address}: {problem}", innerException) => Delay = delay;

    /// <summary>How long to wait before the next try; <see langword="null"/> if another try would fail too.</summary>
    public TimeSpan? Delay { get; }
}
