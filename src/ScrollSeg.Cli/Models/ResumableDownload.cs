using System.Net;
using System.Net.Http.Headers;

namespace ScrollSeg.Cli.Models;

/// <summary>
/// Fetches a file of known length, going on where an earlier try ended (HTTP Range, RFC 9110 section 14). Whether it is the
/// right file is for its hash to say.
/// </summary>
/// <param name="client">Its own timeout should be infinite: a big file takes long.</param>
internal sealed class ResumableDownload(HttpClient client)
{
    private const int BlockBytes = 1 << 18;

    /// <summary>Tries in a row that bring nothing before it is given up. Default 5.</summary>
    public int Tries { get; init; } = 5;

    /// <summary>Pause before the second try, twice as long before each further one. Default a second.</summary>
    public TimeSpan Pause { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>Longest silence of the server. Default a minute.</summary>
    public TimeSpan Patience { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>Fetches what is missing.</summary>
    /// <param name="url">Where from.</param>
    /// <param name="bytes">Length of the whole file.</param>
    /// <param name="part">What earlier tries brought, at most <paramref name="bytes"/>; it is appended to.</param>
    /// <param name="progress">Is told the length so far.</param>
    /// <param name="cancellationToken">Ends it; what was fetched stays.</param>
    /// <exception cref="DownloadException">The server refuses, has another file, or falls silent again and again.</exception>
    public async Task FillAsync(Uri url, long bytes, FileStream part, Action<long> progress, CancellationToken cancellationToken)
    {
        int failures = 0;
        while (part.Length < bytes)
        {
            long before = part.Length;
            try
            {
                await TryAsync(url, bytes, part, progress, cancellationToken);
            }
            catch (Interruption e)
            {
                failures = part.Length > before ? 1 : failures + 1;
                if (failures >= Tries)
                {
                    throw new DownloadException(
                        $"{url}: {e.Message} {Tries} times in a row; {part.Length} of {bytes} bytes are kept in {part.Name}. The same command goes on from there.", e);
                }

                await Task.Delay(Pause * Math.Pow(2, failures - 1), cancellationToken);
            }
        }
    }

    private async Task TryAsync(Uri url, long bytes, FileStream part, Action<long> progress, CancellationToken cancellationToken)
    {
        using CancellationTokenSource silence = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        silence.CancelAfter(Patience);
        using HttpRequestMessage request = new(HttpMethod.Get, url);
        request.Headers.Range = part.Length > 0 ? new RangeHeaderValue(part.Length, null) : null;
        using HttpResponseMessage response = await ListenAsync(
            client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, silence.Token), cancellationToken);
        Check(response, url, bytes, part);
        part.Position = part.Length;
        await using Stream body = await ListenAsync(response.Content.ReadAsStreamAsync(silence.Token), cancellationToken);
        byte[] block = new byte[BlockBytes];
        while (true)
        {
            silence.CancelAfter(Patience);
            int read = await ListenAsync(body.ReadAsync(block, silence.Token).AsTask(), cancellationToken);
            if (read == 0)
            {
                break;
            }

            if (part.Length + read > bytes)
            {
                part.SetLength(0);
                throw new DownloadException($"{url}: sends more than the {bytes} bytes that its manifest says. What was fetched is discarded.");
            }

            await part.WriteAsync(block.AsMemory(0, read), cancellationToken);
            await part.FlushAsync(cancellationToken);
            progress(part.Length);
        }

        if (part.Length < bytes)
        {
            throw new Interruption($"ended after {part.Length} of {bytes} bytes", null);
        }
    }

    /// <summary>Decides by the answer's head whether its body is what was asked for.</summary>
    private static void Check(HttpResponseMessage response, Uri url, long bytes, FileStream part)
    {
        ContentRangeHeaderValue? range = response.Content.Headers.ContentRange;
        switch (response.StatusCode)
        {
            case HttpStatusCode.OK: // the whole file, whatever was asked
                CheckLength(response.Content.Headers.ContentLength, url, bytes);
                part.SetLength(0);
                return;
            case HttpStatusCode.PartialContent when part.Length > 0 && range?.From == part.Length:
                CheckLength(range.Length, url, bytes);
                return;
            case HttpStatusCode.PartialContent:
                throw new DownloadException($"{url}: asked for the bytes from {part.Length} on, and answered with '{range}'.");
            case HttpStatusCode.RequestedRangeNotSatisfiable:
                throw new DownloadException($"{url}: has nothing from byte {part.Length} on; its manifest says {bytes} bytes. Delete {part.Name} to begin anew.");
            case HttpStatusCode status when status is HttpStatusCode.RequestTimeout or HttpStatusCode.TooManyRequests || (int)status >= 500:
                throw new Interruption($"answered {(int)status} {response.ReasonPhrase}", null);
            default:
                throw new DownloadException(
                    $"{url}: answered {(int)response.StatusCode} {response.ReasonPhrase}. The file may have moved, or a proxy may stand between.");
        }
    }

    private static void CheckLength(long? length, Uri url, long bytes)
    {
        if (length is not null && length != bytes)
        {
            throw new DownloadException($"{url}: has {length} bytes, its manifest says {bytes}. It is another file.");
        }
    }

    /// <summary>Turns what a network does to a connection into one kind of failure; a cancelled wish stays one.</summary>
    private async Task<T> ListenAsync<T>(Task<T> answer, CancellationToken cancellationToken)
    {
        try
        {
            return await answer;
        }
        catch (Exception e) when (e is HttpRequestException or IOException)
        {
            throw new Interruption(e.Message.TrimEnd('.'), e);
        }
        catch (OperationCanceledException e) when (!cancellationToken.IsCancellationRequested)
        {
            throw new Interruption($"was silent for {Patience.TotalSeconds:0.#} s", e);
        }
    }

    /// <summary>A try ended that another one may carry on.</summary>
    private sealed class Interruption(string message, Exception? innerException) : Exception(message, innerException);
}
