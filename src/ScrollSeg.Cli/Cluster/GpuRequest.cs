using System.Globalization;

namespace ScrollSeg.Cli.Cluster;

/// <summary>GPUs of a task.</summary>
/// <param name="Type">The site's name of the kind wanted; <see langword="null"/> if any will do.</param>
/// <param name="Count">How many.</param>
internal sealed record GpuRequest(string? Type, int Count)
{
    /// <summary>A task for the CPU.</summary>
    public static GpuRequest None { get; } = new(null, 0);

    /// <exception cref="FormatException">The text has another form.</exception>
    public static GpuRequest Parse(string text)
    {
        string[] parts = text.Split(':');
        bool isNumber = int.TryParse(parts[^1], NumberStyles.None, CultureInfo.InvariantCulture, out int count);
        return isNumber && parts.Length <= 2 && (parts.Length == 1 || SlurmJob.IsName(parts[0]))
            ? new GpuRequest(parts.Length == 2 ? parts[0] : null, count)
            : throw new FormatException($"'{text}' is no number of GPUs: expected N or TYPE:N.");
    }

    /// <inheritdoc/>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{(Type is null ? "" : Type + ":")}{Count}");
}
