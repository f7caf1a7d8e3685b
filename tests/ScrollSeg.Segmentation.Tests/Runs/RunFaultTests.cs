using ScrollSeg.Segmentation.Runs;
using ScrollSeg.Testing;
using ScrollSeg.Volumes;
using ScrollSeg.Volumes.Storage;

namespace ScrollSeg.Segmentation.Tests.Runs;

/// <summary>Every call to the file system, and every fetch of a chunk, fails once; the run then goes on.</summary>
public sealed class RunFaultTests : SegmentRunFixture
{
    [Fact]
    public async Task Run_WriteFailsAtAnyCall_LeavesNothingUnderTheFinalNameAndResumesToTheSameBytes()
    {
        Shape3 shape = new(75, 40, 33); // two units, and extents that no chunk divides
        await using MemoryVolume volume = MemoryVolume.Of(shape, new Shape3(32, 16, 16), (z, y, x) => (ushort)ValueAt(z, y, x));
        SegmentRequest WithFiles(SegmentRequest request, FileOperations files) =>
            request with { Files = files, Options = request.Options with { Threads = 1 } };
        FailingFiles counting = new(failAt: -1);
        await RunAsync(volume, "threshold:100", request => WithFiles(request, counting));
        Dictionary<string, string> unbroken = Hashes();
        Assert.InRange(counting.Calls, 50, 2000);

        for (int k = 0; k < counting.Calls; k++)
        {
            StartAnew();
            bool failed = await FailsAsync(() => RunAsync(volume, "threshold:100", request => WithFiles(request, new FailingFiles(k))));
            Assert.True(failed || k > counting.FinalRename, $"call {k}");
            Assert.False(Directory.Exists(Output) && k < counting.FinalRename, $"call {k}");

            await RunAsync(volume, "threshold:100");

            Assert.Equal(unbroken, Hashes());
            Assert.DoesNotContain(
                Directory.GetFiles(Folder.Path, "*", SearchOption.AllDirectories), path => path.EndsWith(".tmp", StringComparison.Ordinal));
        }
    }

    [Fact]
    public async Task Run_AnyFetchFails_GoesOnToTheSameBytes()
    {
        Shape3 shape = new(75, 40, 33);
        await using MemoryVolume volume = MemoryVolume.Of(shape, new Shape3(32, 16, 16), (z, y, x) => (ushort)ValueAt(z, y, x));
        int calls = 0;
        volume.Failure = _ =>
        {
            calls++;
            return null;
        };
        await RunAsync(volume, "threshold:100");
        Dictionary<string, string> unbroken = Hashes();
        int total = calls;
        Assert.InRange(total, 50, 500);

        for (int k = 1; k <= total; k++)
        {
            StartAnew();
            calls = 0;
            int failing = k;
            volume.Failure = _ => ++calls == failing ? new IOException("The disk is away.") : null;

            // in the statistics stage the run ends; in the segment stage the unit is set aside
            await Assert.ThrowsAnyAsync<Exception>(() => RunAsync(volume, "threshold:100", request => request with
            {
                Options = request.Options with { Threads = 1 },
            }));
            Assert.False(Directory.Exists(Output), $"fetch {k}");
            await RunAsync(volume, "threshold:100");

            Assert.Equal(unbroken, Hashes());
        }
    }

    private static async Task<bool> FailsAsync(Func<Task> action)
    {
        try
        {
            await action();
            return false;
        }
        catch (IOException)
        {
            return true;
        }
    }
}
