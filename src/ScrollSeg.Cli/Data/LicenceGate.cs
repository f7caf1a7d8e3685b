using ScrollSeg.Cli.Downloads;
using ScrollSeg.Volumes.Storage;

namespace ScrollSeg.Cli.Data;

/// <summary>Shows a dataset's terms and asks once; who agreed is not asked again until the terms change.</summary>
/// <param name="folder">Where agreements are remembered.</param>
/// <param name="answers">Where a person answers; <see langword="null"/> if nobody can.</param>
/// <param name="error">Where terms and question go.</param>
internal sealed class LicenceGate(string folder, TextReader? answers, TextWriter error)
{
    public const string OptionName = "--accept-licence";

    private const string Yes = "yes";

    /// <summary>The user's own.</summary>
    public static LicenceGate OfUser(TextWriter error) =>
        new(Path.Combine(UserFolders.Configuration, "licences"), Console.IsInputRedirected ? null : Console.In, error);

    /// <summary>Comes back if the terms are agreed to.</summary>
    /// <param name="agreement">The terms.</param>
    /// <param name="accepted">What the command line agrees to.</param>
    /// <exception cref="UsageException">They are not.</exception>
    public void Pass(Agreement agreement, IReadOnlyList<string> accepted)
    {
        string path = Path.Combine(folder, agreement.Name + ".txt");
        if (File.Exists(path) && File.ReadAllText(path) == agreement.Terms)
        {
            return;
        }

        error.WriteLine($"The data are given under the terms '{agreement.Name}':");
        error.WriteLine();
        error.WriteLine(agreement.Terms);
        error.WriteLine();
        if (!accepted.Contains(agreement.Name) && !IsAgreed())
        {
            throw new UsageException($"the terms '{agreement.Name}' were not agreed to: {OptionName} {agreement.Name} does so.");
        }

        AtomicFile files = new(FileOperations.System);
        files.CreateFolder(folder);
        files.Write(path, System.Text.Encoding.UTF8.GetBytes(agreement.Terms));
        error.WriteLine($"note: that you agree to '{agreement.Name}' is remembered in {path}.");
    }

    private bool IsAgreed()
    {
        if (answers is null)
        {
            return false;
        }

        error.Write($"Do you agree? Type '{Yes}': ");
        error.Flush();
        return string.Equals(answers.ReadLine()?.Trim(), Yes, StringComparison.OrdinalIgnoreCase);
    }
}
