using System.Reflection;
using ScrollSeg.Sam.Guards;
using ScrollSeg.Segmentation.Planning;

namespace ScrollSeg.Sam.Tests.Guards;

public sealed class GuardTableTests
{
    public static TheoryData<string> Names => [WindowCheck.Guard, .. typeof(GuardName)
        .GetFields(BindingFlags.Public | BindingFlags.Static).Select(name => (string)name.GetRawConstantValue()!)];

    [Theory]
    [MemberData(nameof(Names))]
    public void Readme_HasARowForTheGuard(string name)
    {
        string[] rows = File.ReadAllLines(Path.Combine(AppContext.BaseDirectory, "SamReadme.md"));

        Assert.Single(rows, row => row.StartsWith($"| `{name}` |", StringComparison.Ordinal));
    }
}
