using System.Globalization;

namespace ScrollSeg.Segmentation.Prompting;

/// <summary>The settings behind a rule of <c>--prompts</c>: <c>key=value</c>, separated by commas.</summary>
internal sealed class RuleSettings
{
    private readonly string _text;
    private readonly Dictionary<string, string> _values = [];

    /// <param name="text">The whole rule, for messages.</param>
    /// <param name="settings">Its settings.</param>
    /// <param name="known">What they may be called.</param>
    /// <exception cref="InvalidRequestException">One is unknown, has no value, or is there twice.</exception>
    public RuleSettings(string text, IEnumerable<string> settings, IReadOnlyList<string> known)
    {
        _text = text;
        foreach (string setting in settings)
        {
            if (setting.Split('=', 2) is not [string key, string value] || !known.Contains(key) || !_values.TryAdd(key, value))
            {
                throw new InvalidRequestException(
                    $"--prompts {text}: '{setting}' is no setting of it, or is there twice; known are {string.Join(", ", known.Select(name => name + "=.."))}.");
            }
        }
    }

    /// <summary>One of a few words.</summary>
    public string Word(string key, string otherwise, params string[] words)
    {
        string value = _values.GetValueOrDefault(key, otherwise);
        return words.Contains(value) ? value : throw Wrong(key, value, string.Join(", ", words));
    }

    /// <summary>A number within limits.</summary>
    public double Number(string key, double otherwise, double least, double most) =>
        !_values.TryGetValue(key, out string? value) ? otherwise
        : double.TryParse(value, NumberStyles.Float, CultureInfo.InvariantCulture, out double number) && number >= least && number <= most ? number
        : throw Wrong(key, value, string.Create(CultureInfo.InvariantCulture, $"a number from {least} to {most}"));

    /// <summary>A whole number within limits.</summary>
    public int Whole(string key, int otherwise, int least, int most) =>
        !_values.TryGetValue(key, out string? value) ? otherwise
        : int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out int number) && number >= least && number <= most ? number
        : throw Wrong(key, value, string.Create(CultureInfo.InvariantCulture, $"a whole number from {least} to {most}"));

    /// <summary>Whether a setting is given.</summary>
    public bool Has(string key) => _values.ContainsKey(key);

    private InvalidRequestException Wrong(string key, string value, string expected) =>
        new($"--prompts {_text}: {key}={value}, expected {expected}.");
}
