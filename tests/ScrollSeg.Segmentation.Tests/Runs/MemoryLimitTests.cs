using ScrollSeg.Segmentation.Runs;
using ScrollSeg.Testing;

namespace ScrollSeg.Segmentation.Tests.Runs;

public sealed class MemoryLimitTests : IDisposable
{
    private const long Machine = 1000;

    private readonly TemporaryFolder _root = new();

    public void Dispose() => _root.Dispose();

    [Fact]
    public void Find_WithoutControlGroups_IsTheMachine() => Assert.Equal(Machine, new MemoryLimit(_root.Path).Find(Machine));

    [Theory]
    [InlineData("300", "max", 300)]
    [InlineData("max", "200", 200)]
    [InlineData("300", "200", 200)]
    [InlineData("max", "max", Machine)]
    [InlineData("5000", "max", Machine)]
    public void Find_InAContainerOfVersion2_IsTheSmallestLimitOnTheWayUp(string own, string above, long expected)
    {
        Put("proc/self/cgroup", "0::/job/step\n");
        Put("sys/fs/cgroup/job/step/memory.max", own);
        Put("sys/fs/cgroup/job/memory.max", above);

        Assert.Equal(expected, new MemoryLimit(_root.Path).Find(Machine));
    }

    [Theory]
    [InlineData("400", 400)]
    [InlineData("9223372036854771712", Machine)] // how version 1 says that there is none
    public void Find_InASlurmAllocationOfVersion1_IsItsLimit(string limit, long expected)
    {
        Put("proc/self/cgroup", "12:pids:/\n4:cpu,memory:/slurm/uid_0/job_7\n0::/\n");
        Put("sys/fs/cgroup/memory/slurm/uid_0/job_7/memory.limit_in_bytes", limit);

        Assert.Equal(expected, new MemoryLimit(_root.Path).Find(Machine));
    }

    [Fact]
    public void Find_OnThisMachine_IsSomething() => Assert.InRange(new MemoryLimit().Find(long.MaxValue), 1L << 20, long.MaxValue);

    private void Put(string path, string text)
    {
        string file = Path.Combine(_root.Path, path);
        Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        File.WriteAllText(file, text + "\n");
    }
}
