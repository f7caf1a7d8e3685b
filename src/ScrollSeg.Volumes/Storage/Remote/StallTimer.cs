namespace ScrollSeg.Volumes.Storage.Remote;

/// <summary>Ends an operation when nothing happens for a while, however long the whole takes.</summary>
internal sealed class StallTimer : IDisposable
{
    private readonly CancellationTokenSource _source;
    private readonly CancellationToken _caller;
    private readonly TimeSpan _patience;

    /// <param name="patience">How long nothing may happen.</param>
    /// <param name="caller">Ends the operation too.</param>
    public StallTimer(TimeSpan patience, CancellationToken caller)
    {
        _source = CancellationTokenSource.CreateLinkedTokenSource(caller);
        _caller = caller;
        _patience = patience;
        _source.CancelAfter(patience);
    }

    /// <summary>For the operation.</summary>
    public CancellationToken Token => _source.Token;

    /// <summary>Whether it was the wait that ended the operation, not the caller.</summary>
    public bool HasStalled => _source.IsCancellationRequested && !_caller.IsCancellationRequested;

    /// <summary>Says that something happened.</summary>
    public void Moved() => _source.CancelAfter(_patience);

    /// <inheritdoc/>
    public void Dispose() => _source.Dispose();
}
