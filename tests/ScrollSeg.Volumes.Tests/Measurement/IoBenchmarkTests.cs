using ScrollSeg.Testing;
using ScrollSeg.Volumes.Measurement;

namespace ScrollSeg.Volumes.Tests.Measurement;

public sealed class IoBenchmarkTests
{
    [Theory]
    [InlineData("/bin/echo", "is it Python?")] // says something else
    [InlineData("/bin/true", "it needs the packages numcodecs and zarr 2")] // says nothing
    [InlineData("/bin/no-such-program", "did not start")]
    public void Start_OfWhatIsNoPythonWithItsPackages_SaysSo(string python, string problem)
    {
        using TemporaryFolder folder = new();

        IOException e = Assert.ThrowsAny<IOException>(() => new IoBenchmark(python, folder.Path, new Shape3(8, 8, 8), rounds: 1));

        Assert.StartsWith(python, e.Message, StringComparison.Ordinal);
        Assert.Contains(problem, e.Message, StringComparison.Ordinal);
    }
}
