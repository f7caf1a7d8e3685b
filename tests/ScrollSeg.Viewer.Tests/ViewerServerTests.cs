using System.Net;
using System.Net.NetworkInformation;
using System.Net.Sockets;
using System.Text.Json;
using ScrollSeg.Segmentation;
using ScrollSeg.Testing;
using ScrollSeg.Viewer;
using ScrollSeg.Volumes;
using ScrollSeg.Volumes.Images;

namespace ScrollSeg.Tests;

public sealed class ViewerServerTests : IAsyncLifetime
{
    private const string AnyWindow = "?low=0&high=255";
    private static readonly Shape3 Shape = new(4, 6, 8);

    private readonly TemporaryFolder _folder = new();
    private readonly HttpClient _client = new();
    private ViewerServer _server = null!;

    public async ValueTask InitializeAsync()
    {
        Stores.Write(_folder["scan.zarr/0"], Shape, Value, chunk: new Shape3(2, 4, 4));
        Stores.Write(_folder["scan.zarr/1"], new Shape3(2, 3, 4), (_, _, _) => 200);
        Stores.Declare(_folder["scan.zarr"], levels: 2, voxelMicrometres: 7.91);
        Stores.Write(_folder["scan.zarr/labels/mask/0"], Shape, Inside);
        Stores.Declare(_folder["scan.zarr/labels/mask"], levels: 1, voxelMicrometres: 7.91);
        _server = await ViewerServer.StartAsync(_folder["scan.zarr"], new ViewerOptions(), TestContext.Current.CancellationToken);
        _client.BaseAddress = _server.Address;
    }

    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        _client.Dispose();
        _folder.Dispose();
    }

    [Theory]
    [InlineData("/", "text/html", "<title>ScrollSeg</title>")]
    [InlineData("/viewer.js", "text/javascript", "/api/volume")]
    [InlineData("/viewer.css", "text/css", "canvas")]
    [InlineData("/icon.svg", "image/svg+xml", "<svg")]
    public async Task Page_IsServed_WithAPolicyThatForbidsForeignContent(string path, string type, string part)
    {
        using HttpResponseMessage response = await GetAsync(path);

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal(type, response.Content.Headers.ContentType?.MediaType);
        Assert.Contains(part, await TextAsync(response), StringComparison.Ordinal);
        string policy = response.Headers.GetValues("Content-Security-Policy").Single();
        Assert.StartsWith("default-src 'none'; script-src 'self'; style-src 'self';", policy, StringComparison.Ordinal);
        Assert.DoesNotContain("unsafe", policy, StringComparison.Ordinal);
        Assert.Equal("nosniff", response.Headers.GetValues("X-Content-Type-Options").Single());
        Assert.Equal("same-origin", response.Headers.GetValues("Cross-Origin-Resource-Policy").Single());
        Assert.False(response.Headers.Contains("Server"));
    }

    [Theory]
    [InlineData("/")]
    [InlineData("/viewer.js")]
    [InlineData("/viewer.css")]
    public async Task Page_NamesNoForeignAddress(string path)
    {
        using HttpResponseMessage response = await GetAsync(path);
        string text = await TextAsync(response);

        Assert.DoesNotContain("http:", text, StringComparison.Ordinal);
        Assert.DoesNotContain("https:", text, StringComparison.Ordinal);
        Assert.DoesNotContain(" style=", text, StringComparison.Ordinal);
        Assert.DoesNotContain(" onclick=", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Volume_IsDescribed()
    {
        using HttpResponseMessage response = await GetAsync("/api/volume");
        JsonElement volume = JsonDocument.Parse(await TextAsync(response)).RootElement;

        Assert.Equal("uint8", volume.GetProperty("type").GetString());
        Assert.Equal([4, 6, 8], volume.GetProperty("shape").EnumerateArray().Select(extent => extent.GetInt32()));
        Assert.Equal(7.91, volume.GetProperty("voxelSizeMicrometres")[2].GetDouble());
        Assert.Equal(2, volume.GetProperty("levels").GetArrayLength());
        Assert.Equal("1", volume.GetProperty("levels")[1].GetProperty("name").GetString());
        Assert.Equal(255, volume.GetProperty("range").GetProperty("high").GetDouble());
        Assert.Equal(_folder["scan.zarr/labels/mask"], volume.GetProperty("mask").GetProperty("path").GetString());
    }

    [Fact]
    public async Task Slice_AlongEachAxis_HoldsTheVoxelsOfThatPlane()
    {
        PixelImage z = await PngAsync($"/slice/z/3.png{AnyWindow}");
        PixelImage y = await PngAsync($"/slice/y/5.png{AnyWindow}");
        PixelImage x = await PngAsync($"/slice/x/7.png{AnyWindow}");

        Assert.Equal((6, 8, 1), (z.Height, z.Width, z.Channels));
        Assert.Equal(Plane(6, 8, (row, column) => Value(3, row, column)), z.Samples);
        Assert.Equal((4, 8), (y.Height, y.Width));
        Assert.Equal(Plane(4, 8, (row, column) => Value(row, 5, column)), y.Samples);
        Assert.Equal((4, 6), (x.Height, x.Width));
        Assert.Equal(Plane(4, 6, (row, column) => Value(row, column, 7)), x.Samples);
    }

    [Fact]
    public async Task Slice_Window_MapsItsEndsToBlackAndWhiteAndCutsOffBeyond()
    {
        PixelImage image = await PngAsync("/slice/z/2.png?low=100.5&high=120.5");

        Assert.Equal(
            Plane(6, 8, (row, column) => (byte)Math.Floor(Math.Clamp((Value(2, row, column) - 100.5) / 20, 0, 1) * 255 + 0.5)),
            image.Samples);
        Assert.Contains((byte)0, image.Samples);
        Assert.Contains((byte)255, image.Samples);
    }

    [Fact]
    public async Task Slice_WithoutWindow_SpansTheSampledValues()
    {
        PixelImage image = await PngAsync("/slice/z/0.png?level=1");

        // the sample is taken of the coarsest level, where every voxel is 200: all at the lower end
        Assert.All(image.Samples, grey => Assert.Equal(0, grey));
    }

    [Fact]
    public async Task Slice_Level_ReadsTheCoarserArray()
    {
        using HttpResponseMessage response = await GetAsync($"/slice/z/3.png{AnyWindow}&level=1");
        PixelImage image = await PngAsync($"/slice/z/3.png{AnyWindow}&level=1");

        Assert.Equal("1", response.Headers.GetValues("X-Level").Single());
        Assert.Equal((3, 4), (image.Height, image.Width));
        Assert.All(image.Samples, grey => Assert.Equal(200, grey));
    }

    [Fact]
    public async Task Mask_Fill_IsOrangeInsideAndTransparentOutside()
    {
        PixelImage image = await PngAsync("/mask/z/1.png?style=fill");

        Assert.Equal((6, 8, 4), (image.Height, image.Width, image.Channels));
        for (int i = 0; i < 48; i++)
        {
            byte[] expected = Inside(1, i / 8, i % 8) != 0 ? [230, 159, 0, 255] : [0, 0, 0, 0];
            Assert.Equal(expected, image.Samples[(i * 4)..((i + 1) * 4)]);
        }
    }

    [Fact]
    public async Task Mask_Outline_LeavesTheInsideOut()
    {
        PixelImage image = await PngAsync("/mask/z/1.png");

        // inside: rows 1..4, columns 2..6; its rim is what a pencil would draw
        for (int i = 0; i < 48; i++)
        {
            (int row, int column) = (i / 8, i % 8);
            bool isRim = Inside(1, row, column) != 0 && (row is 1 or 4 || column is 2 or 6);
            Assert.Equal(isRim ? 255 : 0, image.Samples[(i * 4) + 3]);
        }
    }

    [Theory]
    [InlineData("/slice/z/4.png", HttpStatusCode.NotFound, "There is no slice 4 along z: the volume is [4, 6, 8] voxels (z, y, x).")]
    [InlineData("/slice/y/6.png", HttpStatusCode.NotFound, "There is no slice 6 along y")]
    [InlineData("/mask/x/8.png", HttpStatusCode.NotFound, "There is no slice 8 along x")]
    [InlineData("/slice/z/0.png?level=2", HttpStatusCode.NotFound, "There is no level 2: the volume has 2")]
    [InlineData("/slice/w/0.png", HttpStatusCode.BadRequest, "'w' is no axis: expected z, y or x.")]
    [InlineData("/slice/z/-1.png", HttpStatusCode.BadRequest, "'-1' is no slice")]
    [InlineData("/slice/z/99999999999.png", HttpStatusCode.BadRequest, "'99999999999' is no slice")]
    [InlineData("/slice/z/0.jpg", HttpStatusCode.BadRequest, "'0.jpg' is no slice")]
    [InlineData("/slice/z/0.png?low=9&high=9", HttpStatusCode.BadRequest, "low 9 is not below high 9.")]
    [InlineData("/slice/z/0.png?low=NaN", HttpStatusCode.BadRequest, "low=NaN: expected one number.")]
    [InlineData("/slice/z/0.png?low=1&low=2", HttpStatusCode.BadRequest, "low=1,2: expected one number.")]
    [InlineData("/slice/z/0.png?level=-1", HttpStatusCode.BadRequest, "'-1' is no level")]
    [InlineData("/mask/z/0.png?style=red", HttpStatusCode.BadRequest, "style=red: expected outline or fill.")]
    [InlineData("/slice/z", HttpStatusCode.NotFound, "There is nothing at /slice/z.")]
    [InlineData("/../../etc/passwd", HttpStatusCode.NotFound, "There is nothing at")]
    public async Task Request_ThatCannotBeAnswered_GetsAStatusAndOneLine(string path, HttpStatusCode status, string message)
    {
        using HttpResponseMessage response = await GetAsync(path);
        string text = await TextAsync(response);

        Assert.Equal(status, response.StatusCode);
        Assert.Equal("text/plain", response.Content.Headers.ContentType?.MediaType);
        Assert.Contains(message, text, StringComparison.Ordinal);
        Assert.Single(text.TrimEnd('\n').Split('\n'));
    }

    [Theory]
    [InlineData("attacker.example", HttpStatusCode.BadRequest)]
    [InlineData("127.0.0.1.attacker.example", HttpStatusCode.BadRequest)]
    [InlineData("10.0.0.1:80", HttpStatusCode.BadRequest)]
    [InlineData("localhost:1234", HttpStatusCode.OK)]
    [InlineData("LOCALHOST", HttpStatusCode.OK)]
    [InlineData("127.0.0.1", HttpStatusCode.OK)]
    public async Task Request_ForAForeignHost_IsRefused(string host, HttpStatusCode status)
    {
        using HttpRequestMessage request = new(HttpMethod.Get, "/api/volume");
        request.Headers.Host = host;
        using HttpResponseMessage response = await _client.SendAsync(request, TestContext.Current.CancellationToken);

        Assert.Equal(status, response.StatusCode);
        Assert.Equal(status == HttpStatusCode.OK, (await TextAsync(response)).Contains("shape", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("POST")]
    [InlineData("PUT")]
    [InlineData("DELETE")]
    [InlineData("OPTIONS")]
    public async Task Request_OtherThanGet_IsRefused(string method)
    {
        using HttpRequestMessage request = new(new HttpMethod(method), "/api/volume");
        using HttpResponseMessage response = await _client.SendAsync(request, TestContext.Current.CancellationToken);

        Assert.Equal(HttpStatusCode.MethodNotAllowed, response.StatusCode);
        Assert.Contains($"{method} is not served: only GET is.", await TextAsync(response), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Server_Listens_OnLoopbackAlone()
    {
        int port = _server.Address.Port;
        IPEndPoint listening = Assert.Single(
            IPGlobalProperties.GetIPGlobalProperties().GetActiveTcpListeners(), endPoint => endPoint.Port == port);
        Assert.Equal(IPAddress.Loopback, listening.Address);

        foreach (IPAddress other in NetworkInterface.GetAllNetworkInterfaces()
            .SelectMany(adapter => adapter.GetIPProperties().UnicastAddresses)
            .Select(address => address.Address)
            .Where(address => address.AddressFamily == AddressFamily.InterNetwork && !IPAddress.IsLoopback(address)))
        {
            using Socket socket = new(SocketType.Stream, ProtocolType.Tcp);
            await Assert.ThrowsAnyAsync<SocketException>(async () =>
                await socket.ConnectAsync(other, port, TestContext.Current.CancellationToken));
        }
    }

    [Fact]
    public async Task Server_Disposed_ListensNoMore()
    {
        Uri address = _server.Address;
        await _server.DisposeAsync();
        _server = await ViewerServer.StartAsync(
            _folder["scan.zarr/0"], new ViewerOptions { Port = address.Port }, TestContext.Current.CancellationToken);

        Assert.Equal(address, _server.Address); // the port was free again
    }

    [Fact]
    public async Task Slices_ManyAtOnce_AreAllAnswered()
    {
        PixelImage[] images = await Task.WhenAll(
            Enumerable.Range(0, 60).Select(i => PngAsync($"/slice/y/{i % 6}.png{AnyWindow}")));

        for (int i = 0; i < images.Length; i++)
        {
            Assert.Equal(Plane(4, 8, (row, column) => Value(row, i % 6, column)), images[i].Samples);
        }
    }

    [Fact]
    public async Task Slice_OfADamagedChunk_IsAnErrorAndNotBlack()
    {
        await File.WriteAllBytesAsync(Path.Combine(_folder["scan.zarr/0"], "0", "0", "0"), [1, 2, 3], TestContext.Current.CancellationToken);

        using HttpResponseMessage damaged = await GetAsync($"/slice/z/0.png{AnyWindow}");
        using HttpResponseMessage sound = await GetAsync($"/slice/z/3.png{AnyWindow}");

        Assert.Equal(HttpStatusCode.InternalServerError, damaged.StatusCode);
        Assert.Contains("scan.zarr", await TextAsync(damaged), StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.OK, sound.StatusCode);
    }

    [Fact]
    public async Task Start_LargeSlice_ShowsACoarserLevelAndThenEveryNthVoxel()
    {
        await using ViewerServer server = await ViewerServer.StartAsync(
            _folder["scan.zarr"], new ViewerOptions { MaxSide = 4 }, TestContext.Current.CancellationToken);
        using HttpClient client = new() { BaseAddress = server.Address };

        PixelImage automatic = await PngAsync($"/slice/z/3.png{AnyWindow}", client);
        PixelImage finest = await PngAsync($"/slice/z/3.png{AnyWindow}&level=0", client);
        PixelImage alongX = await PngAsync($"/slice/x/5.png{AnyWindow}&level=0", client);

        Assert.Equal(Plane(3, 4, (_, _) => 200), automatic.Samples);
        Assert.Equal(Plane(3, 4, (row, column) => Value(3, row * 2, column * 2)), finest.Samples);
        Assert.Equal((4, 3), (alongX.Height, alongX.Width)); // z as it is, y every second
        Assert.Equal(Plane(4, 3, (row, column) => Value(row, column * 2, 5)), alongX.Samples);
    }

    [Fact]
    public async Task Start_Over_TakesTheMaskInTheStoreOrTheVolumeItself()
    {
        string plain = Stores.Write(_folder["plain.zarr"], Shape, (z, _, _) => z == 2 ? (byte)7 : (byte)0);

        PixelImage own = await OverAsync(_folder["scan.zarr/0"], plain);
        PixelImage inside = await OverAsync(plain, _folder["scan.zarr"]);

        Assert.All(Enumerable.Range(0, 48), i => Assert.Equal(255, own.Samples[(i * 4) + 3]));
        Assert.Equal(
            Plane(6, 8, (row, column) => Inside(2, row, column) != 0 ? (byte)255 : (byte)0),
            Enumerable.Range(0, 48).Select(i => inside.Samples[(i * 4) + 3]).ToArray());
    }

    [Fact]
    public async Task Start_WithoutMask_AnswersMaskRequestsWith404()
    {
        string plain = Stores.Write(_folder["plain.zarr"], Shape, Value);
        await using ViewerServer server = await ViewerServer.StartAsync(plain, new ViewerOptions(), TestContext.Current.CancellationToken);
        using HttpClient client = new() { BaseAddress = server.Address };
        using HttpResponseMessage response = await client.GetAsync("/mask/z/0.png", TestContext.Current.CancellationToken);

        Assert.Equal(HttpStatusCode.NotFound, response.StatusCode);
        Assert.Contains("without a mask", await TextAsync(response), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Start_OverAnotherShape_IsRefusedWithBothShapes()
    {
        string small = Stores.Write(_folder["small.zarr"], new Shape3(4, 6, 7), (_, _, _) => 1);

        InvalidRequestException e = await Assert.ThrowsAsync<InvalidRequestException>(() => ViewerServer.StartAsync(
            _folder["scan.zarr"], new ViewerOptions { Over = small }, TestContext.Current.CancellationToken));

        Assert.Contains("[4, 6, 7]", e.Message, StringComparison.Ordinal);
        Assert.Contains("[4, 6, 8]", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Start_TakenPort_IsAnInputOutputError() =>
        await Assert.ThrowsAnyAsync<IOException>(() => ViewerServer.StartAsync(
            _folder["scan.zarr"], new ViewerOptions { Port = _server.Address.Port }, TestContext.Current.CancellationToken));

    [Theory]
    [InlineData(-1)]
    [InlineData(65536)]
    public void Options_ImpossiblePort_Throws(int port) =>
        Assert.Throws<ArgumentOutOfRangeException>(() => new ViewerOptions { Port = port });

    private static byte Value(int z, int y, int x) => (byte)((z * 48) + (y * 8) + x);

    private static byte Inside(int z, int y, int x) => z is 1 or 2 && y is >= 1 and <= 4 && x is >= 2 and <= 6 ? (byte)1 : (byte)0;

    private static byte[] Plane(int height, int width, Func<int, int, byte> value) =>
        [.. Enumerable.Range(0, height * width).Select(i => value(i / width, i % width))];

    private static Task<string> TextAsync(HttpResponseMessage response) =>
        response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);

    private async Task<PixelImage> OverAsync(string path, string over)
    {
        await using ViewerServer server = await ViewerServer.StartAsync(
            path, new ViewerOptions { Over = over }, TestContext.Current.CancellationToken);
        using HttpClient client = new() { BaseAddress = server.Address };
        return await PngAsync("/mask/z/2.png?style=fill", client);
    }

    private Task<HttpResponseMessage> GetAsync(string path) => _client.GetAsync(path, TestContext.Current.CancellationToken);

    private async Task<PixelImage> PngAsync(string path, HttpClient? client = null)
    {
        byte[] bytes = await (client ?? _client).GetByteArrayAsync(path, TestContext.Current.CancellationToken);
        using MemoryStream stream = new(bytes);
        return PngFile.Read(stream, path);
    }
}
