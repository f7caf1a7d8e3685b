using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace ScrollSeg.Volumes.Zarr;

/// <summary>Metadata as text: indented, keys in the order in which they were added, <c>&lt;f4</c> as it is.</summary>
internal static class ZarrJson
{
    /// <summary>The default encoder escapes what would be dangerous within HTML, <c>&lt;</c> and <c>µ</c> among it.</summary>
    private static readonly JsonSerializerOptions Plain = new()
    {
        WriteIndented = true,
        NewLine = "\n",
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    /// <summary>The bytes of a metadata file.</summary>
    public static byte[] ToBytes(JsonObject content) => Encoding.UTF8.GetBytes(content.ToJsonString(Plain) + "\n");
}
