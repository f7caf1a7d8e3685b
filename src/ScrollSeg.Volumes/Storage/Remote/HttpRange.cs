using System.Net;
using System.Net.Http.Headers;

namespace ScrollSeg.Volumes.Storage.Remote;

/// <summary>Answers to requests for a part (RFC 9110, section 14).</summary>
internal static class HttpRange
{
    /// <summary>Reads the part that was asked for, also from a server that knows no ranges and sends all.</summary>
    public static async ValueTask<StoredBytes?> ReadAsync(
        HttpResponseMessage response, string address, ByteRange range, StallTimer stall)
    {
        await using Stream body = await response.Content.ReadAsStreamAsync(stall.Token);
        if (response.StatusCode == HttpStatusCode.PartialContent)
        {
            (int length, long whole) = Check(response.Content.Headers.ContentRange, address, range);
            return await HttpBody.ReadAsync(body, address, length, whole, stall);
        }

        if (response.Content.Headers.ContentLength is not long all)
        {
            throw new RemoteException(address, $"{range} were asked for, the server sends all and does not say how much that is.", null);
        }

        (long offset, int wanted) = range.Within(all) ?? throw EndsEarly(address, range, all);
        await HttpBody.SkipAsync(body, address, offset, stall);
        return await HttpBody.ReadAsync(body, address, wanted, all, stall);
    }

    private static (int Length, long Whole) Check(ContentRangeHeaderValue? sent, string address, ByteRange range)
    {
        if (sent is not { Unit: "bytes", From: long from, To: long to, Length: long whole })
        {
            throw new RemoteException(
                address, $"{range} were asked for, the server sends '{sent}' and does not say which or of how many.", null);
        }

        (long offset, int length) = range.Within(whole) ?? throw EndsEarly(address, range, whole);
        return from == offset && to == offset + length - 1
            ? (length, whole)
            : throw new RemoteException(address, $"{range} were asked for, the server sends '{sent}'.", TimeSpan.Zero);
    }

    private static VolumeFormatException EndsEarly(string address, ByteRange range, long whole) =>
        new(address, $"holds {whole} bytes; {range} are wanted of it.");
}
