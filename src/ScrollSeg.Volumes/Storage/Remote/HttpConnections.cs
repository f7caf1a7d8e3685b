using System.Net;

namespace ScrollSeg.Volumes.Storage.Remote;

/// <summary>The connections of the whole process: kept and used again, for whichever store needs one.</summary>
internal static class HttpConnections
{
    /// <summary>Most hops from one address to the next; browsers follow 20.</summary>
    private const int MostRedirects = 10;

    /// <summary>Bodies have limits of their own, and waiting has <see cref="StallTimer"/>.</summary>
    public static HttpClient Client { get; } = Create();

    private static HttpClient Create()
    {
        SocketsHttpHandler handler = new()
        {
            AllowAutoRedirect = true,
            MaxAutomaticRedirections = MostRedirects,
            AutomaticDecompression = DecompressionMethods.None,
            ConnectTimeout = TimeSpan.FromSeconds(30),
            PooledConnectionLifetime = TimeSpan.FromMinutes(10), // so that a server that moved is found again
            UseCookies = false,
        };
        HttpClient client = new(handler) { Timeout = Timeout.InfiniteTimeSpan };
        client.DefaultRequestHeaders.UserAgent.ParseAdd("scrollseg");
        return client;
    }
}
