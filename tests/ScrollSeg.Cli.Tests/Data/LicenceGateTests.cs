using ScrollSeg.Cli;
using ScrollSeg.Cli.Data;
using ScrollSeg.Testing;

namespace ScrollSeg.Tests.Data;

public sealed class LicenceGateTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly StringWriter _error = new();
    private readonly Agreement _agreement = new("strict", "Be kind.");

    public void Dispose()
    {
        _error.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public void Pass_PersonWhoAgrees_IsAskedOnceAndShownTheTerms()
    {
        Gate("Yes\n").Pass(_agreement, []);
        Assert.Contains("Be kind.", _error.ToString(), StringComparison.Ordinal);
        Assert.Contains("Type 'yes'", _error.ToString(), StringComparison.Ordinal);
        _error.GetStringBuilder().Clear();

        Gate(null).Pass(_agreement, []);

        Assert.Empty(_error.ToString());
    }

    [Fact]
    public void Pass_TermsThatChanged_AreAskedAgain()
    {
        Gate(null).Pass(_agreement, ["strict"]);

        Assert.Throws<UsageException>(() => Gate(null).Pass(_agreement with { Terms = "Be very kind." }, []));
    }

    [Theory]
    [InlineData(null)]
    [InlineData("no\n")]
    [InlineData("")]
    public void Pass_NobodyWhoAgrees_IsRefusedWithTheOption(string? answers)
    {
        UsageException e = Assert.Throws<UsageException>(() => Gate(answers).Pass(_agreement, ["other"]));

        Assert.Contains("--accept-licence strict", e.Message, StringComparison.Ordinal);
        Assert.False(Directory.Exists(_folder["licences"]));
    }

    private LicenceGate Gate(string? answers) => new(_folder["licences"], answers is null ? null : new StringReader(answers), _error);
}
