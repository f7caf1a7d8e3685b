namespace ScrollSeg.Volumes.Zarr;

/// <summary>
/// Room for requests that wait for another machine, and for the chunks that are decoded meanwhile, over all reads of one
/// volume: many of the former hide the way to the server, more of the latter than there are processors gain nothing.
/// </summary>
/// <param name="requests">Requests under way at the same time; each holds what it fetched until that is decoded.</param>
/// <param name="decoders">Chunks decoded at the same time.</param>
internal sealed class ReadSlots(int requests, int decoders) : IDisposable
{
    private readonly SemaphoreSlim _requests = new(requests);
    private readonly SemaphoreSlim _decoders = new(decoders);

    /// <summary>Requests under way at the same time.</summary>
    public int Requests => requests;

    /// <summary>Fetches what takes no time to decode.</summary>
    public async ValueTask<T> FetchAsync<T>(Func<CancellationToken, ValueTask<T>> fetch, CancellationToken ct)
    {
        await _requests.WaitAsync(ct);
        try
        {
            return await fetch(ct);
        }
        finally
        {
            _requests.Release();
        }
    }

    /// <summary>Fetches, then decodes.</summary>
    /// <param name="fetch">Waits for the other machine. What it returns is disposed after <paramref name="decode"/>.</param>
    /// <param name="decode">Takes what came.</param>
    /// <param name="ct">Ends the waiting.</param>
    public async ValueTask RunAsync<T>(Func<CancellationToken, ValueTask<T>> fetch, Action<T> decode, CancellationToken ct)
        where T : IDisposable?
    {
        await _requests.WaitAsync(ct);
        try
        {
            using T fetched = await fetch(ct);
            await _decoders.WaitAsync(ct);
            try
            {
                decode(fetched);
            }
            finally
            {
                _decoders.Release();
            }
        }
        finally
        {
            _requests.Release();
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _requests.Dispose();
        _decoders.Dispose();
    }
}
