using Microsoft.Win32.SafeHandles;
using ScrollSeg.Testing;
using ScrollSeg.Volumes.Storage;

namespace ScrollSeg.Volumes.Tests.Storage;

public sealed class BackoffTests : IDisposable
{
    private const int EIO = 5;
    private const int ENOSPC = 28;
    private static readonly Backoff AtOnce = new() { Draw = () => 0 };

    private readonly TemporaryFolder _folder = new();

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Delay_Doubles_UpToTheLongest()
    {
        Backoff backoff = new() { First = TimeSpan.FromSeconds(1), Longest = TimeSpan.FromSeconds(5), Draw = () => 0.5 };

        Assert.Equal([0.5, 1, 2, 2.5, 2.5], Enumerable.Range(1, 5).Select(tried => backoff.DelayAfter(tried).TotalSeconds));
    }

    [Theory]
    [InlineData(1, 2)]
    [InlineData(4, 5)]
    public void Run_OfWhatFailsForAWhile_GivesTheFirstSuccess(int failures, int expectedCalls)
    {
        int calls = 0;

        int result = AtOnce.Run(() => ++calls <= failures ? throw new IOException("away", EIO) : calls, cancellationToken: Ct);

        Assert.Equal(expectedCalls, result);
    }

    [Fact]
    public void Run_OfWhatFailsForGood_ThrowsTheLastFailure()
    {
        int calls = 0;

        IOException failure = Assert.Throws<IOException>(
            () => AtOnce.Run<int>(() => throw new IOException($"try {++calls}", EIO), cancellationToken: Ct));

        Assert.Equal("try 5", failure.Message);
    }

    public static TheoryData<Exception> FinalFailures =>
    [
        new IOException("full", ENOSPC),
        new IOException("of the program's own"),
        new VolumeFormatException("a", "is damaged"),
        new InvalidDataException("is damaged"),
    ];

    [Theory]
    [MemberData(nameof(FinalFailures))]
    public void Run_OfWhatWillNotPass_TriesOnce(Exception failure)
    {
        int calls = 0;

        Assert.Throws(failure.GetType(), () => AtOnce.Run<int>(
            () =>
            {
                calls++;
                throw failure;
            },
            cancellationToken: Ct));

        Assert.Equal(1, calls);
    }

    [Fact]
    public async Task RunAsync_WhenAskedToStayAwayForLongerThanTheLongest_GivesUpAtOnce()
    {
        int calls = 0;

        await Assert.ThrowsAsync<TimeoutException>(async () => await AtOnce.RunAsync<int>(
            () =>
            {
                calls++;
                throw new TimeoutException();
            },
            _ => TimeSpan.FromHours(1),
            Ct));

        Assert.Equal(1, calls);
    }

    [Fact]
    public void Run_WhenCancelled_EndsItsWait()
    {
        using CancellationTokenSource stop = new();
        Backoff slow = new() { First = TimeSpan.FromDays(1), Longest = TimeSpan.FromDays(1), Draw = () => 1 };

        Assert.ThrowsAny<OperationCanceledException>(() => slow.Run<int>(
            () =>
            {
                stop.Cancel();
                throw new IOException("away", EIO);
            },
            cancellationToken: stop.Token));
    }

    [Fact]
    public async Task FolderStore_OnADiskThatStumbles_ReadsAllTheSame()
    {
        await File.WriteAllBytesAsync(Path.Combine(_folder.Path, "chunk"), [1, 2, 3], Ct);
        StumblingDisk disk = new(failures: 3);

        using StoredBytes? bytes = await new FolderStore(_folder.Path, disk, AtOnce).ReadAsync("chunk", Ct);

        Assert.Equal([1, 2, 3], bytes!.Span.ToArray());
        Assert.Equal(4, disk.Opened); // a handle that failed is not used again
    }

    [Fact]
    public async Task FolderStore_OnADiskThatIsBroken_SaysSo()
    {
        await File.WriteAllBytesAsync(Path.Combine(_folder.Path, "chunk"), [1, 2, 3], Ct);

        IOException failure = await Assert.ThrowsAsync<IOException>(
            async () => await new FolderStore(_folder.Path, new StumblingDisk(failures: 100), AtOnce).ReadAsync("chunk", Ct));

        Assert.Equal(EIO, failure.HResult);
    }

    [Fact]
    public void AtomicFile_WhoseSyncFails_WritesANewTemporaryFile()
    {
        StumblingDisk disk = new(failures: 2);
        string path = Path.Combine(_folder.Path, "object");

        new AtomicFile(disk, Durability.Full, AtOnce).Write(path, [1, 2, 3]);

        Assert.Equal([1, 2, 3], File.ReadAllBytes(path));
        Assert.Equal(3, disk.Created.Distinct().Count());
        Assert.Equal([path], Directory.GetFiles(_folder.Path));
    }

    [Fact]
    public void AtomicFile_OnAFullDisk_DoesNotWaitForSpace()
    {
        StumblingDisk disk = new(failures: 1, ENOSPC);

        Assert.Throws<IOException>(() => new AtomicFile(disk, Durability.Full, AtOnce).Write(Path.Combine(_folder.Path, "object"), [1]));

        Assert.Single(disk.Created);
    }

    /// <summary>A disk whose first reads or syncs fail.</summary>
    private sealed class StumblingDisk(int failures, int number = EIO) : FileOperations
    {
        private int _left = failures;

        public int Opened { get; private set; }

        public List<string> Created { get; } = [];

        public override SafeFileHandle OpenRead(string path)
        {
            Opened++;
            return base.OpenRead(path);
        }

        public override SafeFileHandle CreateNew(string path)
        {
            Created.Add(path);
            return base.CreateNew(path);
        }

        public override int Read(SafeFileHandle file, Span<byte> destination, long offset)
        {
            Stumble();
            return base.Read(file, destination, offset);
        }

        public override void Sync(SafeFileHandle file)
        {
            Stumble();
            base.Sync(file);
        }

        private void Stumble()
        {
            if (_left-- > 0)
            {
                throw new IOException("The disk stumbled.", number);
            }
        }
    }
}
