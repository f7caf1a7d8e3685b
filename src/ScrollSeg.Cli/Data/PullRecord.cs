using System.Text.Json;
using ScrollSeg.Volumes;

namespace ScrollSeg.Cli.Data;

/// <summary>What was pulled to a place: from where, and which parts.</summary>
/// <param name="Name">The dataset's name.</param>
/// <param name="Address">Of a Zarr.</param>
/// <param name="Files">Or the files.</param>
/// <param name="Parts">In the order in which they were asked for.</param>
internal sealed record PullRecord(string Name, string? Address, IReadOnlyList<DatasetFile>? Files, IReadOnlyList<PullPart> Parts)
{
    private static readonly JsonSerializerOptions Json = new() { WriteIndented = true, NewLine = "\n" };

    /// <summary>What keeps two pulls from going to one place.</summary>
    /// <returns><see langword="null"/> if nothing does.</returns>
    public string? DifferenceTo(PullRecord other) =>
        Address != other.Address ? $"it was pulled from {Address ?? "single files"}, not {other.Address ?? "single files"}"
        : !(Files ?? []).SequenceEqual(other.Files ?? []) ? "its manifest named other files"
        : null;

    public byte[] ToBytes() => JsonSerializer.SerializeToUtf8Bytes(this, Json);

    /// <exception cref="VolumeFormatException">The file holds something else.</exception>
    public static PullRecord Read(string path)
    {
        try
        {
            return JsonSerializer.Deserialize<PullRecord>(File.ReadAllBytes(path), Json) is { Parts: not null } record
                ? record
                : throw new VolumeFormatException(path, "holds no record of a pull.");
        }
        catch (JsonException e)
        {
            throw new VolumeFormatException(path, $"is no record of a pull: {e.Message}", e);
        }
    }
}

/// <summary>One part.</summary>
/// <param name="Level">Path of the level in a Zarr; empty for an array without a group, and for files.</param>
/// <param name="Fingerprint">Of the array's header; empty for files.</param>
/// <param name="Start">First voxel, [z, y, x].</param>
/// <param name="End">First voxel behind it. For files only z counts.</param>
internal sealed record PullPart(string Level, string Fingerprint, int[] Start, int[] End)
{
    public Box3 Region => Box3.FromBounds((Start[0], Start[1], Start[2]), (End[0], End[1], End[2]));

    public static PullPart Of(string level, string fingerprint, Box3 region) => new(
        level, fingerprint, [region.Start.Z, region.Start.Y, region.Start.X], [region.End.Z, region.End.Y, region.End.X]);

    public bool IsSame(PullPart other) => Level == other.Level && Fingerprint == other.Fingerprint && Region == other.Region;
}
