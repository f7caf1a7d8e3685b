namespace ScrollSeg.Cli.Downloads;

/// <summary>Makes the client that files are fetched with.</summary>
internal static class DownloadClient
{
    public static HttpClient Create()
    {
        HttpClient client = new() { Timeout = Timeout.InfiniteTimeSpan };
        client.DefaultRequestHeaders.UserAgent.ParseAdd("scrollseg");
        return client;
    }
}
