using System.Security.Cryptography;
using System.Text;
using ScrollSeg.Volumes;

namespace ScrollSeg.Segmentation.Prompting;

/// <summary>Clicks and boxes from a file, for single slices or for ranges of them.</summary>
internal sealed class FilePrompts : ITilePrompts
{
    private const long LargestFile = 64L << 20;

    private readonly IReadOnlyList<PromptObject> _objects;
    private (int Slice, PromptObject[] Objects) _last = (-1, []); // one tile of a slice follows another

    private FilePrompts(IReadOnlyList<PromptObject> objects, string hash)
    {
        _objects = objects;
        Identity = $"file:sha256:{hash}";
    }

    /// <inheritdoc/>
    public string Identity { get; }

    /// <inheritdoc/>
    public IReadOnlyList<string> Kinds =>
    [
        .. _objects.Any(o => o.Points.Count > 0) ? ["point"] : Array.Empty<string>(),
        .. _objects.Any(o => o.Box is not null) ? ["box"] : Array.Empty<string>(),
    ];

    /// <summary>Reads a file, JSON or CSV by its name.</summary>
    /// <exception cref="VolumeFormatException">It is no such file.</exception>
    /// <exception cref="InvalidRequestException">A prompt lies outside the volume.</exception>
    public static FilePrompts Read(string path, VolumeInfo volume)
    {
        if (new FileInfo(path) is { Exists: true, Length: > LargestFile } file)
        {
            throw new VolumeFormatException(path, $"is a file of prompts of {file.Length} bytes; at most {LargestFile} are read.");
        }

        byte[] bytes = File.ReadAllBytes(path);
        string text = Encoding.UTF8.GetString(bytes);
        IReadOnlyList<PromptObject> objects = Path.GetExtension(path).Equals(".csv", StringComparison.OrdinalIgnoreCase)
            ? PromptCsv.Parse(path, text, volume.Shape.Z)
            : PromptJson.Parse(path, text, volume.Shape.Z);
        for (int i = 0; i < objects.Count; i++)
        {
            Check(path, i, objects[i], volume);
        }

        return new FilePrompts(objects, Convert.ToHexStringLower(SHA256.HashData(bytes)));
    }

    /// <inheritdoc/>
    public IReadOnlyList<PromptSet> ListFor(TilePlace place, int side, int maskSide) =>
        [.. ObjectsIn(place.Slice).Select(o => o.In(place, side)).OfType<PromptSet>()];

    /// <inheritdoc/>
    public void Dispose()
    {
    }

    /// <summary>The slices that something is asked for in, ascending.</summary>
    public IReadOnlyList<int> Slices => [.. _objects.SelectMany(o => Enumerable.Range(o.First, o.Last - o.First + 1)).Distinct().Order()];

    private PromptObject[] ObjectsIn(int slice)
    {
        if (_last.Slice != slice)
        {
            _last = (slice, [.. _objects.Where(o => slice >= o.First && slice <= o.Last)]);
        }

        return _last.Objects;
    }

    private static void Check(string path, int number, PromptObject asked, VolumeInfo volume)
    {
        Shape3 shape = volume.Shape;
        bool isInside = asked.First >= 0 && asked.First <= asked.Last && asked.Last < shape.Z
            && asked.Points.All(point => point.X >= 0 && point.X < shape.X && point.Y >= 0 && point.Y < shape.Y)
            && (asked.Box is not BoxPrompt box || (box.X0 >= 0 && box.Y0 >= 0 && box.X0 < box.X1 && box.Y0 < box.Y1 && box.X1 <= shape.X && box.Y1 <= shape.Y));
        if (!isInside)
        {
            throw new InvalidRequestException(
                $"{path}: object {number}, of slices {asked.First}..{asked.Last}, lies outside {volume.Path}, which is {shape} voxels (z, y, x).");
        }

        if (asked.Box is null && !asked.Points.Any(point => point.IsForeground))
        {
            throw new InvalidRequestException($"{path}: object {number} has neither a box nor a click on it.");
        }
    }
}
