using System.CommandLine;

namespace ScrollSeg.Cli.Parsing;

/// <summary>Makes options whose text is parsed by a function that throws <see cref="FormatException"/>.</summary>
internal static class ParsedOption
{
    /// <summary>An option of a reference type.</summary>
    public static Option<T?> Create<T>(string name, string form, string description, Func<string, T> parse) =>
        new(name)
        {
            Description = description,
            HelpName = form,
            CustomParser = result =>
            {
                try
                {
                    return parse(result.Tokens[0].Value);
                }
                catch (FormatException e)
                {
                    result.AddError($"{name}: {e.Message}");
                    return default;
                }
            },
        };
}
