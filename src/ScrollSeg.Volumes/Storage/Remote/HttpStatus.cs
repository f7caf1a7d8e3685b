using System.Net;
using System.Net.Http.Headers;

namespace ScrollSeg.Volumes.Storage.Remote;

/// <summary>What answers mean that are no success, and which of them may pass.</summary>
internal static class HttpStatus
{
    /// <summary>Lets a success through.</summary>
    /// <exception cref="RemoteException">It is none.</exception>
    public static void Check(HttpResponseMessage response, string address)
    {
        string? encoding = response.Content.Headers.ContentEncoding.FirstOrDefault(name => name != "identity");
        if (response.StatusCode is HttpStatusCode.OK or HttpStatusCode.PartialContent && encoding is null)
        {
            return;
        }

        if ((int)response.StatusCode is >= 200 and < 300)
        {
            throw new RemoteException(
                address,
                encoding is null
                    ? $"the server answers {Describe(response)}, expected 200 or 206."
                    : $"the server sends it in the encoding '{encoding}', which was not asked for.",
                delay: null);
        }

        if ((int)response.StatusCode is >= 300 and < 400)
        {
            throw new RemoteException(
                address,
                $"the server answers {Describe(response)} and sends on to {response.Headers.Location?.OriginalString ?? "nowhere"}, " +
                "which is not followed: too many hops, or from https to http.",
                delay: null);
        }

        throw new RemoteException(
            address,
            $"the server answers {Describe(response)}.",
            MayPass(response.StatusCode) ? WaitWanted(response.Headers.RetryAfter) : null);
    }

    /// <summary>What no answer at all means.</summary>
    public static RemoteException NoAnswer(string address, HttpRequestException failure) => new(
        address,
        $"no answer from the server: {failure.Message}",
        failure.HttpRequestError is HttpRequestError.SecureConnectionError or HttpRequestError.ConfigurationLimitExceeded
            ? null
            : TimeSpan.Zero,
        failure);

    private static string Describe(HttpResponseMessage response) =>
        $"{(int)response.StatusCode}{(string.IsNullOrEmpty(response.ReasonPhrase) ? "" : $" ({response.ReasonPhrase})")}";

    private static bool MayPass(HttpStatusCode status) =>
        status is HttpStatusCode.RequestTimeout or HttpStatusCode.TooManyRequests ||
        ((int)status >= 500 && status is not (HttpStatusCode.NotImplemented or HttpStatusCode.HttpVersionNotSupported));

    private static TimeSpan WaitWanted(RetryConditionHeaderValue? header)
    {
        TimeSpan wait = header?.Delta ?? header?.Date - TimeProvider.System.GetUtcNow() ?? TimeSpan.Zero;
        return wait > TimeSpan.Zero ? wait : TimeSpan.Zero;
    }
}
