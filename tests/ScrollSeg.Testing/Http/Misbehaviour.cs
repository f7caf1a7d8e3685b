namespace ScrollSeg.Testing.Http;

/// <summary>What a server does instead of answering as it should.</summary>
public sealed record Misbehaviour
{
    /// <summary>Answers with this status and an empty body. Default none.</summary>
    public int? Status { get; init; }

    /// <summary>Header lines to add. Default none.</summary>
    public IReadOnlyList<string> Headers { get; init; } = [];

    /// <summary>Sends so many bytes of the body, then resets the connection. Default none.</summary>
    public int? ResetAfter { get; init; }

    /// <summary>Sends so many bytes of the body, then closes the connection as if it were all. Default none.</summary>
    public int? CloseAfter { get; init; }

    /// <summary>Sends so many bytes of the body, then nothing, and stays connected. Default none.</summary>
    public int? StallAfter { get; init; }

    /// <summary>Answers a request for a range with so many bytes fewer, as if that were all. Default none.</summary>
    public int? ShortenRange { get; init; }

    /// <summary>Never answers. Default false.</summary>
    public bool Silent { get; init; }

    /// <summary>Answers with a status.</summary>
    public static Misbehaviour Answer(int status, params string[] headers) => new() { Status = status, Headers = headers };
}
