using System.Security.Cryptography;
using System.Text.Json;
using ScrollSeg.Segmentation.Planning;
using ScrollSeg.Segmentation.Runs;
using ScrollSeg.Testing;
using ScrollSeg.Volumes;
using ScrollSeg.Volumes.Storage;
using ScrollSeg.Volumes.Zarr;

namespace ScrollSeg.Segmentation.Tests.Runs;

public sealed class SegmentRunTests : SegmentRunFixture
{
    [Fact]
    public async Task Run_Threshold_WritesProbabilityMaskAndPyramid()
    {
        await using MemoryVolume volume = Ramp();

        SegmentReport report = await RunAsync(volume, "threshold:100");

        await using ZarrVolume probability = await ZarrVolume.OpenAsync(Output, new ReaderOptions(), Token);
        await using ZarrVolume mask = await ZarrVolume.OpenAsync(Path.Combine(Output, "labels", "mask"), new ReaderOptions(), Token);
        Assert.Equal(Shape, probability.Info.Shape);
        Assert.Equal([Shape, new Shape3(35, 45, 75)], probability.Info.Levels.Select(level => level.Shape!.Value));
        Assert.Equal(probability.Info.Levels.Count, mask.Info.Levels.Count);
        Assert.Empty(probability.Info.Defects);
        using VoxelBuffer levels = await ReadAsync(probability);
        using VoxelBuffer labels = await ReadAsync(mask);
        for (int z = 0; z < Shape.Z; z++)
        {
            for (int y = 0; y < Shape.Y; y++)
            {
                for (int x = 0; x < Shape.X; x++)
                {
                    bool inside = ValueAt(z, y, x) >= 100;
                    Assert.Equal(inside ? 255 : 0, levels.Row(z, y)[x]);
                    Assert.Equal(inside ? 1 : 0, labels.Row(z, y)[x]);
                }
            }
        }

        Assert.Equal(labels.Bytes.ToArray().LongCount(v => v == 1), report.ForegroundVoxels);
        Assert.Equal(volume.Info.Chunks.Count.VoxelCount, report.Cost["inputChunksFetched"]!.GetValue<long>());
    }

    [Fact]
    public async Task Run_Records_NameEveryObjectWithItsHash()
    {
        await using MemoryVolume volume = Ramp();

        await RunAsync(volume, "threshold:100");

        string[] records = Directory.GetFiles(Folder[Path.Combine("masks.run", "segment-z", "units")], "*", SearchOption.AllDirectories);
        List<string> named = [];
        foreach (string file in records)
        {
            foreach (StoredObject written in JsonSerializer.Deserialize<UnitRecord>(await File.ReadAllBytesAsync(file, Token), RunFolder.Json)!.Objects)
            {
                string path = Path.Combine(Output, written.Key);
                named.Add(path);
                Assert.Equal(written.Bytes > 0, File.Exists(path));
                if (written.Bytes > 0)
                {
                    byte[] content = await File.ReadAllBytesAsync(path, Token);
                    Assert.Equal((written.Bytes, written.Sha256), (content.Length, Convert.ToHexStringLower(SHA256.HashData(content))));
                }
            }
        }

        string[] finest = ["0", Path.Combine("labels", "mask", "0")];
        IEnumerable<string> stored = finest.SelectMany(array =>
            Directory.GetFiles(Path.Combine(Output, array), "*", SearchOption.AllDirectories)).Where(path => !path.EndsWith(".zarray", StringComparison.Ordinal));
        Assert.Empty(stored.Except(named));
        Assert.Equal(named.Count, named.Distinct().Count());
        Assert.DoesNotContain(Directory.GetFiles(Folder.Path, "*", SearchOption.AllDirectories), path => path.EndsWith(".tmp", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Run_Twice_StoresTheSameBytes()
    {
        await using MemoryVolume volume = Ramp();
        await RunAsync(volume, "otsu");
        Dictionary<string, string> first = Hashes();

        await RunAsync(volume, "otsu", request => request with
        {
            Overwrite = true,
            Options = request.Options with { MemoryBudget = ProcessMemory.ResidentBytes() + (120L << 20), Threads = 1 },
        });

        Assert.Equal(first, Hashes());
    }

    [Fact]
    public async Task Run_Region_LaysItsOutputOverTheInput()
    {
        await using MemoryVolume volume = Ramp();

        await RunAsync(volume, "threshold:100", request => request with
        {
            Options = request.Options with { Region = new Box3((10, 20, 30), new Shape3(20, 40, 50)) },
        });

        using JsonDocument attributes = JsonDocument.Parse(await File.ReadAllTextAsync(Path.Combine(Output, ".zattrs"), Token));
        JsonElement transforms = attributes.RootElement.GetProperty("multiscales")[0].GetProperty("datasets")[0].GetProperty("coordinateTransformations");
        Assert.Equal([10d, 20, 30], transforms[1].GetProperty("translation").EnumerateArray().Select(v => v.GetDouble()));
    }

    [Fact]
    public async Task Run_OutputExists_IsRefusedAndLeftAlone()
    {
        await using MemoryVolume volume = Ramp();
        Directory.CreateDirectory(Output);
        await File.WriteAllTextAsync(Path.Combine(Output, "precious.txt"), "mine", Token);

        RunConflictException refused = await Assert.ThrowsAsync<RunConflictException>(() => RunAsync(volume, "otsu"));
        RunConflictException foreign = await Assert.ThrowsAsync<RunConflictException>(
            () => RunAsync(volume, "otsu", request => request with { Overwrite = true }));

        Assert.Contains("exists already", refused.Message, StringComparison.Ordinal);
        Assert.Contains("not overwritten", foreign.Message, StringComparison.Ordinal);
        Assert.Equal("mine", await File.ReadAllTextAsync(Path.Combine(Output, "precious.txt"), Token));
    }

    [Theory]
    [InlineData("scan.zarr", null)]
    [InlineData("group.zarr", null)]
    [InlineData("masks.zarr", "scan.zarr")]
    [InlineData("masks.zarr", "group.zarr")]
    [InlineData("masks.zarr", "masks.zarr/run")]
    [InlineData("runs/masks.zarr", "runs")]
    public async Task Run_Overwrite_NeverDiscardsTheInputNorMixesOutputAndRun(string output, string? run)
    {
        string scan = Folder[output == "group.zarr" || run == "group.zarr" ? "group.zarr/0" : "scan.zarr"];
        WriteScan(scan);
        File.Copy(Path.Combine(scan, ".zarray"), Path.Combine(Path.GetDirectoryName(scan)!, ".zarray"), overwrite: true);
        await using ZarrVolume volume = await ZarrVolume.OpenAsync(scan, new ReaderOptions(), Token);

        InvalidRequestException e = await Assert.ThrowsAsync<InvalidRequestException>(() => RunAsync(volume, "threshold:1", request => request with
        {
            Output = Folder[output],
            RunFolder = run is null ? null : Folder[run],
            Overwrite = true,
        }));

        Assert.Contains("lie in one another", e.Message, StringComparison.Ordinal);
        Assert.True(File.Exists(Path.Combine(scan, "0", "0", "0")));
    }

    [Fact]
    public async Task Run_OverwriteWithAForeignRunFolder_LeavesItAlone()
    {
        await using MemoryVolume volume = Ramp();
        string precious = Folder[Path.Combine("mine", "units", "precious.txt")];
        Directory.CreateDirectory(Path.GetDirectoryName(precious)!);
        await File.WriteAllTextAsync(precious, "mine", Token);
        await File.WriteAllTextAsync(Folder[Path.Combine("mine", "thesis.txt")], "mine", Token);

        await Assert.ThrowsAsync<RunConflictException>(
            () => RunAsync(volume, "otsu", request => request with { RunFolder = Folder["mine"], Overwrite = true }));

        Assert.True(File.Exists(precious));
    }

    [Theory]
    [InlineData("otsu")]
    [InlineData("otsu:dark")]
    public async Task Run_VolumeWithoutAMeasuredVoxel_IsBackground(string model)
    {
        VoxelBuffer voxels = VoxelBuffer.Rent(new Shape3(4, 20, 20), VoxelType.UInt16);
        voxels.Clear();
        await using MemoryVolume volume = new(voxels, new Shape3(4, 20, 20), [(0, 0, 0)]);

        SegmentReport report = await RunAsync(
            volume, model, request => request with { Options = request.Options with { Support = SupportRule.None } });

        Assert.Equal(0, report.ForegroundVoxels);
    }

    [Fact]
    public async Task Run_Drained_StopsBetweenUnitsAndGoesOn()
    {
        await using MemoryVolume volume = MemoryVolume.Of(new Shape3(300, 20, 20), new Shape3(32, 20, 20), (z, y, x) => (ushort)ValueAt(z, y, x));
        await RunAsync(volume, "threshold:100");
        Dictionary<string, string> unbroken = Hashes();
        StartAnew();
        using CancellationTokenSource drain = new();

        RunStoppedException stopped = await Assert.ThrowsAsync<RunStoppedException>(() => RunAsync(
            volume, "threshold:100", request => request with { Drain = drain.Token }, new DrainAt(drain, slices: 70)));

        Assert.Matches(@"stopped with [1-9]\d* of 5 units left", stopped.Message);
        int records = Directory.GetFiles(Folder[Path.Combine("masks.run", "segment-z", "units")], "*", SearchOption.AllDirectories).Length;
        Assert.InRange(records, 1, 4);
        int fetched = volume.Fetches.Values.Sum();
        await RunAsync(volume, "threshold:100");
        Assert.Equal(unbroken, Hashes());

        // the statistics are frozen, and the units that were done are not read again
        Assert.InRange(volume.Fetches.Values.Sum() - fetched, 1, volume.Info.Chunks.Count.VoxelCount - 2);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(7)]
    public async Task Run_Shards_InAnyOrder_GiveTheSameBytes(int count)
    {
        await using MemoryVolume volume = MemoryVolume.Of(new Shape3(300, 20, 20), new Shape3(32, 20, 20), (z, y, x) => (ushort)ValueAt(z, y, x));
        await RunAsync(volume, "otsu");
        Dictionary<string, string> unbroken = Hashes();
        StartAnew();
        int[] order = [.. Enumerable.Range(0, count)];
        new Random(count).Shuffle(order);

        foreach (int index in order)
        {
            if (count > 1 && index == order[^1])
            {
                RunStoppedException early = await Assert.ThrowsAsync<RunStoppedException>(() => Completion().FinishAsync(1, null, Token));
                Assert.Contains("are missing", early.Message, StringComparison.Ordinal);
            }

            await RunAsync(volume, "otsu", request => request with { Shard = new Shard(index, count) });
        }

        await Completion().FinishAsync(1, null, Token);

        Assert.Equal(unbroken, Hashes());
        RunStatus status = Completion().GetStatus();
        Assert.Equal((true, 5L, 0L), (status.IsComplete, status.Done, status.MissingCount));
    }

    [Fact]
    public async Task Verify_FlippedByte_NamesTheObject()
    {
        await using MemoryVolume volume = Ramp();
        await RunAsync(volume, "otsu");
        Assert.Empty(Verify(VerificationLevel.Full));
        string chunk = Path.Combine(Output, "0", "0", "1", "1");
        byte[] content = File.ReadAllBytes(chunk);
        content[^1] ^= 1;
        File.WriteAllBytes(chunk, content);

        Assert.Contains(chunk, Assert.Single(Verify(VerificationLevel.Full)), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Run_ShardThatIsBeingComputed_IsRefused()
    {
        await using MemoryVolume volume = Ramp();
        await RunAsync(volume, "otsu");
        Directory.Move(Output, Output + ".partial");
        using ShardLock other = ShardLock.Take(Folder["masks.run"], Shard.Whole);

        RunStoppedException e = await Assert.ThrowsAsync<RunStoppedException>(() => RunAsync(volume, "otsu"));

        Assert.Contains("another process computes shard 0/1", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Run_CompleteAlready_DoesNothingAndReportsTheSame()
    {
        await using MemoryVolume volume = Ramp();
        SegmentReport first = await RunAsync(volume, "otsu");
        int fetched = volume.Fetches.Values.Sum();

        SegmentReport second = await RunAsync(volume, "otsu");

        Assert.Equal(first.ToJson().ToJsonString(), second.ToJson().ToJsonString());
        Assert.Equal(fetched, volume.Fetches.Values.Sum());
    }

    [Fact]
    public async Task Run_OverwriteThatFails_LeavesTheOldOutput()
    {
        await using MemoryVolume volume = Ramp();
        await RunAsync(volume, "threshold:100");
        Dictionary<string, string> old = Hashes();

        await Assert.ThrowsAsync<IOException>(() => RunAsync(
            volume, "threshold:50", request => request with { Overwrite = true, Files = new FailingFiles(40) }));
        Assert.Equal(old, Hashes());
        await RunAsync(volume, "threshold:50");

        Assert.NotEqual(old, Hashes());
        Assert.Equal(["masks.run", "masks.zarr"], Directory.GetFileSystemEntries(Folder.Path).Select(Path.GetFileName).Order());
    }

    [Fact]
    public async Task Run_ObjectMissingOrCut_IsComputedAgain()
    {
        await using MemoryVolume volume = Ramp();
        await RunAsync(volume, "threshold:100");
        Dictionary<string, string> unbroken = Hashes();
        Directory.Move(Output, Output + ".partial"); // as if the process had died before the last rename
        string chunk = Path.Combine(Output + ".partial", "0", "0", "0", "0");
        File.WriteAllBytes(chunk, File.ReadAllBytes(chunk)[..10]);

        await RunAsync(volume, "threshold:100");

        Assert.Equal(unbroken, Hashes());
    }

    [Theory]
    [InlineData("threshold:101", 48, "model was")]
    [InlineData("threshold:100", 64, "configuration.tile was 48, and is 64 now")]
    public async Task Run_ResumedOtherwise_IsRefusedNamingTheDifference(string model, int tile, string difference)
    {
        await using MemoryVolume volume = Ramp();
        await RunAsync(volume, "threshold:100");

        RunConflictException e = await Assert.ThrowsAsync<RunConflictException>(
            () => RunAsync(volume, model, request => request with { Options = request.Options with { Tile = tile } }));

        Assert.Contains(difference, e.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("otsu:blue")]
    [InlineData("constant:1.5")]
    [InlineData("threshold:x")]
    [InlineData("nonsense")]
    public async Task Run_UnknownModel_IsRefusedBeforeAnythingIsWritten(string model)
    {
        await using MemoryVolume volume = Ramp();

        InvalidRequestException e = await Assert.ThrowsAsync<InvalidRequestException>(() => RunAsync(volume, model));

        Assert.Contains($"'{model}' is no model", e.Message, StringComparison.Ordinal);
        Assert.Empty(Directory.GetFileSystemEntries(Folder.Path));
    }

    [Fact]
    public async Task Run_BudgetTooSmall_NamesTheSmallestThatWorks()
    {
        await using MemoryVolume volume = Ramp();

        InvalidRequestException e = await Assert.ThrowsAsync<InvalidRequestException>(
            () => RunAsync(volume, "otsu", request => request with { Options = request.Options with { MemoryBudget = 1 << 20 } }));

        Assert.Matches(@"needs at least \d+ MiB .* --memory allows 1 MiB", e.Message);
    }

    private static void WriteScan(string path)
    {
        Shape3 shape = new(4, 20, 20);
        ZarrArrayWriter writer = ZarrArrayWriter.Create(
            path, new ZarrArraySpec(shape, shape, VoxelType.UInt16), new AtomicFile(FileOperations.System, Durability.None));
        using VoxelBuffer voxels = VoxelBuffer.Rent(shape, VoxelType.UInt16);
        voxels.Bytes.Fill(7);
        writer.WriteChunk((0, 0, 0), voxels);
    }

    private static async Task<VoxelBuffer> ReadAsync(VolumeReader volume)
    {
        VoxelBuffer voxels = VoxelBuffer.Rent(volume.Info.Shape, volume.Info.Type);
        await volume.ReadAsync(volume.Info.Bounds, voxels, Token);
        return voxels;
    }
}
