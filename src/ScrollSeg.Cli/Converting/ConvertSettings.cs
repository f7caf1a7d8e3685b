using System.Text.Json;
using ScrollSeg.Volumes;

namespace ScrollSeg.Cli.Converting;

/// <summary>What a conversion reads and makes, as text by name: all that decides about the bytes of the result, and nothing
/// else. Memory and threads do not.</summary>
/// <param name="Values">The settings.</param>
internal sealed record ConvertSettings(SortedDictionary<string, string> Values)
{
    private static readonly JsonSerializerOptions Json = new() { WriteIndented = true, NewLine = "\n" };

    /// <summary>What keeps a conversion from being gone on with.</summary>
    /// <returns><see langword="null"/> if nothing does.</returns>
    public string? DifferenceTo(ConvertSettings wanted)
    {
        foreach (string name in Values.Keys.Union(wanted.Values.Keys).Order(StringComparer.Ordinal))
        {
            string before = Values.GetValueOrDefault(name, "not set");
            string now = wanted.Values.GetValueOrDefault(name, "not set");
            if (before != now)
            {
                return $"its {name} was {before}, now {now}";
            }
        }

        return null;
    }

    public byte[] ToBytes() => JsonSerializer.SerializeToUtf8Bytes(Values, Json);

    /// <exception cref="VolumeFormatException">The file holds something else.</exception>
    public static ConvertSettings Read(string path)
    {
        try
        {
            return new ConvertSettings(JsonSerializer.Deserialize<SortedDictionary<string, string>>(File.ReadAllBytes(path), Json) ?? []);
        }
        catch (JsonException e)
        {
            throw new VolumeFormatException(path, $"is no record of a conversion: {e.Message} Delete its folder to begin anew.", e);
        }
    }
}
