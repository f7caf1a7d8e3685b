using System.Text.Json;
using ScrollSeg.Volumes.Storage;

namespace ScrollSeg.Volumes.Zarr;

/// <summary>The metadata document that makes a place in a store an array or a group. Where documents of both versions lie
/// side by side, that of version 2 counts.</summary>
/// <param name="Version">2 or 3.</param>
/// <param name="IsArray">Whether it is an array, not a group.</param>
/// <param name="Key">The document's key.</param>
/// <param name="Document">Its content.</param>
internal sealed record ZarrNode(int Version, bool IsArray, string Key, byte[] Document)
{
    /// <summary>Header of an array of version 2.</summary>
    public const string ArrayName = ".zarray";

    /// <summary>Marks a group of version 2.</summary>
    public const string GroupName = ".zgroup";

    /// <summary>Header of an array or a group of version 3.</summary>
    public const string Version3Name = "zarr.json";

    /// <summary>What a message calls the headers of arrays.</summary>
    public const string HeaderNames = $"{ArrayName} or {Version3Name}";

    /// <summary>Whether a key, relative to an array, is a document and no chunk.</summary>
    public static bool IsDocument(string key)
    {
        string name = Path.GetFileName(key);
        return name.StartsWith(".z", StringComparison.Ordinal) || name == Version3Name;
    }

    /// <summary>Reads the header of an array, or the <c>zarr.json</c> of a group.</summary>
    /// <returns><see langword="null"/> if there is neither; groups of version 2 are not looked for.</returns>
    /// <exception cref="VolumeFormatException">The document is damaged or asks for what is not supported.</exception>
    public static async ValueTask<ZarrNode?> ReadAsync(ChunkStore store, string prefix, CancellationToken ct)
    {
        using StoredBytes? array = await store.ReadAsync(prefix + ArrayName, ct);
        if (array is not null)
        {
            return new ZarrNode(2, IsArray: true, prefix + ArrayName, array.Span.ToArray());
        }

        using StoredBytes? node = await store.ReadAsync(prefix + Version3Name, ct);
        if (node is null)
        {
            return null;
        }

        byte[] document = node.Span.ToArray();
        return Read(document, store.Describe(prefix + Version3Name), root =>
            new ZarrNode(3, ZarrV3Header.IsArray(root), prefix + Version3Name, document));
    }

    /// <summary>Parses a document and makes something of it.</summary>
    /// <exception cref="VolumeFormatException">It is no JSON, or <paramref name="read"/> refuses it.</exception>
    public static T Read<T>(byte[] document, string path, Func<JsonElement, T> read)
    {
        try
        {
            using JsonDocument json = JsonDocument.Parse(document);
            return read(json.RootElement);
        }
        catch (JsonException e)
        {
            throw new VolumeFormatException(path, $"is no valid JSON: {e.Message}", e);
        }
        catch (InvalidOperationException e)
        {
            // what JsonElement throws for text that is no UTF-8, or has half a surrogate pair, when it is asked for
            throw new VolumeFormatException(path, $"holds text that is no text: {e.Message}", e);
        }
        catch (Exception e) when (e is InvalidDataException or NotSupportedException)
        {
            throw new VolumeFormatException(path, e.Message, e);
        }
    }
}
