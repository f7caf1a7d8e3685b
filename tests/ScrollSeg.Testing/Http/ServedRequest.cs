namespace ScrollSeg.Testing.Http;

/// <summary>One request as it came.</summary>
/// <param name="Method">GET or HEAD.</param>
/// <param name="Key">Path below the served folder, unescaped.</param>
/// <param name="Range">What follows <c>bytes=</c>; <see langword="null"/> without a range.</param>
/// <param name="Number">How many requests for this key there were, this one included.</param>
public sealed record ServedRequest(string Method, string Key, string? Range, int Number)
{
    /// <summary>The version that the range is wanted of; of another one the whole is sent.</summary>
    public string? IfRange { get; init; }
}
