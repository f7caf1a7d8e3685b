using System.Net;
using System.Net.Http.Headers;

namespace ScrollSeg.Cli.Downloads;

/// <summary>
/// Fetches a file, going on where an earlier try ended (HTTP Range, RFC 9110 section 14). Whether it is the right file is for
/// its hash to say; where none is known, the server's own mark of its version lies beside the part, and the part is gone on
/// with only while the mark is the same (If-Range, section 13.1.5).
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

    /// <summary>Where the server's mark of a part's version lies.</summary>
    public static string VersionPath(string part) => part + ".version";

    /// <summary>Fetches what is missing.</summary>
    /// <param name="file">What to fetch.</param>
    /// <param name="part">What earlier tries brought, at most the file's length; it is appended to.</param>
    /// <param name="progress">Is told the length so far.</param>
    /// <param name="cancellationToken">Ends it; what was fetched stays.</param>
    /// <exception cref="DownloadException">The server refuses, has another file, or falls silent again and again.</exception>
    public async Task FillAsync(RemoteFile file, FileStream part, Action<long> progress, CancellationToken cancellationToken)
    {
        int failures = 0;
        bool isWhole = part.Length == file.Bytes;
        while (!isWhole)
        {
            long before = part.Length;
            try
            {
                isWhole = await TryAsync(file, part, progress, cancellationToken);
            }
            catch (Interruption e)
            {
                failures = part.Length > before ? 1 : failures + 1;
                if (failures >= Tries)
                {
                    throw new DownloadException(
                        $"{file.Url}: {e.Message} {Tries} times in a row; {part.Length}{(file.Bytes is long bytes ? $" of {bytes}" : "")} bytes are kept in {part.Name}. The same command goes on from there.", e);
                }

                await Task.Delay(Pause * Math.Pow(2, failures - 1), cancellationToken);
            }
        }
    }

    /// <returns>True; a try that does not bring all throws.</returns>
    private async Task<bool> TryAsync(RemoteFile file, FileStream part, Action<long> progress, CancellationToken cancellationToken)
    {
        using CancellationTokenSource silence = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        silence.CancelAfter(Patience);
        using HttpRequestMessage request = new(HttpMethod.Get, file.Url);
        AskForTheRest(request, file, part);
        using HttpResponseMessage response = await ListenAsync(
            client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, silence.Token), cancellationToken);
        if (IsWhole(response, file, part))
        {
            return true;
        }

        long bytes = Check(response, file, part);
        await using Stream body = await ListenAsync(response.Content.ReadAsStreamAsync(silence.Token), cancellationToken);
        part.Position = part.Length;
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
                throw new DownloadException($"{file.Url}: sends more than the {bytes} bytes that its manifest says. What was fetched is discarded.");
            }

            await part.WriteAsync(block.AsMemory(0, read), cancellationToken);
            await part.FlushAsync(cancellationToken);
            progress(part.Length);
        }

        return part.Length == bytes ? true : throw new Interruption($"ended after {part.Length} of {bytes} bytes", null);
    }

    private static void AskForTheRest(HttpRequestMessage request, RemoteFile file, FileStream part)
    {
        if (part.Length > 0 && file.Sha256 is null)
        {
            string path = VersionPath(part.Name);
            if (!File.Exists(path) || !request.Headers.TryAddWithoutValidation("If-Range", File.ReadAllText(path)))
            {
                part.SetLength(0); // nothing would tell two versions of the file apart
            }
        }

        request.Headers.Range = part.Length > 0 ? new RangeHeaderValue(part.Length, null) : null;
    }

    /// <summary>Where the length is not known before, asking for what follows the last byte shows that it was the last.</summary>
    private static bool IsWhole(HttpResponseMessage response, RemoteFile file, FileStream part) =>
        response.StatusCode == HttpStatusCode.RequestedRangeNotSatisfiable && file.Bytes is null && part.Length > 0 &&
        response.Content.Headers.ContentRange?.Length == part.Length;

    /// <summary>Decides by the answer's head whether its body is what was asked for.</summary>
    /// <returns>The length of the whole file.</returns>
    private static long Check(HttpResponseMessage response, RemoteFile file, FileStream part)
    {
        ContentRangeHeaderValue? range = response.Content.Headers.ContentRange;
        switch (response.StatusCode)
        {
            case HttpStatusCode.OK: // the whole file, whatever was asked
                long whole = CheckLength(response.Content.Headers.ContentLength, file);
                part.SetLength(0);
                KeepVersion(response, file, part);
                return whole;
            case HttpStatusCode.PartialContent when part.Length > 0 && range?.From == part.Length:
                return CheckLength(range.Length, file);
            case HttpStatusCode.PartialContent:
                throw new DownloadException($"{file.Url}: asked for the bytes from {part.Length} on, and answered with '{range}'.");
            case HttpStatusCode.RequestedRangeNotSatisfiable:
                throw new DownloadException(
                    $"{file.Url}: has nothing from byte {part.Length} on{(file.Bytes is long bytes ? $"; its manifest says {bytes} bytes" : "")}. Delete {part.Name} to begin anew.");
            case HttpStatusCode status when status is HttpStatusCode.RequestTimeout or HttpStatusCode.TooManyRequests || (int)status >= 500:
                throw new Interruption($"answered {(int)status} {response.ReasonPhrase}", null);
            default:
                throw new DownloadException(
                    $"{file.Url}: answered {(int)response.StatusCode} {response.ReasonPhrase}. The file may have moved, or a proxy may stand between.");
        }
    }

    /// <summary>A weak tag names no bytes, so it is of no use here.</summary>
    private static void KeepVersion(HttpResponseMessage response, RemoteFile file, FileStream part)
    {
        string? version = response.Headers.ETag is { IsWeak: false } tag ? tag.Tag : response.Content.Headers.LastModified?.ToString("R");
        if (file.Sha256 is null && version is not null)
        {
            File.WriteAllText(VersionPath(part.Name), version);
        }
        else
        {
            File.Delete(VersionPath(part.Name));
        }
    }

    private static long CheckLength(long? length, RemoteFile file)
    {
        if (length is not null && length != (file.Bytes ?? length))
        {
            throw new DownloadException($"{file.Url}: has {length} bytes, its manifest says {file.Bytes}. It is another file.");
        }

        return file.Bytes ?? length
            ?? throw new DownloadException($"{file.Url}: the server does not say how many bytes it has, and neither does its manifest: whether all came could not be told.");
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
