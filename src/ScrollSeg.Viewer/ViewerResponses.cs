using System.Text;
using Microsoft.AspNetCore.Http;

namespace ScrollSeg.Viewer;

/// <summary>What each request is answered with.</summary>
/// <param name="volume">What is shown. Stays the caller's.</param>
/// <param name="readsAtOnce">Slices read at the same time.</param>
internal sealed class ViewerResponses(ViewedVolume volume, int readsAtOnce) : IDisposable
{
    private const string Policy =
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; " +
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

    private static readonly HashSet<string> Names = new(StringComparer.OrdinalIgnoreCase) { "localhost", "127.0.0.1" };

    private readonly SemaphoreSlim _reads = new(readsAtOnce, readsAtOnce);

    /// <summary>Answers one request; a failure becomes a status and one line of text.</summary>
    public async Task AnswerAsync(HttpContext context, CancellationToken stopping)
    {
        IHeaderDictionary headers = context.Response.Headers;
        headers.ContentSecurityPolicy = Policy;
        headers.XContentTypeOptions = "nosniff";
        headers.CacheControl = "no-store"; // another volume may be shown under the same address later
        headers["Referrer-Policy"] = "no-referrer";
        headers["Cross-Origin-Resource-Policy"] = "same-origin";
        using CancellationTokenSource ended = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, stopping);
        try
        {
            CheckAllowed(context.Request);
            await RouteAsync(context, ended.Token);
        }
        catch (OperationCanceledException) when (ended.IsCancellationRequested)
        {
            context.Abort();
        }
        catch (RequestException e)
        {
            await RefuseAsync(context, e.Status, e.Message);
        }
#pragma warning disable CA1031 // the edge of the server: what goes wrong with one request is told to who asked
        catch (Exception e)
#pragma warning restore CA1031
        {
            await RefuseAsync(context, StatusCodes.Status500InternalServerError, e.Message);
        }
    }

    /// <summary>Waits for reads in progress, so that what they read from can be closed.</summary>
    public async Task DrainAsync()
    {
        for (int i = 0; i < readsAtOnce; i++)
        {
            await _reads.WaitAsync();
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _reads.Dispose();

    /// <summary>A foreign page can point a name of its own at 127.0.0.1 and so read what is served here (DNS rebinding);
    /// its requests still carry that name.</summary>
    private static void CheckAllowed(HttpRequest request)
    {
        if (!Names.Contains(request.Host.Host))
        {
            throw new RequestException(
                StatusCodes.Status400BadRequest, $"Host '{request.Host}' is not served: use localhost or 127.0.0.1.");
        }

        if (!HttpMethods.IsGet(request.Method))
        {
            request.HttpContext.Response.Headers.Allow = HttpMethods.Get;
            throw new RequestException(StatusCodes.Status405MethodNotAllowed, $"{request.Method} is not served: only GET is.");
        }
    }

    private async Task RouteAsync(HttpContext context, CancellationToken ct)
    {
        string path = context.Request.Path.Value ?? "/";
        if (PageFile.All.TryGetValue(path, out PageFile? file))
        {
            await SendAsync(context, file.ContentType, file.Content, ct);
            return;
        }

        switch (path.Split('/'))
        {
            case ["", "api", "volume"]:
                await SendAsync(context, "application/json", Encoding.UTF8.GetBytes(volume.Describe().ToJsonString()), ct);
                break;
            case ["", "slice", string axis, string name]:
                SliceRequest slice = SliceRequest.Parse(axis, name, context.Request.Query, volume);
                await SendAsync(context, t => volume.SliceAsync(slice.Axis, slice.Index, slice.Level, slice.Window, t), ct);
                break;
            case ["", "mask", string axis, string name] when volume.HasMask:
                SliceRequest mask = SliceRequest.Parse(axis, name, context.Request.Query, volume);
                bool outlineOnly = OutlineOnly(context.Request.Query);
                await SendAsync(context, t => volume.MaskAsync(mask.Axis, mask.Index, outlineOnly, t), ct);
                break;
            case ["", "mask", ..] when !volume.HasMask:
                throw new RequestException(StatusCodes.Status404NotFound, "The volume is shown without a mask.");
            default:
                throw new RequestException(StatusCodes.Status404NotFound, $"There is nothing at {path}.");
        }
    }

    private static bool OutlineOnly(IQueryCollection query) => query["style"].ToArray() switch
    {
        [] or ["outline"] => true,
        ["fill"] => false,
        string?[] other => throw new RequestException(
            StatusCodes.Status400BadRequest, $"style={string.Join(',', other)}: expected outline or fill."),
    };

    private async Task SendAsync(HttpContext context, Func<CancellationToken, Task<SlicePicture>> draw, CancellationToken ct)
    {
        SlicePicture picture;
        await _reads.WaitAsync(ct);
        try
        {
            picture = await draw(ct);
        }
        finally
        {
            _reads.Release();
        }

        context.Response.Headers["X-Level"] = FormattableString.Invariant($"{picture.Level}");
        context.Response.Headers["X-Step"] = FormattableString.Invariant($"{picture.Step.Row},{picture.Step.Column}");
        await SendAsync(context, "image/png", picture.Png, ct);
    }

    private static async Task SendAsync(HttpContext context, string contentType, byte[] content, CancellationToken ct)
    {
        context.Response.ContentType = contentType;
        context.Response.ContentLength = content.Length;
        await context.Response.Body.WriteAsync(content, ct);
    }

    private static async Task RefuseAsync(HttpContext context, int status, string message)
    {
        if (context.Response.HasStarted)
        {
            context.Abort();
            return;
        }

        context.Response.StatusCode = status;
        await SendAsync(
            context, "text/plain; charset=utf-8", Encoding.UTF8.GetBytes(message.ReplaceLineEndings(" ") + "\n"), context.RequestAborted);
    }
}
