using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;

namespace ScrollSeg.Testing.Http;

/// <summary>
/// A web server of files on this machine, HTTP/1.1 with ranges, that counts what is asked of it and can be told to
/// misbehave.
/// </summary>
public sealed class FolderServer : IAsyncDisposable
{
    private readonly string _folder;
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _stop = new();
    private readonly ConcurrentDictionary<string, int> _requests = [];
    private readonly ConcurrentQueue<ServedRequest> _log = [];
    private readonly ConcurrentBag<Task> _connections = [];
    private readonly Task _accepting;
    private int _connected;
    private int _underWay;
    private int _mostUnderWay;

    /// <summary>Serves a folder at a port of its own.</summary>
    public FolderServer(string folder)
    {
        _folder = folder;
        _listener.Start();
        _accepting = AcceptAsync();
    }

    /// <summary>Decides for each request whether to answer as one should: <see langword="null"/>. Default always.</summary>
    public Func<ServedRequest, Misbehaviour?> Fault { get; set; } = static _ => null;

    /// <summary>Whether ranges are understood; if not, the whole is sent. Default true.</summary>
    public bool KnowsRanges { get; init; } = true;

    /// <summary>Address of the folder, without a slash at its end.</summary>
    public string Address => $"http://127.0.0.1:{((IPEndPoint)_listener.LocalEndpoint).Port}";

    /// <summary>Everything that was asked for, in the order in which it came.</summary>
    public IReadOnlyList<ServedRequest> Log => [.. _log];

    /// <summary>Connections that were made.</summary>
    public int Connections => Volatile.Read(ref _connected);

    /// <summary>The most requests that had come and were not being answered yet, at the same time, from here on. Each was under way for its client
    /// too, whatever either side's threads were doing.</summary>
    public int MostUnderWay => Volatile.Read(ref _mostUnderWay);

    /// <summary>How often the content of each key was asked for, from here on.</summary>
    public IReadOnlyDictionary<string, int> Gets =>
        _log.Where(request => request.Method == "GET").GroupBy(request => request.Key).ToDictionary(group => group.Key, group => group.Count());

    /// <summary>Forgets what was asked so far.</summary>
    public void ForgetRequests()
    {
        _log.Clear();
        _requests.Clear();
        Volatile.Write(ref _mostUnderWay, 0);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _accepting; // it may be about to accept: the listener has to be there until it is told not to
        _listener.Dispose();
        await Task.WhenAll(_connections);
        _stop.Dispose();
    }

    private async Task AcceptAsync()
    {
        while (!_stop.IsCancellationRequested)
        {
            try
            {
                TcpClient client = await _listener.AcceptTcpClientAsync(_stop.Token);
                Interlocked.Increment(ref _connected);
                _connections.Add(ServeAsync(client));
            }
            catch (Exception e) when (e is OperationCanceledException or SocketException or ObjectDisposedException)
            {
                return;
            }
        }
    }

    private async Task ServeAsync(TcpClient client)
    {
        using (client)
        {
            client.NoDelay = true;
            try
            {
                using NetworkStream stream = client.GetStream();
                using StreamReader reader = new(stream, leaveOpen: true);
                while (await ReadRequestAsync(reader) is ServedRequest request)
                {
                    _log.Enqueue(request);
                    NoteMost(Interlocked.Increment(ref _underWay));
                    string? path = PathOf(request.Key);
                    Misbehaviour? fault = Fault(request);
                    ServedAnswer answer = new(stream, client.Client, _stop.Token);
                    Interlocked.Decrement(ref _underWay); // before the first byte goes out: the client may be done with it from there on
                    if (!await answer.SendAsync(request, path, KnowsRanges, fault))
                    {
                        return;
                    }
                }
            }
            catch (Exception e) when (e is IOException or OperationCanceledException or SocketException or ObjectDisposedException)
            {
                // the client went away, or the server is to stop
            }
        }
    }

    private void NoteMost(int underWay)
    {
        int most = Volatile.Read(ref _mostUnderWay);
        while (underWay > most)
        {
            int seen = Interlocked.CompareExchange(ref _mostUnderWay, underWay, most);
            if (seen == most)
            {
                return;
            }

            most = seen;
        }
    }

    private async Task<ServedRequest?> ReadRequestAsync(StreamReader reader)
    {
        string? line = await reader.ReadLineAsync(_stop.Token);
        string[] parts = line?.Split(' ') ?? [];
        if (parts.Length != 3)
        {
            return null;
        }

        string? range = null;
        string? ifRange = null;
        while (await reader.ReadLineAsync(_stop.Token) is { Length: > 0 } header)
        {
            if (header.StartsWith("Range: bytes=", StringComparison.OrdinalIgnoreCase))
            {
                range = header["Range: bytes=".Length..];
            }
            else if (header.StartsWith("If-Range: ", StringComparison.OrdinalIgnoreCase))
            {
                ifRange = header["If-Range: ".Length..];
            }
        }

        string key = Uri.UnescapeDataString(parts[1].TrimStart('/'));
        return new ServedRequest(parts[0], key, range, _requests.AddOrUpdate(key, 1, static (_, number) => number + 1)) { IfRange = ifRange };
    }

    private string? PathOf(string key)
    {
        string path = Path.GetFullPath(Path.Combine(_folder, key));
        return path.StartsWith(_folder + Path.DirectorySeparatorChar, StringComparison.Ordinal) && File.Exists(path) ? path : null;
    }
}
