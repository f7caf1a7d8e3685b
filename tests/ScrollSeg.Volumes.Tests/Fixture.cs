namespace ScrollSeg.Volumes.Tests;

/// <summary>Files made by other programs, kept beside the tests; <c>tools/fixtures</c> has the scripts.</summary>
internal static class Fixture
{
    public static string PathOf(string name) => Path.Combine(AppContext.BaseDirectory, "Fixtures", name);
}
