using System.Text.Json.Nodes;
using ScrollSeg.Segmentation;
using ScrollSeg.Volumes;
using ScrollSeg.Volumes.Images;

namespace ScrollSeg.Viewer;

/// <summary>A volume and what lies over it, ready to be drawn slice by slice. Reads may run concurrently.</summary>
internal sealed class ViewedVolume : IAsyncDisposable
{
    private readonly Pyramid _volume;
    private readonly Pyramid? _mask;
    private readonly IntensitySample _sample;
    private readonly int _maxSide;

    private ViewedVolume(Pyramid volume, Pyramid? mask, IntensitySample sample, int maxSide) =>
        (_volume, _mask, _sample, _maxSide) = (volume, mask, sample, maxSide);

    /// <summary>Extent in voxels.</summary>
    public Shape3 Shape => _volume.Info.Shape;

    /// <summary>Resolutions that can be asked for.</summary>
    public int LevelCount => _volume.Levels.Count;

    /// <summary>Whether there is anything to lay over.</summary>
    public bool HasMask => _mask is not null;

    /// <summary>What grey values are shown as black and white unless a request says otherwise.</summary>
    public GreyWindow Window => _sample.Window;

    /// <summary>Opens the volume and its mask, and takes a sample of the grey values.</summary>
    /// <exception cref="InvalidRequestException">The mask has another shape than the volume.</exception>
    /// <exception cref="VolumeFormatException">One of them is damaged, or no volume.</exception>
    public static async Task<ViewedVolume> OpenAsync(string path, string? over, int maxSide, CancellationToken ct)
    {
        Pyramid volume = await Pyramid.OpenAsync(path, ct);
        Pyramid? mask = null;
        try
        {
            mask = over is null ? await OwnMaskAsync(volume, ct) : await Pyramid.OpenAsync(MaskOf(over) ?? over, ct);
            if (mask is not null && mask.Info.Shape != volume.Info.Shape)
            {
                throw new InvalidRequestException(
                    $"{mask.Info.Path} has {mask.Info.Shape} voxels (z, y, x) and cannot lie over {path} with " +
                    $"{volume.Info.Shape}: give the level or the region that the mask was made from.");
            }

            IntensitySample sample = await IntensitySample.TakeAsync(volume.Levels[^1], ct);
            return new ViewedVolume(volume, mask, sample, maxSide);
        }
        catch
        {
            await DisposeAsync(volume, mask);
            throw;
        }
    }

    /// <summary>What the page has to know before it shows the first slice.</summary>
    public JsonObject Describe()
    {
        VolumeInfo info = _volume.Info;
        return new JsonObject
        {
            ["path"] = info.Path,
            ["format"] = info.Format,
            ["type"] = info.Type.NumpyName(),
            ["shape"] = Array(info.Shape),
            ["voxelSizeMicrometres"] = info.VoxelSize is VoxelSize size ? new JsonArray(size.Z, size.Y, size.X) : null,
            ["levels"] = new JsonArray([.. _volume.Levels.Select(level => (JsonNode)new JsonObject
            {
                ["shape"] = Array(level.Info.Shape),
                ["name"] = level.Info.Levels.Count > 0 ? level.Info.Levels[level.Info.Level].Path : null,
            })]),
            ["window"] = Ends(_sample.Window),
            ["range"] = Ends(_sample.Range),
            ["mask"] = _mask is null ? null : new JsonObject { ["path"] = _mask.Info.Path },
            ["defects"] = new JsonArray([.. info.Defects.Select(defect => (JsonNode)JsonValue.Create(defect))]),
        };
    }

    /// <summary>Draws a slice in grey.</summary>
    /// <param name="axis">The axis that the slice is perpendicular to.</param>
    /// <param name="index">Position along it, in voxels of the opened level.</param>
    /// <param name="level">The resolution; <see langword="null"/>: the finest that fits into a picture.</param>
    /// <param name="window">What is shown as black and white.</param>
    /// <param name="ct">Stops the read between chunks.</param>
    public async Task<SlicePicture> SliceAsync(Axis axis, int index, int? level, GreyWindow window, CancellationToken ct)
    {
        int from = level ?? _volume.LevelFor(axis, _maxSide);
        Plane plane = await ReadAsync(_volume, axis, index, from, ct);
        return new SlicePicture(PngFile.Encode(window.Show(plane)), from, plane.Step);
    }

    /// <summary>Draws the mask of a slice in orange on nothing.</summary>
    /// <exception cref="InvalidOperationException">There is no mask.</exception>
    public async Task<SlicePicture> MaskAsync(Axis axis, int index, bool outlineOnly, CancellationToken ct)
    {
        Pyramid mask = _mask ?? throw new InvalidOperationException("There is no mask to draw.");
        int from = mask.LevelFor(axis, _maxSide);
        Plane plane = await ReadAsync(mask, axis, index, from, ct);
        return new SlicePicture(PngFile.Encode(MaskPicture.Draw(plane, outlineOnly)), from, plane.Step);
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => DisposeAsync(_volume, _mask);

    private static async ValueTask DisposeAsync(Pyramid volume, Pyramid? mask)
    {
        await volume.DisposeAsync();
        if (mask is not null)
        {
            await mask.DisposeAsync();
        }
    }

    private static string? MaskOf(string group) =>
        Path.Combine(group, "labels", "mask") is string path && Directory.Exists(path) ? path : null;

    /// <summary>The mask that <c>segment</c> writes into the image's folder, at the level that was opened.</summary>
    private static async Task<Pyramid?> OwnMaskAsync(Pyramid volume, CancellationToken ct)
    {
        if (volume.Group is null || MaskOf(volume.Group) is not string mask)
        {
            return null;
        }

        VolumeInfo info = volume.Info;
        string path = info.Level == 0 ? mask : Path.Combine(mask, info.Levels[info.Level].Path);
        return Directory.Exists(path) ? await Pyramid.OpenAsync(path, ct) : null;
    }

    private Task<Plane> ReadAsync(Pyramid pyramid, Axis axis, int index, int level, CancellationToken ct) =>
        PlaneReader.ReadAsync(pyramid.Levels[level], axis, pyramid.IndexIn(level, axis, index), _maxSide, ct);

    private static JsonArray Array(Shape3 shape) => [shape.Z, shape.Y, shape.X];

    private static JsonObject Ends(GreyWindow window) => new() { ["low"] = window.Low, ["high"] = window.High };
}
