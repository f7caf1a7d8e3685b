using System.CommandLine;
using ScrollSeg.Volumes;
using ScrollSeg.Volumes.Storage.Remote;

namespace ScrollSeg.Cli.Parsing;

/// <summary>How volumes are read, the same for every verb that reads one: <c>--require-complete-input</c>,
/// <c>--forbidden-is-absent</c>, <c>--s3-endpoint</c>, <c>--cache</c> and <c>--cache-size</c>.</summary>
internal static class ReadingOptions
{
    /// <summary>The variables that Amazon's own tools read, the more special one first.</summary>
    private static readonly string[] EndpointVariables = ["AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL"];

    private static readonly Option<bool> ForbiddenIsAbsent = new("--forbidden-is-absent")
    {
        Description = "Take a server's 403 for 404: for buckets that forbid what they do not have.",
    };

    private static readonly Option<bool> RequireComplete = new("--require-complete-input")
    {
        Description = "Fail where the input has no chunk or slice, rather than read the fill value there.",
    };

    private static readonly Option<Uri?> Endpoint = ParsedOption.Create<Uri?>(
        "--s3-endpoint",
        "URL",
        $"Server of s3:// addresses. Default: ${EndpointVariables[0]} or ${EndpointVariables[1]}, else Amazon's.",
        text => ParseEndpoint(text));

    private static readonly Option<string?> Cache = new("--cache")
    {
        Description = "Folder that keeps what is fetched from a server, for one process at a time. Default: nothing is kept.",
        HelpName = "DIR",
    };

    private static readonly Option<long?> CacheSize = ParsedOption.Create<long?>(
        "--cache-size",
        "BYTES",
        $"What the files in --cache may take at any moment. Default: {ByteSize.Format(new RemoteOptions().CacheBytes)}.",
        text => ByteSize.Parse(text));

    /// <summary>Those about servers, for verbs that keep what they fetch anyway.</summary>
    public static IReadOnlyList<Option> OfServers { get; } = [ForbiddenIsAbsent, Endpoint];

    /// <summary>All of them.</summary>
    public static IReadOnlyList<Option> All { get; } = [RequireComplete, .. OfServers, Cache, CacheSize];

    /// <summary>Gives a verb the options.</summary>
    /// <param name="command">The verb.</param>
    /// <param name="readsVoxels">Whether it reads more than headers.</param>
    public static void AddTo(Command command, bool readsVoxels = true)
    {
        foreach (Option option in All.Where(option => readsVoxels || option != RequireComplete))
        {
            command.Add(option);
        }
    }

    /// <summary>What was asked for.</summary>
    public static ReaderOptions Of(ParseResult parsed) => new()
    {
        RequireComplete = parsed.GetValue(RequireComplete),
        Remote = new RemoteOptions
        {
            ForbiddenIsAbsent = parsed.GetValue(ForbiddenIsAbsent),
            CacheFolder = parsed.GetValue(Cache),
            CacheBytes = parsed.GetValue(CacheSize) ?? new RemoteOptions().CacheBytes,
            S3Endpoint = parsed.GetValue(Endpoint) ?? EndpointOfEnvironment(),
        },
    };

    private static Uri? EndpointOfEnvironment()
    {
        foreach (string name in EndpointVariables)
        {
            if (Environment.GetEnvironmentVariable(name) is { Length: > 0 } text)
            {
                try
                {
                    return ParseEndpoint(text);
                }
                catch (FormatException e)
                {
                    throw new UsageException($"${name}: {e.Message}");
                }
            }
        }

        return null;
    }

    private static Uri ParseEndpoint(string text) =>
        Uri.TryCreate(text, UriKind.Absolute, out Uri? uri) && uri.Scheme is "http" or "https" && uri.Query.Length == 0
            ? uri
            : throw new FormatException($"'{text}' is no server: expected http://HOST or https://HOST.");
}
