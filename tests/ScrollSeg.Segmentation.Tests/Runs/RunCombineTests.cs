using System.Text.Json.Nodes;
using CsCheck;
using ScrollSeg.Segmentation.Planning;
using ScrollSeg.Segmentation.Runs;
using ScrollSeg.Segmentation.Slicing;
using ScrollSeg.Segmentation.Stitching;
using ScrollSeg.Segmentation.Tests.Pipeline;
using ScrollSeg.Segmentation.Tests.Stitching;
using ScrollSeg.Testing;
using ScrollSeg.Volumes;
using ScrollSeg.Volumes.Storage;

namespace ScrollSeg.Segmentation.Tests.Runs;

/// <summary>Runs that fuse several directions, and that fill slices nobody was asked about.</summary>
public sealed class RunCombineTests : SegmentRunFixture
{
    private static readonly Shape3 Small = new(20, 66, 80);

    [Theory]
    [InlineData("threshold:90")]
    [InlineData("constant:0.3")]
    public async Task Run_AllDirectionsOfAnExactModel_AreAnyOneOfThem(string model)
    {
        await using MemoryVolume volume = Ramp();
        await RunAsync(volume, model);
        Dictionary<string, string> one = VoxelHashes();
        StartAnew();

        SegmentReport report = await RunAsync(volume, model, request => Options(request, options => options with { Axes = AllAxes, SaveUncertainty = true }));

        Assert.Equal(one, VoxelHashes()); // and no uncertainty at all
        Assert.Equal(3 * volume.Info.Chunks.Count.VoxelCount, report.Cost["inputChunksFetched"]!.GetValue<long>());
        Assert.Equal(report.Cost["inputChunksPlanned"]!.GetValue<long>(), report.Cost["inputChunksFetched"]!.GetValue<long>());
        Assert.False(Directory.Exists(Path.Combine(Output, "directions")));
        Assert.True(File.Exists(Path.Combine(Output, "uncertainty", ".zattrs")));
        Assert.Empty(Verify(VerificationLevel.Full));
        Assert.Empty(Verify(VerificationLevel.Index));
        Assert.True(Completion().GetStatus().IsComplete);
        Assert.Equal(0, Completion().GetStatus().MissingCount);
    }

    [Theory]
    [InlineData(GroupFusion.Mean)]
    [InlineData(GroupFusion.Median)]
    [InlineData(GroupFusion.Maximum)]
    [InlineData(GroupFusion.Majority)]
    [InlineData(GroupFusion.Logits)]
    public async Task Run_AllDirections_FusesWhatEachOneAloneGivesAndKeepsTheirSpread(GroupFusion fusion)
    {
        await using MemoryVolume volume = MemoryVolume.Of(Small, new Shape3(16, 16, 16), (z, y, x) => (ushort)ValueAt(z, y * 2, x * x));
        List<byte[]> alone = [];
        foreach (Axis axis in AllAxes)
        {
            await BlurAsync(volume, options => options with { Axes = [axis] });
            alone.Add(await BytesAsync("0"));
            StartAnew();
        }

        await BlurAsync(volume, options => options with { Axes = AllAxes, Fusion = fusion, SaveUncertainty = true });

        byte[] fused = await BytesAsync("0");
        byte[] mask = await BytesAsync("labels/mask/0");
        byte[] spread = await BytesAsync("uncertainty/0");
        GroupFuser fuser = new(fusion, 3, 1, 1, 0.5);
        double[] one = new double[1];
        int apart = 0;
        for (int i = 0; i < fused.Length; i++)
        {
            double[] values = [.. alone.Select(direction => direction[i] / 255.0)];
            for (int k = 0; k < 3; k++)
            {
                fuser.Add(k, 0, [values[k]]);
            }

            fuser.Fuse(3, 0, one);
            Assert.Equal(Probability.ToByte(one[0]), fused[i]);
            Assert.Equal(fused[i] >= 128 ? 1 : 0, mask[i]);
            double mean = values.Average();
            Assert.Equal(510 * Math.Sqrt(values.Average(value => (value - mean) * (value - mean))), spread[i], 0.51);
            apart += spread[i] > 0 ? 1 : 0;
        }

        Assert.True(apart > fused.Length / 10);
    }

    [Fact]
    public void Run_WithGaps_FillsAsTheWholeArrayIsFilledWhateverTheUnits()
    {
        Gen.Select(Gen.Int[0, 2], Gen.Int[2, 7], Gen.Int[1, 6], Gen.Int[0, 1000], Gen.Int[0, 1]).Sample(
            (normal, stride, maxGap, seed, cut) =>
            {
                using Scope scope = new(Blobs(seed));
                SliceFrame frame = new((Axis)normal);
                SegmentOptions Strided(SegmentOptions options) =>
                    options with { Axes = [frame.Normal], Strategy = new EverySlice { Stride = stride, First = seed % 3 }, Support = SupportRule.None };
                BlurAsync(scope.Volume, Strided).GetAwaiter().GetResult();
                byte[] asked = BytesAsync("0").GetAwaiter().GetResult();
                StartAnew();
                SegmentRequest Filled(SegmentRequest request) => Options(request, options => Strided(options) with { MaxGap = maxGap });
                if (cut == 1 && stride - 1 <= maxGap)
                {
                    PrepareCut(scope.Volume, "blur", Filled, new BlurSource());
                }

                SegmentReport report = RunAsync(scope.Volume, "blur", Filled, models: new BlurSource()).GetAwaiter().GetResult();

                byte[] filled = BytesAsync("0").GetAwaiter().GetResult();
                Assert.Equal(FillAll(asked, frame, stride, seed % 3, maxGap), filled);
                Assert.Equal(filled.Select(level => level >= 128 ? (byte)1 : (byte)0), BytesAsync("labels/mask/0").GetAwaiter().GetResult());
                Assert.Equal(stride - 1 <= maxGap, report.FilledSlices > 0);
                StartAnew();
            },
            seed: "0N0XIzNsQ0O2", iter: 10, threads: 1);
    }

    [Fact]
    public async Task Run_GapsOfAConstant_AreTheConstant()
    {
        await using MemoryVolume volume = Ramp();

        await RunAsync(volume, "constant:0.3", request => Options(request, options => options with
        {
            Axes = AllAxes, Strategy = new EverySlice { Stride = 5 }, MaxGap = 4, Support = SupportRule.None,
        }));

        byte[] levels = await BytesAsync("0");
        int different = 0;
        int[] last = [65, 85, 145]; // behind the last targets of all three directions there is nothing to fill from
        for (int i = 0; i < levels.Length; i++)
        {
            (int z, int y, int x) = (i / (90 * 150), i / 150 % 90, i % 150);
            byte expected = z > last[0] && y > last[1] && x > last[2] ? (byte)0 : Probability.ToByte(0.3f);
            different += levels[i] == expected ? 0 : 1;
        }

        Assert.Equal(0, different);
    }

    [Fact]
    public async Task Run_AllDirectionsWithGapsLeftEmpty_TakesAtEachVoxelThoseThatWereAsked()
    {
        await using MemoryVolume volume = Blobs(1);
        await BlurAsync(volume, options => options with { Axes = [Axis.Y] });
        byte[] alongY = await BytesAsync("0");
        StartAnew();
        await BlurAsync(volume, options => options with { Axes = [Axis.X] });
        byte[] alongX = await BytesAsync("0");
        StartAnew();

        // along z every tenth slice, along y every tenth, along x every tenth
        await BlurAsync(volume, options => options with { Axes = AllAxes, Strategy = new EverySlice { Stride = 10 } });

        byte[] fused = await BytesAsync("0");
        for (int i = 0; i < fused.Length; i++)
        {
            (int z, int y, int x) = (i / (Small.Y * Small.X), i / Small.X % Small.Y, i % Small.X);
            switch (z % 10 == 0, y % 10 == 0, x % 10 == 0)
            {
                case (false, false, false):
                    Assert.Equal(0, fused[i]);
                    break;
                case (false, true, false):
                    Assert.Equal(alongY[i], fused[i]);
                    break;
                case (false, false, true):
                    Assert.Equal(alongX[i], fused[i]);
                    break;
                case (false, true, true):
                    Assert.Equal(Probability.ToByte((alongY[i] / 255.0) + (((alongX[i] / 255.0) - (alongY[i] / 255.0)) / 2)), fused[i]);
                    break;
            }
        }
    }

    [Fact]
    public async Task Run_WriteFailsAtAnyCall_ResumesToTheSameBytes()
    {
        await using MemoryVolume volume = MemoryVolume.Of(new Shape3(40, 33, 75), new Shape3(16, 16, 32), (z, y, x) => (ushort)ValueAt(z, y, x));
        SegmentRequest All(SegmentRequest request, FileOperations files) => Options(request, options => options with
        {
            Axes = AllAxes, Strategy = new EverySlice { Stride = 3 }, MaxGap = 2, SaveUncertainty = true, Threads = 1,
        }) with { Files = files, Durability = Durability.None };
        FailingFiles counting = new(failAt: -1);
        await RunAsync(volume, "threshold:100", request => All(request, counting));
        Dictionary<string, string> unbroken = Hashes();
        Assert.InRange(counting.Calls, 60, 2000);

        for (int k = 0; k < counting.Calls; k += 7)
        {
            StartAnew();
            bool failed = await FailsAsync(() => RunAsync(volume, "threshold:100", request => All(request, new FailingFiles(k))));
            Assert.True(failed || k > counting.FinalRename, $"call {k}");

            await RunAsync(volume, "threshold:100", request => All(request, FileOperations.System));

            Assert.Equal(unbroken, Hashes());
        }
    }

    [Fact]
    public async Task Verify_Deep_ComputesCombinedUnitsAgain()
    {
        await using MemoryVolume volume = Tower();
        SegmentRequest All(SegmentRequest request) => Options(request, options => options with
        {
            Axes = AllAxes, Strategy = new EverySlice { Stride = 4 }, MaxGap = 3, SaveUncertainty = true,
        });
        await RunAsync(volume, "threshold:100", All);
        IReadOnlyList<string> well = await RecomputeAsync(volume, "threshold:100", All);
        string record = Directory.GetFiles(Folder["masks.run/combine/units"], "*.json", SearchOption.AllDirectories)[0];
        JsonNode changed = JsonNode.Parse(await File.ReadAllTextAsync(record, Token))!;
        changed["objects"]![0]!["sha256"] = new string('0', 64);
        await File.WriteAllTextAsync(record, changed.ToJsonString(), Token);

        IReadOnlyList<string> damaged = await RecomputeAsync(volume, "threshold:100", All);

        Assert.Empty(well);
        Assert.Contains("is not what is computed now", Assert.Single(damaged), StringComparison.Ordinal);
        Assert.False(Directory.Exists(Folder["masks.run/verify"]));
    }

    [Fact]
    public async Task Run_KilledBetweenTheRemovalOfTheAnswersAndTheName_NeedsNoneOfThem()
    {
        await using MemoryVolume volume = Ramp();
        SegmentRequest All(SegmentRequest request) => Options(request, options => options with { Axes = AllAxes });
        await RunAsync(volume, "threshold:100", All);
        Dictionary<string, string> unbroken = Hashes();
        Directory.Move(Output, Output + ".partial");
        int fetched = volume.Fetches.Values.Sum();

        await RunAsync(volume, "threshold:100", All);

        Assert.Equal(unbroken, Hashes());
        Assert.Equal(fetched, volume.Fetches.Values.Sum());
    }

    [Theory]
    [InlineData(2)]
    [InlineData(5)]
    public async Task Run_InShards_GivesTheSameBytes(int count)
    {
        await using MemoryVolume volume = Tower();
        SegmentRequest All(SegmentRequest request) => Options(request, options => options with
        {
            Axes = AllAxes, Strategy = new EverySlice { Stride = 4 }, MaxGap = 3, SaveUncertainty = true,
        });
        await RunAsync(volume, "otsu", All);
        Dictionary<string, string> unbroken = Hashes();
        StartAnew();

        for (int shard = count - 1; shard >= 0; shard--)
        {
            await RunAsync(volume, "otsu", request => All(request) with { Shard = new Shard(shard, count) });
            Assert.Equal(shard > 0, Completion().ListShardsLeft(count).Count > 0);
        }

        await Completion().FinishAsync(1, null, Token);

        Assert.Equal(unbroken, Hashes());
        Assert.Empty(Verify(VerificationLevel.Full));
    }

    [Fact]
    public async Task Run_TuplesWithUncertainty_KeepTheSpreadOfTheirAnswers()
    {
        await using MemoryVolume volume = Blobs(2);
        SegmentOptions Tuples(SegmentOptions options) => options with
        {
            Strategy = StrategyText.Parse("--strategy tuples --channels 3 --count 3 --spacing uniform:6 --seed 5"), SaveUncertainty = true,
        };
        await BlurAsync(volume, Tuples);
        byte[] spread = await BytesAsync("uncertainty/0");
        Dictionary<string, string> unbroken = Hashes();

        Assert.Contains(spread, level => level > 20);
        Assert.Contains(spread, level => level == 0);
        Assert.Empty(Verify(VerificationLevel.Full));
        StartAnew();
        await BlurAsync(volume, options => Tuples(options) with { Threads = 1 });
        Assert.Equal(unbroken, Hashes());
    }

    [Theory]
    [InlineData("uncertainty", "--save uncertainty is the spread of several answers")]
    [InlineData("figures", "--axis all cuts the volume in 3 ways")]
    public async Task Run_WhatCannotBe_IsRefusedBeforeAnythingIsWritten(string what, string problem)
    {
        await using MemoryVolume volume = Ramp();

        InvalidRequestException e = await Assert.ThrowsAsync<InvalidRequestException>(() => RunAsync(volume, "otsu", request => Options(request, options =>
            what == "uncertainty" ? options with { SaveUncertainty = true } : options with { Axes = AllAxes, Intensity = new SlicePercentileIntensity() })));

        Assert.Contains(problem, e.Message, StringComparison.Ordinal);
        Assert.Empty(Directory.GetFileSystemEntries(Folder.Path));
    }

    [Theory]
    [InlineData(4, false, "configuration.maxGap was 5, and is 4 now")]
    [InlineData(5, true, "save.uncertainty was false, and is true now")]
    public async Task Run_ResumedOtherwise_IsRefusedNamingTheDifference(int maxGap, bool uncertainty, string difference)
    {
        await using MemoryVolume volume = Ramp();
        SegmentRequest All(SegmentRequest request) => Options(request, options => options with { Axes = AllAxes, MaxGap = 5 });
        await RunAsync(volume, "constant:0.4", All);

        RunConflictException e = await Assert.ThrowsAsync<RunConflictException>(
            () => RunAsync(volume, "constant:0.4", request => Options(All(request), options => options with { MaxGap = maxGap, SaveUncertainty = uncertainty })));

        Assert.Contains(difference, e.Message, StringComparison.Ordinal);
    }

    private static Axis[] AllAxes => Enum.GetValues<Axis>();

    private static SegmentRequest Options(SegmentRequest request, Func<SegmentOptions, SegmentOptions> change) =>
        request with { Durability = Durability.None, Options = change(request.Options) };

    private Task<SegmentReport> BlurAsync(VolumeReader volume, Func<SegmentOptions, SegmentOptions> change) => RunAsync(
        volume, "blur", request => Options(request, options => change(options with { Support = SupportRule.None })), models: new BlurSource());

    /// <summary>Balls that come and go, so that masks have borders within slices and from slice to slice.</summary>
    private static MemoryVolume Blobs(int seed)
    {
        Random random = new(seed);
        (int Z, int Y, int X, int R)[] balls = [.. Enumerable.Range(0, 12).Select(_ => (random.Next(Small.Z), random.Next(Small.Y), random.Next(Small.X), random.Next(3, 14)))];
        return MemoryVolume.Of(Small, new Shape3(16, 16, 16), (z, y, x) =>
        {
            int nearest = balls.Min(ball => ((z - ball.Z) * (z - ball.Z)) + ((y - ball.Y) * (y - ball.Y)) + ((x - ball.X) * (x - ball.X)) - (ball.R * ball.R));
            return (ushort)Math.Clamp(600 - (4 * nearest), 0, 1300);
        });
    }

    /// <summary>The whole array at once, each voxel against every other one of its slice.</summary>
    private static byte[] FillAll(byte[] asked, SliceFrame frame, int stride, int first, int maxGap)
    {
        byte[] filled = [.. asked];
        Shape3 turned = frame.Turn(Small);
        for (int before = first; before + stride < turned.Z && stride - 1 <= maxGap; before += stride)
        {
            int after = before + stride;
            (byte[] a, byte[] b) = (Slice(before), Slice(after));
            (short[] da, short[] db) = (BorderDistanceTests.Nearest(a, turned.X, 128), BorderDistanceTests.Nearest(b, turned.X, 128));
            for (int slice = before + 1; slice < after; slice++)
            {
                for (int i = 0; i < a.Length; i++)
                {
                    (int near, int far) = (after - slice, slice - before);
                    double border = (near * Signed(da[i])) + (far * Signed(db[i]));
                    int level = (int)Math.Floor((((near * a[i]) + (far * b[i])) / (double)stride) + 0.5);
                    filled[PlaceOf(slice, i)] = (byte)(border > 0 ? Math.Max(level, 128) : Math.Min(level, 127));
                }
            }
        }

        return filled;

        byte[] Slice(int slice) => [.. Enumerable.Range(0, (int)turned.PlaneCount).Select(i => asked[PlaceOf(slice, i)])];

        int PlaceOf(int slice, int i)
        {
            (int z, int y, int x) = frame.Back((slice, i / turned.X, i % turned.X));
            return (((z * Small.Y) + y) * Small.X) + x;
        }

        static double Signed(short square) => Math.Sign(square) * (Math.Sqrt(Math.Abs(square)) - 0.5);
    }

    private async Task<byte[]> BytesAsync(string array)
    {
        using VoxelBuffer voxels = await ReadAsync(array);
        return voxels.Bytes.ToArray();
    }

    private static async Task<bool> FailsAsync(Func<Task> run)
    {
        try
        {
            await run();
            return false;
        }
        catch (IOException)
        {
            return true;
        }
    }

    private Dictionary<string, string> VoxelHashes() =>
        Hashes().Where(pair => !Path.GetFileName(pair.Key).StartsWith('.')).ToDictionary(pair => pair.Key, pair => pair.Value);

    private sealed class Scope(MemoryVolume volume) : IDisposable
    {
        public MemoryVolume Volume => volume;

        public void Dispose() => volume.DisposeAsync().AsTask().GetAwaiter().GetResult();
    }
}
