namespace ScrollSeg.Cli.Downloads;

/// <summary>A file on a server, as far as it is known before it is fetched.</summary>
/// <param name="Url">Where it is.</param>
/// <param name="Bytes">Its length; <see langword="null"/>: what the server says counts.</param>
/// <param name="Sha256">Its hash, in lower-case hexadecimal; <see langword="null"/>: whatever comes is taken.</param>
internal sealed record RemoteFile(Uri Url, long? Bytes, string? Sha256);
