using Microsoft.Win32.SafeHandles;
using ScrollSeg.Segmentation.Runs;
using ScrollSeg.Testing;
using ScrollSeg.Volumes.Storage;
using ScrollSeg.Volumes.Zarr;
using ScrollSeg.Volumes;

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

    [Fact]
    public async Task Run_AnyReadOfTheInputFails_GoesOnToTheSameBytes()
    {
        string scan = Folder["scan.zarr"];
        Shape3 shape = new(75, 40, 33);
        ZarrArrayWriter writer = ZarrArrayWriter.Create(
            scan, new ZarrArraySpec(shape, new Shape3(32, 40, 33), VoxelType.UInt16), new AtomicFile(FileOperations.System, Durability.None));
        foreach ((int Z, int Y, int X) index in writer.Spec.Chunks.Touching(new Box3((0, 0, 0), shape)))
        {
            using VoxelBuffer voxels = VoxelBuffer.Rent(writer.Spec.Chunks.BoxOf(index).Shape, VoxelType.UInt16);
            voxels.Voxels<ushort>().Fill((ushort)(90 + (10 * index.Z)));
            writer.WriteChunk(index, voxels);
        }

        FailingReads counting = new(failAt: -1);
        await RunOverAsync(counting);
        Dictionary<string, string> unbroken = Hashes();
        Assert.InRange(counting.Calls, 15, 200);

        int failures = 0;
        for (int k = 0; k < counting.Calls; k++)
        {
            DeleteOutput();
            bool failed = await FailsAsync(() => RunOverAsync(new FailingReads(k)));
            Assert.Equal(failed, !Directory.Exists(Output)); // what lies around the array may be unreadable, and is then said
            failures += failed ? 1 : 0;

            await RunOverAsync(FileOperations.System);

            Assert.Equal(unbroken, Hashes());
        }

        Assert.InRange(failures, counting.Calls - 6, counting.Calls);

        async Task RunOverAsync(FileOperations files)
        {
            await using ZarrVolume volume = await ZarrVolume.OpenAsync(scan, new ReaderOptions { Files = files, DecodeThreads = 1 }, Token);
            await RunAsync(volume, "threshold:100");
        }

        void DeleteOutput()
        {
            foreach (string folder in new[] { Output, Output + ".partial", Folder["masks.run"] }.Where(Directory.Exists))
            {
                Directory.Delete(folder, recursive: true);
            }
        }
    }

    /// <summary>A file system whose k-th opening or reading of a file fails.</summary>
    private sealed class FailingReads(int failAt) : FileOperations
    {
        private int _calls;

        public int Calls => _calls;

        public override SafeFileHandle OpenRead(string path)
        {
            Count();
            return base.OpenRead(path);
        }

        public override int Read(SafeFileHandle file, Span<byte> destination, long offset)
        {
            Count();
            return base.Read(file, destination, offset);
        }

        private void Count()
        {
            if (Interlocked.Increment(ref _calls) - 1 == failAt)
            {
                throw new IOException("injected");
            }
        }
    }

    private static async Task<bool> FailsAsync(Func<Task> action)
    {
        try
        {
            await action();
            return false;
        }
        catch (Exception e) when (e is IOException or UnitsFailedException)
        {
            return true;
        }
    }
}
