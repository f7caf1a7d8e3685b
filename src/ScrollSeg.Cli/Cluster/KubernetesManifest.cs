using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace ScrollSeg.Cli.Cluster;

/// <summary>
/// The manifest of an Indexed Job whose indexes are shards, and of the job that completes the output, suspended until somebody
/// lets it go: Kubernetes has no order between jobs. Needs Kubernetes 1.31 or later for the policies per index.
/// </summary>
internal static class KubernetesManifest
{
    private const string LetGo = """{"spec":{"suspend":false}}""";
    private const int GraceMargin = 30; // seconds to start up and to write down what was finished

    /// <summary>YAML of both jobs. Strings are in JSON's quotes, which YAML takes as they are (YAML 1.2, 7.3.1).</summary>
    public static string Write(ClusterJob job, KubernetesJob kubernetes)
    {
        string container = KubernetesJob.NameFrom(Path.GetFileNameWithoutExtension(job.Program[^1]));
        return $$"""
            # Shards that are done end at once, so creating the job again does no harm. When it is complete:
            #   kubectl patch job/{{job.Name}}-finalize --type=merge -p '{{LetGo}}'
            apiVersion: batch/v1
            kind: Job
            metadata:
              name: {{job.Name}}{{Namespace(kubernetes)}}
            spec:
              completionMode: Indexed
              completions: {{Text(job.Shards)}}
              parallelism: {{Text(Math.Min(job.Shards, kubernetes.Parallelism ?? job.Shards))}}
              backoffLimitPerIndex: {{Text(job.Retries)}}
              podFailurePolicy:
                rules:
                - action: Ignore # the node was drained or lost: no fault of the task's
                  onPodConditions:
                  - type: DisruptionTarget
                    status: "True"
                - action: FailIndex # wrong usage, bad input, another run: again would not help
                  onExitCodes:
                    containerName: {{container}}
                    operator: In
                    values: [{{Text(ExitCode.Usage)}}, {{Text(ExitCode.BadInput)}}, {{Text(ExitCode.Mismatch)}}]
            {{Template(job, kubernetes, container, job.SegmentWords, gpus: job.Gpus.Count)}}
            ---
            apiVersion: batch/v1
            kind: Job
            metadata:
              name: {{job.Name}}-finalize{{Namespace(kubernetes)}}
            spec:
              suspend: true
              backoffLimit: 0 # exit code {{Text(ExitCode.StoppedEarly)}} says that units are missing: create the first job again
            {{Template(job, kubernetes, container, job.FinalizeWords, gpus: 0)}}

            """;
    }

    private static string Template(ClusterJob job, KubernetesJob kubernetes, string container, IEnumerable<string> words, int gpus)
    {
        string memory = Quote($"{Text((job.MemoryBytes + (1 << 20) - 1) >> 20)}Mi");
        return $$"""
              template:
                spec:
                  restartPolicy: Never
                  terminationGracePeriodSeconds: {{Text(kubernetes.GraceSeconds + GraceMargin)}}
                  containers:
                  - name: {{container}}
                    image: {{Quote(kubernetes.Image)}}
                    command: {{List(job.Program)}}
                    args:
            {{Lines(words.Skip(job.Program.Count), 10, word => $"- {Quote(word)}")}}
                    env:
                    - name: {{ShardEnvironment.Count}}
                      value: {{Quote(Text(job.Shards))}}
                    - name: DOTNET_PROCESSOR_COUNT
                      value: {{Quote(Text(job.Cpus))}}
                    resources:
                      requests: {cpu: {{Quote(Text(job.Cpus))}}, memory: {{memory}}}
                      limits: {memory: {{memory}}{{(gpus > 0 ? $", nvidia.com/gpu: {Quote(Text(gpus))}" : "")}}}
            {{Volumes(kubernetes)}}
            """;
    }

    private static string Volumes(KubernetesJob kubernetes)
    {
        if (kubernetes.Volumes.Count == 0)
        {
            return "      volumes: []";
        }

        IEnumerable<int> all = Enumerable.Range(0, kubernetes.Volumes.Count);
        return $$"""
                    volumeMounts:
            {{Lines(all, 8, i => $"- {{name: volume-{Text(i)}, mountPath: {Quote(kubernetes.Volumes[i].Path)}}}")}}
                  volumes:
            {{Lines(all, 6, i => $"- {{name: volume-{Text(i)}, persistentVolumeClaim: {{claimName: {Quote(kubernetes.Volumes[i].Claim)}}}}}")}}
            """;
    }

    private static string Namespace(KubernetesJob kubernetes) =>
        kubernetes.Namespace is string name ? $"\n  namespace: {Quote(name)}" : "";

    private static string Lines<T>(IEnumerable<T> items, int indent, Func<T, string> line) =>
        string.Join('\n', items.Select(item => new string(' ', indent) + line(item)));

    private static string List(IEnumerable<string> words) => $"[{string.Join(", ", words.Select(Quote))}]";

    /// <summary>A word that neither YAML nor Kubernetes changes: it replaces $(NAME) unless the dollar sign is doubled.</summary>
    private static string Quote(string word) => JsonSerializer.Serialize(word.Replace("$(", "$$(", StringComparison.Ordinal), Relaxed);

    private static readonly JsonSerializerOptions Relaxed = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private static string Text(long number) => number.ToString(CultureInfo.InvariantCulture);
}
