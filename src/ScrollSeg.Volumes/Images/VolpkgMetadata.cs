using System.Text.Json;

namespace ScrollSeg.Volumes.Images;

/// <summary>What <c>meta.json</c> beside the slices says of a volume (Volume Cartographer's .volpkg layout).</summary>
/// <param name="VoxelSize">Edge of a voxel in micrometres; <see langword="null"/> if the file does not say.</param>
/// <param name="Height">Rows of a slice, if said.</param>
/// <param name="Width">Columns of a slice, if said.</param>
/// <param name="Slices">Number of slices, if said.</param>
internal sealed record VolpkgMetadata(VoxelSize? VoxelSize, long? Height, long? Width, long? Slices)
{
    private const string FileName = "meta.json";
    private const long MaxBytes = 1 << 20;

    /// <summary>Reads <c>meta.json</c> in a folder; <see langword="null"/> if there is none.</summary>
    /// <exception cref="VolumeFormatException">The file is no JSON object.</exception>
    public static VolpkgMetadata? Read(string folder)
    {
        string path = Path.Combine(folder, FileName);
        if (!File.Exists(path))
        {
            return null;
        }

        if (new FileInfo(path).Length > MaxBytes)
        {
            throw new VolumeFormatException(path, $"the file has {new FileInfo(path).Length} bytes; at most {MaxBytes} were expected.");
        }

        try
        {
            using JsonDocument document = JsonDocument.Parse(File.ReadAllBytes(path));
            JsonElement root = document.RootElement;
            if (root.ValueKind != JsonValueKind.Object)
            {
                throw new VolumeFormatException(path, $"the file holds a JSON {root.ValueKind}; an object was expected.");
            }

            double? edge = NumberOf(root, "voxelsize");
            return new VolpkgMetadata(
                edge is double known ? Volumes.VoxelSize.IfBelievable(known, known, known) : null,
                (long?)NumberOf(root, "height"),
                (long?)NumberOf(root, "width"),
                (long?)NumberOf(root, "slices"));
        }
        catch (JsonException e)
        {
            throw new VolumeFormatException(path, $"the file is no JSON: {e.Message}", e);
        }
    }

    /// <summary>Where the file and the slices contradict each other.</summary>
    public IEnumerable<string> DefectsAgainst(Shape3 shape)
    {
        (string Name, long? Said, int Found)[] extents =
            [("slices", Slices, shape.Z), ("height", Height, shape.Y), ("width", Width, shape.X)];
        return extents
            .Where(extent => extent.Said is long said && said != extent.Found)
            .Select(extent => $"{FileName} says {extent.Name} {extent.Said}, found {extent.Found}.");
    }

    private static double? NumberOf(JsonElement root, string name) =>
        root.TryGetProperty(name, out JsonElement value) && value.ValueKind == JsonValueKind.Number && value.TryGetDouble(out double number)
            ? number
            : null;
}
