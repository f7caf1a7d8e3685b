namespace ScrollSeg.Viewer;

/// <summary>A request that cannot be answered: becomes its status and one line of text.</summary>
internal sealed class RequestException(int status, string message) : Exception(message)
{
    /// <summary>The HTTP status code.</summary>
    public int Status => status;
}
