namespace ScrollSeg.Volumes.Storage.Remote;

/// <summary>How volumes at the other end of a connection are read.</summary>
public sealed record RemoteOptions
{
    /// <summary>Whether "403 forbidden" means that a key is absent, as it does in buckets that may be read but not listed. A
    /// store that forbids what it has then reads as empty. Default false: it is an error.</summary>
    public bool ForbiddenIsAbsent { get; init; }

    /// <summary>How often a request is tried, and how long it waits in between. Default <see cref="Storage.Backoff.Default"/>.</summary>
    public Backoff Backoff { get; init; } = Backoff.Default;

    /// <summary>A request during which no byte came for so long is given up and tried again; one that is slow but moves is
    /// not. Default 30 seconds.</summary>
    public TimeSpan StallTimeout
    {
        get;
        init => field = value > TimeSpan.Zero
            ? value
            : throw new ArgumentOutOfRangeException(nameof(StallTimeout), value, "A server needs time to answer.");
    } = TimeSpan.FromSeconds(30);

    /// <summary>Requests of one volume that are under way at the same time. More of them hide a longer way to the server;
    /// each may hold one encoded chunk. Default 16.</summary>
    public int RequestsAtOnce
    {
        get;
        init => field = value > 0
            ? value
            : throw new ArgumentOutOfRangeException(nameof(RequestsAtOnce), value, "At least one request is needed.");
    } = 16;

    /// <summary>Folder on a local disk that keeps what was fetched, for the next run or the next stage. Default none.</summary>
    public string? CacheFolder { get; init; }

    /// <summary>Bytes that the files of <see cref="CacheFolder"/> may take. Default 10 GiB.</summary>
    public long CacheBytes
    {
        get;
        init => field = value >= 0
            ? value
            : throw new ArgumentOutOfRangeException(nameof(CacheBytes), value, "A cache has a size of 0 or more bytes.");
    } = 10L << 30;

    /// <summary>Where <c>s3://</c> buckets are, for servers other than Amazon's; the bucket becomes the first part of the
    /// path. Default Amazon's, with the bucket in the host's name.</summary>
    public Uri? S3Endpoint
    {
        get;
        init => field = value is null || (value.IsAbsoluteUri && value.Scheme is "http" or "https" && value.Query.Length == 0)
            ? value
            : throw new ArgumentOutOfRangeException(nameof(S3Endpoint), value, "An S3 endpoint is an http or https address.");
    }
}
