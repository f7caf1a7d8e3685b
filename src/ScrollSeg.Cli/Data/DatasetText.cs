using System.Globalization;
using System.Text.Json.Nodes;
using ScrollSeg.Volumes;

namespace ScrollSeg.Cli.Data;

/// <summary>Datasets for people and for programs.</summary>
internal static class DatasetText
{
    /// <summary>A line each.</summary>
    public static void WriteTable(IReadOnlyList<DatasetManifest> manifests, TextWriter output)
    {
        int width = manifests.Max(manifest => manifest.Name.Length);
        foreach (DatasetManifest manifest in manifests)
        {
            string shape = manifest.Shape is null ? "" : $"{manifest.Shape} {manifest.VoxelType?.NumpyName()}";
            output.WriteLine($"{manifest.Name.PadRight(width)}  {KindOf(manifest),-5}  {shape,-29}  {manifest.License,-15}  {manifest.What}");
        }
    }

    /// <summary>Everything that is known of one.</summary>
    public static void WriteDetails(DatasetManifest manifest, TextWriter output)
    {
        void Line(string key, object? value)
        {
            if (value is not null)
            {
                output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{key,-11} {value}"));
            }
        }

        Line("name", manifest.Name);
        Line("what", manifest.What);
        Line("shape", manifest.Shape is null ? null : $"{manifest.Shape} (z, y, x)");
        Line("type", manifest.VoxelType?.NumpyName());
        Line("voxel size", manifest.VoxelSize);
        Line("size", manifest.Size);
        foreach ((string address, long? bytes, string? hash) in AddressesOf(manifest))
        {
            Line("from", $"{address}{(bytes is null ? "" : $", {bytes} bytes")}{(hash is null ? "" : $", SHA-256 {hash}")}");
        }

        foreach ((string name, (int start, int end)) in RangesOf(manifest.Splits))
        {
            Line(name, $"{manifest.Splits!.Axis} {start}..{end}".ToLowerInvariant());
        }

        Line("licence", manifest.License);
        Line("agreement", manifest.Agreement is null ? null : $"{manifest.Agreement.Name}:{Environment.NewLine}{manifest.Agreement.Terms}");
        Line("cite", manifest.Citation);
        Line("source", manifest.Source);
    }

    public static JsonNode ToJson(DatasetManifest manifest) => new JsonObject
    {
        ["name"] = manifest.Name,
        ["what"] = manifest.What,
        ["kind"] = KindOf(manifest),
        ["from"] = new JsonArray([.. AddressesOf(manifest).Select(from => new JsonObject
        {
            ["url"] = from.Address, ["bytes"] = from.Bytes, ["sha256"] = from.Sha256,
        })]),
        ["shape"] = manifest.Shape is not { } shape ? null : new JsonArray(shape.Z, shape.Y, shape.X),
        ["voxelType"] = manifest.VoxelType?.NumpyName(),
        ["voxelSizeMicrometres"] = manifest.VoxelSize is not { } size ? null : new JsonArray(size.Z, size.Y, size.X),
        ["size"] = manifest.Size,
        ["splits"] = manifest.Splits is null ? null : SplitsOf(manifest.Splits),
        ["license"] = manifest.License,
        ["agreement"] = manifest.Agreement?.Name,
        ["citation"] = manifest.Citation,
        ["source"] = manifest.Source,
    };

    public static JsonNode ToJson(PullVerification found) => new JsonObject
    {
        ["output"] = found.Output,
        ["name"] = found.Name,
        ["objects"] = found.Objects,
        ["absent"] = found.Absent,
        ["bytes"] = found.Bytes,
        ["problems"] = new JsonArray([.. found.Problems.Select(problem => JsonValue.Create(problem))]),
    };

    private static string KindOf(DatasetManifest manifest) => manifest.Content is ZarrContent ? "zarr" : "files";

    private static IEnumerable<(string Address, long? Bytes, string? Sha256)> AddressesOf(DatasetManifest manifest) => manifest.Content switch
    {
        ZarrContent zarr => [(zarr.Address, null, null)],
        FilesContent files => files.Files.Select(file => (file.Address, file.Bytes, file.Sha256)),
        _ => [],
    };

    private static JsonObject SplitsOf(DatasetSplits splits)
    {
        JsonObject json = new() { ["axis"] = $"{splits.Axis}".ToLowerInvariant() };
        foreach ((string name, (int start, int end)) in RangesOf(splits))
        {
            json[name] = new JsonArray(start, end);
        }

        return json;
    }

    private static IEnumerable<(string Name, (int Start, int End) Range)> RangesOf(DatasetSplits? splits)
    {
        (string, (int, int)?)[] all = [("train", splits?.Train), ("validation", splits?.Validation), ("test", splits?.Test)];
        return all.Where(one => one.Item2 is not null).Select(one => (one.Item1, one.Item2!.Value));
    }
}
