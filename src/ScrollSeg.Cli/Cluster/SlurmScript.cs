using System.Globalization;
using ScrollSeg.Cli.RunVerbs;

namespace ScrollSeg.Cli.Cluster;

/// <summary>
/// The script that queues a run with Slurm: arrays whose tasks are shards, and the job that completes the output. Options go to
/// <c>sbatch</c> as quoted words rather than as <c>#SBATCH</c> lines, whose quoting is a dialect of its own.
/// </summary>
internal static class SlurmScript
{
    /// <summary>Text of the script; bash runs it where <c>sbatch</c> is.</summary>
    public static string Write(ClusterJob job, SlurmJob slurm)
    {
        string logs = Path.Combine(job.Run, Segmentation.Runs.RunFolder.ClusterFolder);
        if (logs.Contains('\\', StringComparison.Ordinal))
        {
            throw new UsageException($"{logs}: holds a backslash, which Slurm takes for something else in the name of a log.");
        }

        return $$"""
            #!/usr/bin/env bash
            # Queues {{(job.ShardsLeft.Count == job.Shards ? "" : $"what is left of ")}}a run as Slurm arrays whose tasks are its shards, {{job.Shards}} in all, and the job that completes
            # the output. The program makes a task go on where an earlier one stopped, so running this again does no harm.
            set -euo pipefail
            mkdir -p {{ShellText.Quote(logs)}}

            options=({{Options(job, slurm, gpus: true)}})
            task() {
              cat <<'TASK'
            export {{ShardEnvironment.Count}}={{Text(job.Shards)}} {{ShardEnvironment.Index}}=$((SLURM_ARRAY_TASK_ID + offset))
            export DOTNET_PROCESSOR_COUNT={{Text(job.Cpus)}} # what the plan counted on, where Slurm does not bind tasks to cores
            echo "shard ${{ShardEnvironment.Index}} of {{Text(job.Shards)}} on ${SLURMD_NODENAME:-$(hostname)}, restarts ${SLURM_RESTART_COUNT:-0}"

            # Slurm's early warning reaches this shell alone, so it is handed on; a signal ends the wait, not the program.
            signalled=
            hand_on() { signalled=yes; kill -s "$1" "$program" 2>/dev/null; }
            {{ShellText.Join(job.SegmentWords)}} &
            program=$!
            trap 'hand_on USR1' USR1
            trap 'hand_on TERM' TERM
            while signalled=; wait "$program"; code=$?; [ -n "$signalled" ]; do :; done
            echo "shard ${{ShardEnvironment.Index}} ended with exit code $code"

            # 75 says that work is left and nothing else is wrong. Only this task: the bare job number may mean the whole array.
            if [ "$code" -eq 75 ] && [ "${SLURM_RESTART_COUNT:-0}" -lt {{Text(job.Retries)}} ]; then
              scontrol requeue "${SLURM_ARRAY_JOB_ID}_${SLURM_ARRAY_TASK_ID}"
            fi
            exit "$code"
            TASK
            }
            array() { # array INDICES OFFSET [OPTION..]: queues the shards OFFSET + INDICES and prints the job's number
              local indices="$1" offset="$2"
              { echo '#!/usr/bin/env bash'; echo "offset=$offset"; task; } |
                sbatch --parsable "${options[@]}" --output={{ShellText.Quote(Log(logs, "%A_%a"))}} --array="$indices" "${@:3}"
            }

            jobs=
            {{Arrays(job, slurm)}}
            finalize=$(sbatch --parsable {{Options(job, slurm, gpus: false)}} --output={{ShellText.Quote(Log(logs, "finalize-%j"))}} ${jobs:+--dependency="afterany$jobs"} <<'TASK'
            #!/usr/bin/env bash
            # 75: units are missing. Queue the run again for what is left.
            exec {{ShellText.Join(job.FinalizeWords)}}
            TASK
            )
            echo "queued${jobs:+ shards as${jobs//:/ } and} the last step as ${finalize%%;*}; logs are in "{{ShellText.Quote(logs)}}

            """;
    }

    /// <summary>Queues each window of the array; with a throttle one after the other, since each has its own.</summary>
    private static string Arrays(ClusterJob job, SlurmJob slurm)
    {
        string throttle = slurm.Throttle is int most ? $"%{Text(most)}" : "";
        string chain = slurm.Throttle is null ? "" : " ${jobs:+--dependency=\"afterany:${jobs##*:}\"}";
        IEnumerable<string> lines = job.ShardsLeft.GroupBy(shard => shard / slurm.MaxArraySize).Select(window =>
        {
            int offset = window.Key * slurm.MaxArraySize;
            string indices = RetryListCommand.ArrayExpression(window.Select(shard => shard - offset));
            return $"job=$(array {indices}{throttle} {Text(offset)}{chain}); jobs+=\":${{job%%;*}}\"";
        });
        return string.Join('\n', lines);
    }

    private static string Options(ClusterJob job, SlurmJob slurm, bool gpus)
    {
        List<string> options =
        [
            $"--job-name={job.Name}", "--nodes=1", "--ntasks=1", $"--cpus-per-task={Text(job.Cpus)}",
            $"--mem={Text((job.MemoryBytes + (1 << 20) - 1) >> 20)}M", "--open-mode=append", "--requeue",
        ];
        if (gpus)
        {
            options.Add($"--signal=B:USR1@{Text(slurm.WarningSeconds)}");
            options.AddRange(job.Gpus.Count > 0 ? [$"--gres=gpu:{job.Gpus}"] : []);
        }

        options.AddRange(slurm.Time is string time ? [$"--time={time}"] : []);
        options.AddRange(slurm.Partition is string partition ? [$"--partition={partition}"] : []);
        options.AddRange(slurm.Account is string account ? [$"--account={account}"] : []);
        return ShellText.Join(options);
    }

    /// <summary>Name of a log: a percent sign in the folder's name is doubled, or Slurm would replace it.</summary>
    private static string Log(string folder, string name) => $"{folder.Replace("%", "%%", StringComparison.Ordinal)}/{name}.log";

    private static string Text(long number) => number.ToString(CultureInfo.InvariantCulture);
}
