using System.Reflection;

namespace ScrollSeg.Tests;

public sealed class ArchitectureTests
{
    /// <summary>The arrows of the design: who may use whom among our own projects.</summary>
    private static readonly Dictionary<string, string[]> Allowed = new()
    {
        ["ScrollSeg.Volumes"] = [],
        ["ScrollSeg.Segmentation"] = ["ScrollSeg.Volumes"],
        ["ScrollSeg.Sam"] = ["ScrollSeg.Segmentation", "ScrollSeg.Volumes"],
        ["ScrollSeg.Evaluation"] = ["ScrollSeg.Segmentation", "ScrollSeg.Volumes"],
        ["ScrollSeg.Viewer"] = ["ScrollSeg.Segmentation", "ScrollSeg.Volumes"],
        ["scrollseg"] =
            ["ScrollSeg.Evaluation", "ScrollSeg.Sam", "ScrollSeg.Segmentation", "ScrollSeg.Viewer", "ScrollSeg.Volumes"],
    };

    public static TheoryData<string> Projects => [.. Allowed.Keys];

    [Theory]
    [MemberData(nameof(Projects))]
    public void Project_References_OnlyWhatTheDesignAllows(string project)
    {
        string[] ours = References(project).Where(name => name.StartsWith("scrollseg", StringComparison.OrdinalIgnoreCase)).ToArray();

        Assert.Empty(ours.Except(Allowed[project]));
    }

    [Theory]
    [InlineData("TorchSharp", "ScrollSeg.Sam")]
    [InlineData("Microsoft.AspNetCore", "ScrollSeg.Viewer")]
    [InlineData("System.CommandLine", "scrollseg")]
    [InlineData("YamlDotNet", "scrollseg")]
    [InlineData("BitMiracle.LibTiff.NET", "ScrollSeg.Volumes")]
    [InlineData("ZstdSharp", "ScrollSeg.Volumes")]
    public void Dependency_IsKnownTo_OneProjectAlone(string dependency, string owner)
    {
        IEnumerable<string> users = Allowed.Keys.Where(project =>
            References(project).Any(name => name.StartsWith(dependency, StringComparison.Ordinal)));

        Assert.All(users, user => Assert.Equal(owner, user));
    }

    private static IEnumerable<string> References(string project) =>
        Assembly.Load(project).GetReferencedAssemblies().Select(reference => reference.Name!);
}
