using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace ScrollSeg.Tests.Models;

/// <summary>An HTTP server on this machine that misbehaves as told, one behaviour per request, the last one for all
/// further requests. It writes bytes itself, since honest servers cannot lie about lengths.</summary>
internal sealed class LoopbackServer : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _stop = new();
    private readonly byte[] _content;
    private readonly Behaviour[] _behaviours;
    private readonly Task _serving;

    public LoopbackServer(byte[] content, params Behaviour[] behaviours)
    {
        (_content, _behaviours) = (content, behaviours);
        _listener.Start();
        _serving = ServeAsync();
    }

    /// <summary>Where each request wanted to begin; -1 without a range.</summary>
    public ConcurrentQueue<long> Requests { get; } = new();

    public Uri Address => new($"http://127.0.0.1:{((IPEndPoint)_listener.LocalEndpoint).Port}/files/tiny.pth");

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _serving; // it may be about to accept: the listener has to be there until it is told not to
        _listener.Stop();
        _stop.Dispose();
    }

    private async Task ServeAsync()
    {
        try
        {
            for (int i = 0; ; i++)
            {
                using TcpClient client = await _listener.AcceptTcpClientAsync(_stop.Token);
                await AnswerAsync(client.GetStream(), _behaviours[Math.Min(i, _behaviours.Length - 1)]);
            }
        }
        catch (Exception e) when (e is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            // stopped
        }
    }

    private async Task AnswerAsync(NetworkStream stream, Behaviour behaviour)
    {
        long start = await ReadRequestAsync(stream);
        Requests.Enqueue(start);
        int from = behaviour.IgnoresRange ? 0 : (int)Math.Max(0, start);
        byte[] body = [.. _content.AsSpan(Math.Min(from, _content.Length)), .. behaviour.Extra];
        bool partial = start >= 0 && !behaviour.IgnoresRange;
        StringBuilder head = new();
        head.Append(CultureInfo.InvariantCulture, $"HTTP/1.1 {behaviour.Status ?? (partial ? "206 Partial Content" : "200 OK")}\r\nConnection: close\r\n");
        if (behaviour.StatesLength)
        {
            head.Append(CultureInfo.InvariantCulture, $"Content-Length: {behaviour.Length ?? body.Length}\r\n");
        }

        if (partial)
        {
            head.Append(CultureInfo.InvariantCulture, $"Content-Range: bytes {from + behaviour.RangeShift}-{_content.Length - 1}/{behaviour.Total ?? _content.Length}\r\n");
        }

        try
        {
            await stream.WriteAsync(Encoding.ASCII.GetBytes(head.Append("\r\n").ToString()), _stop.Token);
            await stream.WriteAsync(body.AsMemory(0, Math.Min(body.Length, behaviour.CutAfter)), _stop.Token);
            await stream.FlushAsync(_stop.Token);
            if (behaviour.FallsSilent)
            {
                await stream.CopyToAsync(Stream.Null, _stop.Token); // until the client hangs up
            }
        }
        catch (IOException)
        {
            // the client had heard enough
        }
    }

    private async Task<long> ReadRequestAsync(NetworkStream stream)
    {
        using StreamReader reader = new(stream, Encoding.ASCII, leaveOpen: true);
        long start = -1;
        while (await reader.ReadLineAsync(_stop.Token) is { Length: > 0 } line)
        {
            if (line.StartsWith("Range: bytes=", StringComparison.OrdinalIgnoreCase))
            {
                start = long.Parse(line["Range: bytes=".Length..].TrimEnd('-'), CultureInfo.InvariantCulture);
            }
        }

        return start;
    }

    /// <summary>How a request is answered; as it should be, by default.</summary>
    internal sealed record Behaviour
    {
        public string? Status { get; init; }

        public bool IgnoresRange { get; init; }

        public bool StatesLength { get; init; } = true;

        public long? Length { get; init; }

        public long? Total { get; init; }

        public int RangeShift { get; init; }

        public int CutAfter { get; init; } = int.MaxValue;

        public bool FallsSilent { get; init; }

        public byte[] Extra { get; init; } = [];
    }
}
