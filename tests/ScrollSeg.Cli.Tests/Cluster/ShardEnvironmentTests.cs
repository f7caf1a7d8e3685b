using ScrollSeg.Cli;
using ScrollSeg.Cli.Cluster;
using ScrollSeg.Segmentation.Runs;

namespace ScrollSeg.Tests.Cluster;

public sealed class ShardEnvironmentTests
{
    [Theory]
    [InlineData("3/8", "SCROLLSEG_SHARD_INDEX=3", "SCROLLSEG_SHARD_COUNT=8")]
    [InlineData("3/8", "SLURM_ARRAY_TASK_ID=3", "SCROLLSEG_SHARD_COUNT=8", "SLURM_ARRAY_TASK_COUNT=2")]
    [InlineData("3/8", "JOB_COMPLETION_INDEX=3", "SCROLLSEG_SHARD_COUNT=8")]
    [InlineData("3/8", "AWS_BATCH_JOB_ARRAY_INDEX=3", "SCROLLSEG_SHARD_COUNT=8")]
    [InlineData("3/8", "PBS_ARRAY_INDEX=3", "SCROLLSEG_SHARD_COUNT=8")]
    [InlineData("3/8", "LSB_JOBINDEX=4", "SCROLLSEG_SHARD_COUNT=8")]
    [InlineData("3/8", "SGE_TASK_ID=4", "SCROLLSEG_SHARD_COUNT=8")]
    [InlineData("1/8", "SCROLLSEG_SHARD_INDEX=1", "SLURM_ARRAY_TASK_ID=3", "SCROLLSEG_SHARD_COUNT=8")]
    [InlineData("7/8", "SGE_TASK_ID=8", "LSB_JOBINDEX=0", "SCROLLSEG_SHARD_COUNT=8")]
    public void Find_IndexAndCount_AreTheShard(string expected, params string[] variables)
    {
        Assert.Equal(expected, Find(variables)?.ToString());
    }

    [Theory]
    [InlineData]
    [InlineData("SLURM_JOB_ID=5", "SLURM_PROCID=0", "SLURM_NTASKS=1")] // within srun or salloc, no array
    [InlineData("LSB_JOBINDEX=0", "SGE_TASK_ID=undefined")]
    public void Find_NoArray_IsNoShard(params string[] variables)
    {
        Assert.Null(Find(variables));
    }

    [Theory]
    [InlineData("nothing says how many", "SCROLLSEG_SHARD_INDEX=3")]
    [InlineData("nothing says how many", "SLURM_ARRAY_TASK_ID=3", "SLURM_ARRAY_TASK_COUNT=8")]
    [InlineData("nothing says how many", "JOB_COMPLETION_INDEX=3")]
    [InlineData("no variable says which", "SCROLLSEG_SHARD_COUNT=8")]
    [InlineData("no variable says which", "SCROLLSEG_SHARD_COUNT=8", "SGE_TASK_ID=undefined")]
    [InlineData("there are 8 shards, numbered from 0 to 7", "SLURM_ARRAY_TASK_ID=8", "SCROLLSEG_SHARD_COUNT=8")]
    [InlineData("there are 8 shards, numbered from 1 to 8", "SGE_TASK_ID=0", "SCROLLSEG_SHARD_COUNT=8")]
    [InlineData("SCROLLSEG_SHARD_COUNT is ''", "SLURM_ARRAY_TASK_ID=3", "SCROLLSEG_SHARD_COUNT=")]
    [InlineData("SCROLLSEG_SHARD_INDEX is 'x'", "SCROLLSEG_SHARD_INDEX=x", "SCROLLSEG_SHARD_COUNT=8")]
    [InlineData("SCROLLSEG_SHARD_INDEX is ''", "SCROLLSEG_SHARD_INDEX=", "SCROLLSEG_SHARD_COUNT=8")]
    [InlineData("there are 0 shards", "SLURM_ARRAY_TASK_ID=0", "SCROLLSEG_SHARD_COUNT=0")]
    public void Find_HalfOrImpossible_IsAUsageError(string words, params string[] variables)
    {
        UsageException e = Assert.Throws<UsageException>(() => Find(variables));

        Assert.Contains(words, e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Find_IndexAlone_TakesTheCountOfTheRun()
    {
        Assert.Equal("3/9", Find(["SLURM_ARRAY_TASK_ID=3"], countOfRun: 9)?.ToString());
        Assert.Equal("3/8", Find(["SLURM_ARRAY_TASK_ID=3", "SCROLLSEG_SHARD_COUNT=8"], countOfRun: 9)?.ToString());
    }

    private static Shard? Find(string[] variables, int? countOfRun = null) => ShardEnvironment.Find(
        variables.Select(text => text.Split('=', 2)).ToDictionary(pair => pair[0], pair => pair[1]), () => countOfRun);
}
