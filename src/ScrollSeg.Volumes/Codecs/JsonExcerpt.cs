using System.Text.Json;
using System.Text.RegularExpressions;

namespace ScrollSeg.Volumes.Codecs;

/// <summary>A value of a document as a message quotes it: on one line, and not longer than a line.</summary>
internal static partial class JsonExcerpt
{
    private const int MostLetters = 200;

    /// <summary>Text beyond which a value is not looked at: a document may be one list of megabytes.</summary>
    private const int MostRead = 4096;

    /// <summary>Quotes a value; <c>nothing</c> if it is not there.</summary>
    public static string Of(JsonElement value)
    {
        if (value.ValueKind == JsonValueKind.Undefined)
        {
            return "nothing";
        }

        string raw = value.GetRawText();
        string text = Blanks().Replace(raw.Length > MostRead ? raw[..MostRead] : raw, " ");
        return text.Length <= MostLetters && raw.Length <= MostRead ? text : text[..Math.Min(text.Length, MostLetters)] + "..";
    }

    [GeneratedRegex("\\s+")]
    private static partial Regex Blanks();
}
