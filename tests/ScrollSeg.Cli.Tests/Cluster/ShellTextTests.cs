using System.Diagnostics;
using CsCheck;
using ScrollSeg.Cli;
using ScrollSeg.Cli.Cluster;

namespace ScrollSeg.Tests.Cluster;

public sealed class ShellTextTests
{
    [Fact]
    public void Quote_AnyWords_ComeOutOfAShellAsTheyWent()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "There is no shell.");
        Gen<string> word = Gen.Char[" !\"#$%&'()*+,-./09:;<=>?@AZ[\\]^_`az{|}~é€"].Array[0, 12].Select(letters => new string(letters));

        word.Array[1, 40].Sample(
            words =>
            {
                using Process shell = Process.Start(new ProcessStartInfo("sh", ["-c", $"printf '%s\\n' {ShellText.Join(words)}"]) { RedirectStandardOutput = true })!;
                Assert.Equal([.. words, ""], shell.StandardOutput.ReadToEnd().Split('\n'));
            },
            seed: "0000KOIPe036", iter: 30, threads: 1);
    }

    [Theory]
    [InlineData("/scans/a-1.zarr", "/scans/a-1.zarr")]
    [InlineData("", "''")]
    [InlineData("it's", "'it'\\''s'")]
    [InlineData("~", "'~'")]
    public void Quote_Word_IsQuotedOnlyWhereNeeded(string word, string expected) => Assert.Equal(expected, ShellText.Quote(word));

    [Fact]
    public void Quote_ControlCharacter_IsAUsageError() => Assert.Throws<UsageException>(() => ShellText.Quote("a\nb"));
}
