using System.Text.Json;

namespace ScrollSeg.Volumes.Codecs;

/// <summary>Settings of a codec in JSON metadata. Unknown ones are ignored, as Zarr v2 asks.</summary>
internal readonly record struct CodecSettings
{
    private readonly JsonElement _configuration;

    /// <exception cref="InvalidDataException">It is not an object with an <c>id</c>.</exception>
    public CodecSettings(JsonElement configuration)
    {
        if (configuration.ValueKind != JsonValueKind.Object
            || !configuration.TryGetProperty("id", out JsonElement id)
            || id.ValueKind != JsonValueKind.String)
        {
            throw new InvalidDataException($"codec is {JsonExcerpt.Of(configuration)}, expected an object with an \"id\".");
        }

        _configuration = configuration;
        Id = id.GetString() ?? "";
    }

    /// <summary>Settings that stand apart from the name, as in Zarr v3.</summary>
    /// <exception cref="InvalidDataException">They are no object.</exception>
    public CodecSettings(string name, JsonElement configuration)
    {
        if (configuration.ValueKind is not (JsonValueKind.Object or JsonValueKind.Undefined))
        {
            throw new InvalidDataException($"codec \"{name}\": configuration is {JsonExcerpt.Of(configuration)}, expected an object.");
        }

        _configuration = configuration;
        Id = name;
    }

    /// <summary>The codec's name.</summary>
    public string Id { get; init; }

    /// <summary>A whole number.</summary>
    public int Int32(string name, int otherwise)
    {
        if (!Find(name, out JsonElement value))
        {
            return otherwise;
        }

        return value.ValueKind == JsonValueKind.Number && value.TryGetInt32(out int number)
            ? number
            : throw Wrong(name, value, "a whole number");
    }

    /// <summary>True or false.</summary>
    public bool Boolean(string name, bool otherwise)
    {
        if (!Find(name, out JsonElement value))
        {
            return otherwise;
        }

        return value.ValueKind is JsonValueKind.True or JsonValueKind.False
            ? value.GetBoolean()
            : throw Wrong(name, value, "true or false");
    }

    /// <summary>A text.</summary>
    public string String(string name, string otherwise)
    {
        if (!Find(name, out JsonElement value))
        {
            return otherwise;
        }

        return value.ValueKind == JsonValueKind.String
            ? value.GetString() ?? otherwise
            : throw Wrong(name, value, "a text");
    }

    /// <summary>A text that must be there.</summary>
    public string String(string name) => Find(name, out _)
        ? String(name, "")
        : throw new InvalidDataException($"codec \"{Id}\": {name} is missing.");

    /// <summary>Whether a setting is there and not null.</summary>
    private bool Find(string name, out JsonElement value) =>
        Property(name, out value) && value.ValueKind != JsonValueKind.Null;

    private bool Property(string name, out JsonElement value)
    {
        value = default;
        return _configuration.ValueKind == JsonValueKind.Object && _configuration.TryGetProperty(name, out value);
    }

    private InvalidDataException Wrong(string name, JsonElement value, string expected) =>
        new($"codec \"{Id}\": {name} is {JsonExcerpt.Of(value)}, expected {expected}.");
}
