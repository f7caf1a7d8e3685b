using System.Text.Json;
using System.Text.RegularExpressions;
using ScrollSeg.Volumes.Codecs;

namespace ScrollSeg.Volumes.Zarr;

/// <summary>What a value has to be.</summary>
/// <param name="value">The value.</param>
/// <param name="where">Its place in the document, such as <c>multiscales[0].axes</c>.</param>
/// <param name="defects">Receives a sentence for each thing that is wrong.</param>
internal delegate void NgffRule(JsonElement value, string where, List<string> defects);

/// <summary>A member of an object.</summary>
internal sealed record NgffMember(string Name, NgffRule Rule, bool IsRequired);

/// <summary>The parts that the rules of <see cref="NgffSchema"/> are made of.</summary>
internal static class NgffRules
{
    /// <summary>A member that has to be there.</summary>
    public static NgffMember Required(string name, NgffRule rule) => new(name, rule, IsRequired: true);

    /// <summary>A member that may be left out.</summary>
    public static NgffMember Optional(string name, NgffRule rule) => new(name, rule, IsRequired: false);

    /// <summary>Anything.</summary>
    public static void Any(JsonElement value, string where, List<string> defects)
    {
    }

    /// <summary>Any text.</summary>
    public static void Text(JsonElement value, string where, List<string> defects) =>
        Expect(value.ValueKind == JsonValueKind.String, value, where, "text", defects);

    /// <summary>Any number.</summary>
    public static void Number(JsonElement value, string where, List<string> defects) =>
        Expect(value.ValueKind == JsonValueKind.Number, value, where, "a number", defects);

    /// <summary>True or false.</summary>
    public static void Flag(JsonElement value, string where, List<string> defects) =>
        Expect(value.ValueKind is JsonValueKind.True or JsonValueKind.False, value, where, "true or false", defects);

    /// <summary>A whole number, which may be spelt 1.0.</summary>
    public static NgffRule Whole(double least = double.NegativeInfinity, double most = double.PositiveInfinity) => (value, where, defects) =>
        Expect(
            value.ValueKind == JsonValueKind.Number && value.GetDouble() is double number && Math.Floor(number) == number &&
                number >= least && number <= most,
            value,
            where,
            double.IsInfinity(least) ? "a whole number" : double.IsInfinity(most) ? $"a whole number from {least} on" : $"a whole number of {least} to {most}",
            defects);

    /// <summary>One text and no other.</summary>
    public static NgffRule Exactly(string text) => (value, where, defects) =>
        Expect(value.ValueKind == JsonValueKind.String && value.GetString() == text, value, where, $"\"{text}\"", defects);

    /// <summary>Text of a form.</summary>
    public static NgffRule Pattern(Regex form, string description) => (value, where, defects) =>
        Expect(value.ValueKind == JsonValueKind.String && form.IsMatch(value.GetString() ?? ""), value, where, description, defects);

    /// <summary>An object; members that are not named may be anything.</summary>
    public static NgffRule Object(params NgffMember[] members) => (value, where, defects) =>
    {
        if (!Expect(value.ValueKind == JsonValueKind.Object, value, where, "an object", defects))
        {
            return;
        }

        foreach (NgffMember member in members)
        {
            string place = where.Length == 0 ? member.Name : $"{where}.{member.Name}";
            if (value.TryGetProperty(member.Name, out JsonElement found))
            {
                member.Rule(found, place, defects);
            }
            else if (member.IsRequired)
            {
                defects.Add($"{place} is missing");
            }
        }
    };

    /// <summary>A list.</summary>
    /// <param name="item">What each entry has to be.</param>
    /// <param name="least">Entries at the least.</param>
    /// <param name="most">Entries at the most.</param>
    /// <param name="areUnique">Whether no two may be equal.</param>
    public static NgffRule List(NgffRule item, int least = 0, int most = int.MaxValue, bool areUnique = false) => (value, where, defects) =>
    {
        if (!Expect(value.ValueKind == JsonValueKind.Array, value, where, "a list", defects))
        {
            return;
        }

        JsonElement[] items = [.. value.EnumerateArray()];
        if (items.Length < least || items.Length > most)
        {
            string expected = least == most ? $"{least}" : most == int.MaxValue ? $"at least {least}" : $"{least} to {most}";
            defects.Add($"{where} has {items.Length} entries, expected {expected}");
        }

        for (int i = 0; i < items.Length; i++)
        {
            item(items[i], $"{where}[{i}]", defects);
            int first = areUnique ? Array.FindIndex(items, 0, i, other => JsonElement.DeepEquals(other, items[i])) : -1;
            if (first >= 0)
            {
                defects.Add($"{where}[{i}] is the same as {where}[{first}]");
            }
        }
    };

    /// <summary>Several rules for one value.</summary>
    public static NgffRule All(params NgffRule[] rules) => (value, where, defects) =>
    {
        foreach (NgffRule rule in rules)
        {
            rule(value, where, defects);
        }
    };

    private static bool Expect(bool isSo, JsonElement value, string where, string expected, List<string> defects)
    {
        if (!isSo)
        {
            defects.Add($"{(where.Length == 0 ? "the document" : where)} is {JsonExcerpt.Of(value)}, expected {expected}");
        }

        return isSo;
    }
}
