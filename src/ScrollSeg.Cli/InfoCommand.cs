using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using ScrollSeg.Cli.Parsing;
using ScrollSeg.Volumes;

namespace ScrollSeg.Cli;

/// <summary><c>info VOLUME</c>: what a volume is, before anything is done with it.</summary>
internal static class InfoCommand
{
    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true };

    public static Command Create()
    {
        Argument<string> volume = new("VOLUME") { Description = "A folder or file of any kind that is understood, or the http://, https:// or s3:// address of a Zarr store." };
        Option<bool> json = new("--json") { Description = "As JSON, for programs." };
        Command command = new("info", "Format, shape, type, chunks, codec, levels, voxel size and defects of a volume.") { volume, json };
        ReadingOptions.AddTo(command, readsVoxels: false);
        command.SetAction(async (parsed, ct) =>
        {
            await using VolumeReader reader = await VolumeFormats.OpenAsync(parsed.GetValue(volume)!, ReadingOptions.Of(parsed), ct);
            TextWriter output = parsed.InvocationConfiguration.Output;
            if (parsed.GetValue(json))
            {
                output.WriteLine(ToJson(reader.Info).ToJsonString(Indented));
            }
            else
            {
                Print(reader.Info, output);
            }

            return ExitCode.Done;
        });
        return command;
    }

    private static JsonObject ToJson(VolumeInfo info) => new()
    {
        ["path"] = info.Path,
        ["format"] = info.Format,
        ["shape"] = Array(info.Shape),
        ["dtype"] = info.Type.NumpyName(),
        ["bytes"] = BytesOf(info),
        ["chunks"] = Array(info.ChunkShape),
        ["codec"] = info.Codec,
        ["voxelSizeMicrometres"] = info.VoxelSize is VoxelSize size ? new JsonArray(size.Z, size.Y, size.X) : null,
        ["level"] = info.Level,
        ["levels"] = new JsonArray([.. info.Levels.Select(level => new JsonObject
        {
            ["path"] = level.Path,
            ["shape"] = level.Shape is Shape3 shape ? Array(shape) : null,
            ["scale"] = new JsonArray(level.Scale.Z, level.Scale.Y, level.Scale.X),
        })]),
        ["labels"] = new JsonArray([.. info.Labels.Select(label => JsonValue.Create(label))]),
        ["notes"] = new JsonArray([.. info.Notes.Select(note => JsonValue.Create(note))]),
        ["defects"] = new JsonArray([.. info.Defects.Select(defect => JsonValue.Create(defect))]),
    };

    private static JsonArray Array(Shape3 shape) => [shape.Z, shape.Y, shape.X];

    private static long BytesOf(VolumeInfo info) => info.Shape.VoxelCount * info.Type.ByteSize();

    private static void Print(VolumeInfo info, TextWriter output)
    {
        List<(string Name, string Value)> rows =
        [
            ("path", info.Path),
            ("format", info.Format),
            ("shape", $"{info.Shape} (z, y, x), {ByteSize.Format(BytesOf(info))} of voxels"),
            ("dtype", info.Type.NumpyName()),
            ("chunks", $"{info.ChunkShape}, {info.Chunks.Count.VoxelCount.ToString(CultureInfo.InvariantCulture)} of them"),
            ("codec", info.Codec),
            ("voxel size", info.VoxelSize?.ToString() ?? "not given"),
            .. info.Levels.Select((level, i) => ($"level {level.Path}", Describe(level, i == info.Level))),
            .. info.Labels.Select(label => ("label image", $"{info.Group}/labels/{label}")),
            .. info.Notes.Select(note => ("note", note)),
            .. info.Defects.Select(defect => ("defect", defect)),
        ];
        int width = rows.Max(row => row.Name.Length) + 2;
        foreach ((string name, string value) in rows)
        {
            output.WriteLine(name.PadRight(width) + value);
        }
    }

    private static string Describe(VolumeLevel level, bool isThis) => string.Create(
        CultureInfo.InvariantCulture,
        $"{level.Shape?.ToString() ?? "declared, but absent"}, scale {level.Scale.Z} x {level.Scale.Y} x {level.Scale.X}{(isThis ? " (this one)" : "")}");
}
