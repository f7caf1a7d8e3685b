using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using ScrollSeg.Segmentation;
using ScrollSeg.Volumes;

namespace ScrollSeg.Viewer;

/// <summary>
/// A web page on this machine alone that shows the slices of a volume, and a mask over them. It listens on 127.0.0.1, answers
/// GET requests for that address or localhost only, and writes nothing.
/// </summary>
public sealed class ViewerServer : IAsyncDisposable
{
    private const int MostConnections = 64;
    private static readonly TimeSpan StopTimeout = TimeSpan.FromSeconds(1);

    private readonly WebApplication _app;
    private readonly ViewedVolume _volume;
    private readonly ViewerResponses _responses;
    private readonly CancellationTokenSource _stopping = new();

    private ViewerServer(ViewedVolume volume, ViewerOptions options)
    {
        _volume = volume;
        _responses = new ViewerResponses(volume, options.ReadsAtOnce);

        // the empty builder: no settings file or environment variable of somewhere else adds an address to listen on
        WebApplicationBuilder builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxConcurrentConnections = MostConnections;
            kestrel.Limits.MaxRequestBodySize = 0;
            kestrel.Listen(IPAddress.Loopback, options.Port);
        });
        builder.Services.AddSingleton<IHostLifetime, NoSignals>();
        _app = builder.Build();
        _app.Run(context => _responses.AnswerAsync(context, _stopping.Token));
    }

    /// <summary>Where the page is, for example <c>http://127.0.0.1:40211/</c>.</summary>
    public Uri Address => new(_app.Urls.Single() + "/");

    /// <summary>Opens a volume and serves it until disposed.</summary>
    /// <param name="path">The volume, of any kind that <see cref="VolumeFormats"/> knows.</param>
    /// <param name="options">What lies over it, and where to listen.</param>
    /// <param name="cancellationToken">Stops the opening, not the server.</param>
    /// <exception cref="VolumeFormatException">The volume or the mask is damaged, or none.</exception>
    /// <exception cref="InvalidRequestException">The mask has another shape than the volume.</exception>
    /// <exception cref="IOException">The port is taken, or a file cannot be read.</exception>
    public static async Task<ViewerServer> StartAsync(string path, ViewerOptions options, CancellationToken cancellationToken = default)
    {
        ViewedVolume volume = await ViewedVolume.OpenAsync(path, options.Over, options.MaxSide, cancellationToken);
        ViewerServer server = new(volume, options);
        try
        {
            await server._app.StartAsync(cancellationToken);
            return server;
        }
        catch
        {
            await server.DisposeAsync();
            throw;
        }
    }

    /// <summary>Stops listening, ends what is being read, and closes the volume.</summary>
    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        using (CancellationTokenSource timeout = new(StopTimeout))
        {
            await _app.StopAsync(timeout.Token);
        }

        await _app.DisposeAsync();
        await _responses.DrainAsync();
        _responses.Dispose();
        _stopping.Dispose();
        await _volume.DisposeAsync();
    }

    /// <summary>Signals belong to the program around the server, which disposes it.</summary>
    private sealed class NoSignals : IHostLifetime
    {
        public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}
