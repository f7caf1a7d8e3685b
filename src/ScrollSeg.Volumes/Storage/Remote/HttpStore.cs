using System.Net;
using System.Net.Http.Headers;

namespace ScrollSeg.Volumes.Storage.Remote;

/// <summary>Files on a web server or in a public bucket; keys are paths below an address. 404 and 410 mean that a key is
/// absent; everything else that is no success is an error, tried again where another try may succeed.</summary>
public sealed class HttpStore : ChunkStore
{
    /// <summary>A name that no store has, to see how it answers for what is not there.</summary>
    private const string ImpossibleKey = ".no-such-key-0f4c1d7e";

    private const string RegionHeader = "x-amz-bucket-region";

    private readonly RemoteOptions _options;
    private readonly Func<string, Uri>? _rootInRegion;
    private Uri _root;

    /// <summary>Makes a store; nothing is asked of the server yet.</summary>
    /// <param name="root">The address that keys are paths below.</param>
    /// <param name="options">How to ask.</param>
    /// <param name="rootInRegion">The address in a region of Amazon's, if the server names another. Default none.</param>
    public HttpStore(Uri root, RemoteOptions options, Func<string, Uri>? rootInRegion = null)
    {
        _root = root;
        _options = options;
        _rootInRegion = rootInRegion;
    }

    /// <inheritdoc/>
    public override string Location => Volatile.Read(ref _root).AbsoluteUri.TrimEnd('/');

    /// <inheritdoc/>
    public override bool CanList => false;

    /// <inheritdoc/>
    public override bool IsRemote => true;

    /// <inheritdoc/>
    public override ValueTask<StoredBytes?> ReadAsync(string key, CancellationToken ct) =>
        AskAsync(HttpMethod.Get, key, null, static (response, address, stall) => ReadWholeAsync(response, address, stall), ct);

    /// <inheritdoc/>
    public override ValueTask<StoredBytes?> ReadRangeAsync(string key, ByteRange range, CancellationToken ct) =>
        AskAsync(HttpMethod.Get, key, range, (response, address, stall) => HttpRange.ReadAsync(response, address, range, stall), ct);

    /// <inheritdoc/>
    public override async ValueTask<bool> ExistsAsync(string key, CancellationToken ct) =>
        await VersionOfAsync(key, ct) is not null;

    /// <inheritdoc/>
    public override IAsyncEnumerable<StoreEntry> ListAsync(string prefix, CancellationToken ct) =>
        throw new NotSupportedException($"{Location}: a web server does not list what it has.");

    /// <inheritdoc/>
    /// <remarks>The server's ETag, Last-Modified and Content-Length.</remarks>
    public override ValueTask<string?> VersionOfAsync(string key, CancellationToken ct) =>
        AskAsync(HttpMethod.Head, key, null, static (response, _, _) => ValueTask.FromResult<string?>(VersionOf(response)), ct);

    /// <inheritdoc/>
    public override ChunkStore? Above(out string name)
    {
        string path = _root.AbsolutePath.TrimEnd('/');
        int slash = path.LastIndexOf('/');
        name = slash < 0 ? "" : Uri.UnescapeDataString(path[(slash + 1)..]);
        return IsValidKey(name) ? new HttpStore(new Uri(_root, slash == 0 ? "/" : path[..slash]), _options) : null;
    }

    /// <inheritdoc/>
    public override string Describe(string key) => AddressOf(key).AbsoluteUri;

    private static string VersionOf(HttpResponseMessage response) => FormattableString.Invariant(
        $"{response.Headers.ETag}\t{response.Content.Headers.LastModified:O}\t{response.Content.Headers.ContentLength}");

    private static async ValueTask<StoredBytes?> ReadWholeAsync(HttpResponseMessage response, string address, StallTimer stall)
    {
        await using Stream body = await response.Content.ReadAsStreamAsync(stall.Token);
        return await HttpBody.ReadAsync(body, address, response.Content.Headers.ContentLength, null, stall);
    }

    /// <summary>Asks, again while it may help.</summary>
    private async ValueTask<T?> AskAsync<T>(
        HttpMethod method,
        string key,
        ByteRange? range,
        Func<HttpResponseMessage, string, StallTimer, ValueTask<T?>> read,
        CancellationToken ct)
        where T : class
    {
        CheckKey(key);
        ct.ThrowIfCancellationRequested();
        int tries = 0;
        try
        {
            return await _options.Backoff.RunAsync(
                () =>
                {
                    tries++;
                    return AskOnceAsync(method, key, range, read, ct);
                },
                static e => e is RemoteException remote ? remote.Delay : null,
                ct);
        }
        catch (RemoteException e) when (tries > 1)
        {
            throw new IOException($"{e.Message} Tried {tries} times.", e);
        }
    }

    private async ValueTask<T?> AskOnceAsync<T>(
        HttpMethod method,
        string key,
        ByteRange? range,
        Func<HttpResponseMessage, string, StallTimer, ValueTask<T?>> read,
        CancellationToken ct)
        where T : class
    {
        using StallTimer stall = new(_options.StallTimeout, ct);
        Uri address = AddressOf(key);
        using HttpResponseMessage response = await SendAsync(method, address, range, stall);
        if (IsElsewhere(response))
        {
            throw new RemoteException(address.AbsoluteUri, $"the bucket lies elsewhere, at {Location}.", TimeSpan.Zero);
        }

        if (method == HttpMethod.Head && response.StatusCode is HttpStatusCode.MethodNotAllowed or HttpStatusCode.NotImplemented)
        {
            return await AskOnceAsync(HttpMethod.Get, key, null, read, ct); // only its headers are looked at
        }

        if (await IsAbsentAsync(response, address, stall))
        {
            return null;
        }

        HttpStatus.Check(response, address.AbsoluteUri);
        return await read(response, address.AbsoluteUri, stall);
    }

    private static async ValueTask<HttpResponseMessage> SendAsync(HttpMethod method, Uri address, ByteRange? range, StallTimer stall)
    {
        using HttpRequestMessage request = new(method, address);
        request.Headers.Range = range switch
        {
            null => null,
            { IsAtEnd: true } end => new RangeHeaderValue(null, end.Length),
            { } part => new RangeHeaderValue(part.Offset, part.Offset + part.Length - 1),
        };
        try
        {
            HttpResponseMessage response =
                await HttpConnections.Client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, stall.Token);
            stall.Moved();
            return response;
        }
        catch (HttpRequestException e)
        {
            throw HttpStatus.NoAnswer(address.AbsoluteUri, e);
        }
        catch (OperationCanceledException e) when (stall.HasStalled)
        {
            throw new RemoteException(address.AbsoluteUri, "the server did not answer in time.", TimeSpan.Zero, e);
        }
    }

    private async ValueTask<bool> IsAbsentAsync(HttpResponseMessage response, Uri address, StallTimer stall)
    {
        if (response.StatusCode is HttpStatusCode.NotFound or HttpStatusCode.Gone)
        {
            return true;
        }

        if (response.StatusCode != HttpStatusCode.Forbidden)
        {
            return false;
        }

        if (_options.ForbiddenIsAbsent)
        {
            return true;
        }

        using HttpResponseMessage impossible = await SendAsync(HttpMethod.Get, AddressOf(ImpossibleKey), null, stall);
        throw new RemoteException(
            address.AbsoluteUri,
            "the server answers 403 (forbidden)" + (impossible.StatusCode == HttpStatusCode.Forbidden
                ? ", as it does for a key that cannot exist: if it forbids nothing but what is absent, give --forbidden-is-absent."
                : "."),
            delay: null);
    }

    /// <summary>Whether the server says that the bucket lies in another region; the next request then goes there.</summary>
    private bool IsElsewhere(HttpResponseMessage response)
    {
        if (_rootInRegion is null || (int)response.StatusCode is not (301 or 307 or 308 or 400) ||
            !response.Headers.TryGetValues(RegionHeader, out IEnumerable<string>? regions))
        {
            return false;
        }

        Uri root = _rootInRegion(regions.First());
        return Interlocked.Exchange(ref _root, root) != root;
    }

    private Uri AddressOf(string key)
    {
        string path = string.Join('/', key.Split('/').Select(Uri.EscapeDataString));
        return key.Length == 0 ? _root : new Uri($"{Location}/{path}");
    }
}
