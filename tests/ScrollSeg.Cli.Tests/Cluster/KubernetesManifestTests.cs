using ScrollSeg.Cli;
using ScrollSeg.Cli.Cluster;
using YamlDotNet.RepresentationModel;

namespace ScrollSeg.Tests.Cluster;

public sealed class KubernetesManifestTests
{
    private const string Awkward = "/data/o'ut \"x\": $(HOME) #1 é\\.zarr";

    [Fact]
    public void Manifest_Parsed_IsAnIndexedJobWithFailurePolicies()
    {
        YamlNode job = Parse(Job(), Kubernetes())[0];

        Assert.Equal("Indexed", Text(job, "spec", "completionMode"));
        Assert.Equal(("7", "3", "20"), (Text(job, "spec", "completions"), Text(job, "spec", "parallelism"), Text(job, "spec", "backoffLimitPerIndex")));
        YamlSequenceNode rules = (YamlSequenceNode)At(job, "spec", "podFailurePolicy", "rules");
        Assert.Equal(("Ignore", "DisruptionTarget"), (Text(rules[0], "action"), Text(rules[0]["onPodConditions"][0], "type")));
        Assert.Equal("FailIndex", Text(rules[1], "action"));
        Assert.Equal(["2", "65", "78"], ((YamlSequenceNode)At(rules[1], "onExitCodes", "values")).Select(code => code.ToString()));
        YamlNode pod = At(job, "spec", "template", "spec");
        Assert.Equal(("Never", "120"), (Text(pod, "restartPolicy"), Text(pod, "terminationGracePeriodSeconds")));
        YamlNode container = pod["containers"][0];
        Assert.Equal(Text(rules[1], "onExitCodes", "containerName"), Text(container, "name"));
        Assert.Equal(("3", "1536Mi", "2"), (Text(container, "resources", "requests", "cpu"), Text(container, "resources", "limits", "memory"), Text(container, "resources", "limits", "nvidia.com/gpu")));
        Assert.Equal(("SCROLLSEG_SHARD_COUNT", "7"), (Text(container["env"][0], "name"), Text(container["env"][0], "value")));
        Assert.Equal(("/data", "scans"), (Text(container["volumeMounts"][1], "mountPath"), Text(pod["volumes"][1], "persistentVolumeClaim", "claimName")));
        Assert.Equal("team", Text(job, "metadata", "namespace"));
    }

    [Fact]
    public void Manifest_AwkwardNames_ReachTheProgramAsTheyAre()
    {
        IReadOnlyList<YamlNode> jobs = Parse(Job(), Kubernetes());

        // Kubernetes turns $$( back into $( and replaces no variable
        string[] words = [.. ((YamlSequenceNode)At(jobs[0], "spec", "template", "spec")["containers"][0]["args"])
            .Select(word => word.ToString().Replace("$$(", "$(", StringComparison.Ordinal))];
        Assert.Equal(["segment", "/data/scan.zarr", "--output", Awkward], words);
        Assert.Contains("$$(HOME)", At(jobs[0], "spec", "template", "spec")["containers"][0]["args"][3].ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Manifest_LastStep_IsASuspendedJobWithoutGpu()
    {
        YamlNode last = Parse(Job(), Kubernetes())[1];

        Assert.Equal(("true", "0"), (Text(last, "spec", "suspend"), Text(last, "spec", "backoffLimit")));
        YamlNode container = At(last, "spec", "template", "spec")["containers"][0];
        Assert.Equal(["finalize", "--run", "/data/masks.run"], ((YamlSequenceNode)container["args"]).Select(word => word.ToString()));
        Assert.Single(((YamlMappingNode)At(container, "resources", "limits")).Children);
    }

    [Theory]
    [InlineData("scrollseg-My Masks_2", "scrollseg-my-masks-2")]
    [InlineData("--", "run")]
    [InlineData("a234567890123456789012345678901234567890-b", "a234567890123456789012345678901234567890")]
    public void Name_OfAnything_IsALabel(string text, string expected) => Assert.Equal(expected, KubernetesJob.NameFrom(text));

    private static ClusterJob Job() => new()
    {
        Name = "scrolls",
        Program = ["dotnet", "/app/scrollseg.dll"],
        Arguments = new SegmentArguments("/data/scan.zarr", [("--output", Awkward)]),
        Run = "/data/masks.run",
        Shards = 7,
        ShardsLeft = [0, 1, 2, 3, 4, 5, 6],
        Cpus = 3,
        MemoryBytes = 1536L << 20,
        Gpus = new GpuRequest(null, 2),
        Retries = 20,
    };

    private static KubernetesJob Kubernetes() => new()
    {
        Image = "registry/scrollseg:1",
        Namespace = "team",
        Volumes = [("models", "/models"), ("scans", "/data")],
        Parallelism = 3,
        GraceSeconds = 90,
    };

    private static IReadOnlyList<YamlNode> Parse(ClusterJob job, KubernetesJob kubernetes)
    {
        YamlStream yaml = [];
        yaml.Load(new StringReader(KubernetesManifest.Write(job, kubernetes)));
        return [.. yaml.Documents.Select(document => document.RootNode)];
    }

    private static YamlNode At(YamlNode node, params string[] keys) => keys.Aggregate(node, (at, key) => at[key]);

    private static string Text(YamlNode node, params string[] keys) => At(node, keys).ToString();
}
