using System.Globalization;
using System.Net.Sockets;
using System.Text;

namespace ScrollSeg.Testing.Http;

/// <summary>Sends one answer.</summary>
internal sealed class ServedAnswer(NetworkStream stream, Socket socket, CancellationToken stop)
{
    /// <summary>Sends it.</summary>
    /// <returns>Whether the connection can be used again.</returns>
    public async Task<bool> SendAsync(ServedRequest request, string? path, bool knowsRanges, Misbehaviour? fault)
    {
        if (fault is { Silent: true })
        {
            await Task.Delay(Timeout.Infinite, stop);
        }

        if (fault?.Status is int status)
        {
            await HeadAsync(status, 0, fault.Headers);
            return true;
        }

        if (path is null)
        {
            await HeadAsync(404, 0, []);
            return true;
        }

        byte[] all = await File.ReadAllBytesAsync(path, stop);
        string tag = $"\"{all.Length:x}-{File.GetLastWriteTimeUtc(path).Ticks:x}\"";
        knowsRanges &= request.IfRange is null || request.IfRange == tag;
        string[] version = [$"ETag: {tag}", $"Last-Modified: {File.GetLastWriteTimeUtc(path):R}"];
        (int from, int count) = knowsRanges && request.Range is string range ? Part(range, all.Length) : (0, all.Length);
        bool isPart = knowsRanges && request.Range is not null;
        if (isPart && count <= 0)
        {
            await HeadAsync(416, 0, [$"Content-Range: bytes */{all.Length}"]);
            return true;
        }

        count -= isPart ? fault?.ShortenRange ?? 0 : 0;
        string[] part = isPart ? [$"Content-Range: bytes {from}-{from + count - 1}/{all.Length}"] : [];
        await HeadAsync(isPart ? 206 : 200, count, [.. version, .. part, .. fault?.Headers ?? []]);
        return request.Method == "HEAD" || await BodyAsync(all.AsMemory(from, count), fault);
    }

    private async Task<bool> BodyAsync(ReadOnlyMemory<byte> body, Misbehaviour? fault)
    {
        int? end = fault?.ResetAfter ?? fault?.CloseAfter ?? fault?.StallAfter;
        await stream.WriteAsync(end is int early ? body[..Math.Min(early, body.Length)] : body, stop);
        if (fault?.ResetAfter is not null)
        {
            socket.LingerState = new LingerOption(enable: true, seconds: 0); // closing then resets
        }

        if (fault?.StallAfter is not null)
        {
            await Task.Delay(Timeout.Infinite, stop);
        }

        return end is null;
    }

    /// <summary><c>a-b</c>, <c>a-</c> or <c>-n</c>.</summary>
    private static (int From, int Count) Part(string range, int length)
    {
        string[] ends = range.Split('-');
        if (ends[0].Length == 0)
        {
            int count = Math.Min(int.Parse(ends[1], CultureInfo.InvariantCulture), length);
            return (length - count, count);
        }

        int from = int.Parse(ends[0], CultureInfo.InvariantCulture);
        int to = ends[1].Length == 0 ? length - 1 : Math.Min(int.Parse(ends[1], CultureInfo.InvariantCulture), length - 1);
        return (from, to - from + 1);
    }

    private async Task HeadAsync(int status, long length, IReadOnlyList<string> headers)
    {
        StringBuilder head = new();
        head.Append(CultureInfo.InvariantCulture, $"HTTP/1.1 {status} Status{status}\r\nContent-Length: {length}\r\n");
        foreach (string header in headers)
        {
            head.Append(header).Append("\r\n");
        }

        await stream.WriteAsync(Encoding.ASCII.GetBytes(head.Append("\r\n").ToString()), stop);
    }
}
