using System.Text.Json.Nodes;
using ScrollSeg.Segmentation.Metrics;
using ScrollSeg.Segmentation.Runs;
using ScrollSeg.Testing;
using ScrollSeg.Volumes;

namespace ScrollSeg.Segmentation.Tests.Metrics;

public sealed class VolumeComparisonTests
{
    private static readonly string[] Measured =
        ["dice", "iou", "precision", "recall", "f0.5", "average-precision", "boundary-f1", "surface-dice", "hausdorff95", "voi", "rand", "sa", "betti"];

    public static TheoryData<int> Pairs => [.. Enumerable.Range(0, MetricFixtures.Scores.Count)];

    [Theory]
    [MemberData(nameof(Pairs))]
    public async Task Run_PairOfVolumes_AgreesWithOtherPrograms(int index)
    {
        JsonNode pair = MetricFixtures.Scores[index];
        double[] spacing = [.. pair["spacing"]!.AsArray().Select(n => (double)n!)];
        MetricSettings settings = new()
        {
            Metrics = Measured, Ignore = 2, Threshold = 128,
            Spacing = new(spacing[0], spacing[1], spacing[2]), Tolerance = (double)pair["tolerance"]!,
        };

        MetricReport report = await MetricFixtures.MeasureAsync(
            MetricFixtures.ShapeOf(pair), MetricFixtures.Bytes(pair["values"]), MetricFixtures.Bytes(pair["truth"]), settings);

        foreach (string name in new[] { "dice", "iou", "precision", "recall", "f0.5" })
        {
            AssertScore(pair["overlap"]![name], report, name);
        }

        AssertScore(pair["average-precision"], report, "average-precision");
        AssertScore(pair["boundary-f1"], report, "boundary-f1");
        AssertScore(pair["surface"]!["dice"], report, "surface-dice");
        AssertScore(pair["surface"]!["hausdorff95"], report, "hausdorff95");
        AssertObjects(pair["objects"]!, report);
        AssertNumbers(pair["numbers"]![0]!, report, "prediction");
        AssertNumbers(pair["numbers"]![1]!, report, "truth");
    }

    [Theory]
    [MemberData(nameof(Pairs))]
    public async Task Run_InstanceLabels_AgreesWithOtherPrograms(int index)
    {
        JsonNode pair = MetricFixtures.Scores[index];
        MetricSettings settings = new() { Metrics = ["voi", "rand", "sa"], Objects = ObjectSource.Labels };

        MetricReport report = await MetricFixtures.MeasureAsync(
            MetricFixtures.ShapeOf(pair), MetricFixtures.Bytes(pair["labels"]![0]), MetricFixtures.Bytes(pair["labels"]![1]), settings);

        AssertObjects(pair["labelled"]!, report);
    }

    [Theory]
    [MemberData(nameof(Pairs))]
    public async Task Run_RegionOfAPair_IsThatPartAlone(int index)
    {
        JsonNode pair = MetricFixtures.Scores[index];
        Shape3 shape = MetricFixtures.ShapeOf(pair);
        Box3 region = Box3.FromBounds((0, 1, 2), (Math.Max(1, shape.Z - 1), shape.Y - 1, shape.X));
        byte[] prediction = MetricFixtures.Bytes(pair["values"]);
        byte[] truth = MetricFixtures.Bytes(pair["truth"]);
        MetricSettings settings = new() { Metrics = [.. Measured, "topo", "surface-score", "betti-matching"], Ignore = 2, Threshold = 128 };

        MetricReport within = await MetricFixtures.MeasureAsync(shape, prediction, truth, settings with { Region = region });
        MetricReport alone = await MetricFixtures.MeasureAsync(region.Shape, Cut(prediction, shape, region), Cut(truth, shape, region), settings);

        Assert.Equal(alone.Scores, within.Scores);
    }

    /// <summary>Blocks of surfaces are as small as the memory makes them; slabs as high as chunks.</summary>
    [Fact]
    public async Task Run_LittleMemory_SameScores()
    {
        Shape3 shape = new(70, 140, 150);
        byte[] prediction = Waves(shape, 0.11);
        byte[] truth = Waves(shape, 0.115);
        MetricSettings settings = new() { Metrics = ["boundary-f1", "surface-dice", "hausdorff95", "voi", "betti"], Tolerance = 1 };

        MetricReport much = await MetricFixtures.MeasureAsync(shape, prediction, truth, settings);
        MetricReport little = await MetricFixtures.MeasureAsync(shape, prediction, truth, settings with { MemoryBudget = 64 << 20 });

        Assert.All(much.Scores.Zip(little.Scores), pair => Assert.Equal(pair.First.Value!.Value, pair.Second.Value!.Value, 9));
        Assert.InRange(much["hausdorff95"]!.Value, 1, 60);
    }

    [Fact]
    public async Task Run_NoForegroundInTruth_ScoresAreNullWithReason()
    {
        Shape3 shape = new(4, 5, 6);
        byte[] some = new byte[120];
        some[50] = 1;
        MetricSettings settings = new() { Metrics = ["recall", "average-precision", "boundary-f1", "hausdorff95", "rand"] };

        MetricReport report = await MetricFixtures.MeasureAsync(shape, some, new byte[120], settings);

        Assert.All(report.Scores, score => Assert.Null(score.Value));
        Assert.All(report.Scores, score => Assert.NotEmpty(score.Reason!));
        Assert.Contains("nothing is foreground", Assert.Single(report.Notes), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Run_ShapesDiffer_IsRefused()
    {
        await using MemoryVolume one = MetricFixtures.Volume(new(2, 3, 4), new byte[24]);
        await using MemoryVolume other = MetricFixtures.Volume(new(2, 3, 5), new byte[30]);

        Assert.Throws<InvalidRequestException>(() => new VolumeComparison(one, other, new()));
    }

    [Theory]
    [InlineData(7, 0, "--threshold")]
    [InlineData(0, 2, "--ignore")]
    public async Task Run_ValueThatWasNotDeclared_IsRefusedWithItsPlaceAndTheCure(byte prediction, byte truth, string cure)
    {
        byte[] one = new byte[24];
        byte[] other = new byte[24];
        (one[17], other[17]) = (prediction, truth);

        VolumeFormatException error = await Assert.ThrowsAsync<VolumeFormatException>(() => MetricFixtures.MeasureAsync(new(2, 3, 4), one, other, new()));

        Assert.Contains("(1, 1, 1)", error.Message, StringComparison.Ordinal);
        Assert.Contains(cure, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Run_NaNInPrediction_IsRefused()
    {
        VoxelBuffer voxels = VoxelBuffer.Rent(new(1, 2, 3), VoxelType.Float32);
        voxels.Clear();
        voxels.Voxels<float>()[4] = float.NaN;
        await using MemoryVolume one = new(voxels, new(1, 2, 3));
        await using MemoryVolume other = MetricFixtures.Volume(new(1, 2, 3), new byte[6]);

        VolumeFormatException error = await Assert.ThrowsAsync<VolumeFormatException>(
            () => new VolumeComparison(one, other, new() { Threshold = 0.5 }).RunAsync(TestContext.Current.CancellationToken));

        Assert.Contains("(0, 1, 1) (z, y, x) is NaN", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Run_TopologyTooLargeForTheMemory_IsNullAndSaidBeforeItStarts()
    {
        Shape3 shape = new(130, 130, 130);
        Notes notes = new();
        await using MemoryVolume one = MetricFixtures.Volume(shape, new byte[shape.VoxelCount], shape);
        await using MemoryVolume other = MetricFixtures.Volume(shape, new byte[shape.VoxelCount], shape);
        MetricSettings settings = new() { Metrics = ["dice", "betti-matching"], MemoryBudget = 64 << 20 };

        MetricReport report = await new VolumeComparison(one, other, settings, notes).RunAsync(TestContext.Current.CancellationToken);

        Assert.StartsWith("too large", report.Scores.Single(score => score.Name == "betti1-matched").Reason, StringComparison.Ordinal);
        Assert.StartsWith("note: betti-matching will have no value", notes.Lines[0], StringComparison.Ordinal);
    }

    private static byte[] Waves(Shape3 shape, double pitch) =>
    [
        .. from z in Enumerable.Range(0, shape.Z)
           from y in Enumerable.Range(0, shape.Y)
           from x in Enumerable.Range(0, shape.X)
           select (byte)(Math.Sin((x + (0.3 * z)) * pitch * 4) + Math.Sin(y * pitch) > 0.9 ? 1 : 0),
    ];

    private static byte[] Cut(byte[] volume, Shape3 shape, Box3 box) =>
    [
        .. from z in Enumerable.Range(box.Start.Z, box.Shape.Z)
           from y in Enumerable.Range(box.Start.Y, box.Shape.Y)
           from x in Enumerable.Range(box.Start.X, box.Shape.X)
           select volume[(((z * shape.Y) + y) * shape.X) + x],
    ];

    private static void AssertObjects(JsonNode expected, MetricReport report)
    {
        AssertScore(expected["voi-split"], report, "voi-split");
        AssertScore(expected["voi-merge"], report, "voi-merge");
        AssertScore(expected["rand-error"], report, "rand-error");
        AssertScore(expected["sa"]?[0], report, "sa50");
        AssertScore(expected["sa"]?[5], report, "sa75");
        AssertScore(expected["sa"]?.AsArray().Average(n => (double)n!), report, "msa");
    }

    private static void AssertNumbers(JsonNode expected, MetricReport report, string volume)
    {
        Assert.Equal((double)expected["components"]!, report[$"betti0-{volume}"]);
        Assert.Equal((double)expected["cavities"]!, report[$"betti2-{volume}"]);
        Assert.Equal((double)expected["euler"]!, report[$"betti0-{volume}"] - report[$"betti1-{volume}"] + report[$"betti2-{volume}"]);
    }

    private static void AssertScore(JsonNode? expected, MetricReport report, string name)
    {
        double? value = report[name];
        if (expected is null)
        {
            Assert.True(value is null, $"{name} is {value}, and should have no value.");
        }
        else
        {
            Assert.True(value is double number && Math.Abs(number - (double)expected) < 1e-9, $"{name} is {value}, expected {expected}.");
        }
    }

    private sealed class Notes : IRunProgress
    {
        public List<string> Lines { get; } = [];

        public void Begin(string name, long total, string unit) => Lines.Add(name);

        public void Advance(long done)
        {
        }

        public void Note(string text) => Lines.Add($"note: {text}");
    }
}
