using System.Text.Json;
using ScrollSeg.Volumes.Storage;

namespace ScrollSeg.Volumes.Zarr;

/// <summary>The copy of all headers that a group may keep: <c>.zmetadata</c> (version 2), or
/// <c>consolidated_metadata</c> in its <c>zarr.json</c>. A snapshot, which may be older than what it copies: never believed,
/// only compared.</summary>
internal static class ZarrConsolidated
{
    private const string Version2Name = ".zmetadata";

    /// <summary>Whether the copy of an array's header says something else than the header.</summary>
    /// <param name="group">The group's store.</param>
    /// <param name="name">Path of the array in the group.</param>
    /// <param name="array">The array.</param>
    /// <param name="ct">Stops between documents.</param>
    /// <exception cref="VolumeFormatException">The copy is damaged.</exception>
    public static async ValueTask<bool> DiffersAsync(ChunkStore group, string name, ZarrArray array, CancellationToken ct)
    {
        string key = array.Header.Version == 2 ? Version2Name : ZarrNode.Version3Name;
        using StoredBytes? bytes = await group.ReadAsync(key, ct);
        if (bytes is null)
        {
            return false;
        }

        using JsonDocument header = JsonDocument.Parse(array.HeaderBytes);
        JsonElement own = header.RootElement;
        return ZarrNode.Read(bytes.Span.ToArray(), group.Describe(key), root =>
            CopyIn(root, name, array.Header.Version) is JsonElement copy && !JsonElement.DeepEquals(copy, own));
    }

    private static JsonElement? CopyIn(JsonElement root, string name, int version)
    {
        if (root.ValueKind != JsonValueKind.Object)
        {
            throw new InvalidDataException($"holds a JSON {root.ValueKind}, expected an object.");
        }

        JsonElement owner = root;
        if (version == 3 && !(root.TryGetProperty("consolidated_metadata", out owner) && owner.ValueKind == JsonValueKind.Object))
        {
            return null;
        }

        string place = version == 2 ? $"{name}/{ZarrNode.ArrayName}" : name;
        return owner.TryGetProperty("metadata", out JsonElement all) && all.ValueKind == JsonValueKind.Object &&
            all.TryGetProperty(place, out JsonElement copy)
                ? copy
                : null;
    }
}
