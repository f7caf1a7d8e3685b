using System.Text.Json.Nodes;
using ScrollSeg.Sam.AutomaticMasks;
using ScrollSeg.Sam.Checkpoints;
using ScrollSeg.Sam.Model;
using ScrollSeg.Segmentation;
using ScrollSeg.Volumes;
using ScrollSeg.Volumes.Images;
using static TorchSharp.torch;

namespace ScrollSeg.Sam.Tests.AutomaticMasks;

public sealed class MaskGeneratorTests
{
    private static readonly MaskGeneratorSettings Everything = new()
    {
        PointsPerSide = 4,
        PredictedIoUThreshold = 0,
        StabilityThreshold = 0,
        BoxNmsThreshold = 1,
        CropNmsThreshold = 1,
    };

    [Fact]
    public void Generate_GoldenImage_GivesTheOriginalsMasksOneByOne()
    {
        JsonNode golden = JsonNode.Parse(File.ReadAllText(Golden.Find("amg.json")))!;
        JsonArray expected = golden["masks"]!.AsArray();
        using TensorFile image = Golden.Open("landscape");
        using SamPredictor predictor = OpenGolden();

        IReadOnlyList<AutomaticMask> masks =
            new MaskGenerator(predictor, SettingsOf(golden["params"]!)).Generate(Golden.Image(image));

        Assert.Equal(expected.Count, masks.Count);
        for (int i = 0; i < masks.Count; i++)
        {
            AssertIs(expected[i]!, masks[i]);
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(100)]
    public void Generate_OtherBatch_GivesTheSameMasks(int pointsPerBatch)
    {
        using SamPredictor predictor = OpenGolden();
        using TensorFile image = Golden.Open("portrait");
        MaskGeneratorSettings settings = Everything with { PointsPerSide = 3, PointsPerBatch = 4, CropLayers = 1 };

        IReadOnlyList<AutomaticMask> masks = new MaskGenerator(predictor, settings).Generate(Golden.Image(image));
        IReadOnlyList<AutomaticMask> others =
            new MaskGenerator(predictor, settings with { PointsPerBatch = pointsPerBatch }).Generate(Golden.Image(image));

        Assert.True(masks.Count > 20);
        Assert.Equal(masks.Count, others.Count);
        Assert.All(masks.Zip(others), pair =>
        {
            Assert.Equal(pair.First.Point, pair.Second.Point);
            Assert.Equal(pair.First.PredictedIoU, pair.Second.PredictedIoU, 1e-5f);
            Assert.InRange(Different(pair.First.Mask, pair.Second.Mask), 0, 2); // pixels whose logit is next to nothing
        });
    }

    [Fact]
    public void Generate_NothingGoodEnough_IsEmpty()
    {
        using SamPredictor predictor = OpenTiny();
        MaskGeneratorSettings settings = Everything with { PointsPerSide = 2, CropLayers = 1, MinRegionArea = 5 };

        Assert.Empty(new MaskGenerator(predictor, settings with { PredictedIoUThreshold = 1 }).Generate(Grey(30, 30)));
        Assert.Empty(new MaskGenerator(
            predictor, settings with { StabilityThreshold = 1, StabilityOffset = 1e6 }).Generate(Grey(30, 30)));
    }

    [Fact]
    public void Generate_ManyBatches_EncodesEachCropOnce()
    {
        using SamNetwork network = Tiny.Network();
        int encoded = 0;
        network.register_forward_hook((_, _, output) =>
        {
            encoded++;
            return output;
        });
        using SamPredictor predictor = new(network, "tiny", CPU);

        new MaskGenerator(predictor, Everything with { PointsPerBatch = 3, CropLayers = 1 }).Generate(Noise(40, 40));

        Assert.Equal(1 + 4, encoded);
    }

    [Fact]
    public void Generate_AnyNumberOfBatches_LeavesNoTensorBehind()
    {
        using SamPredictor predictor = OpenTiny();
        PixelImage image = Noise(40, 60);
        Generate(pointsPerSide: 2);
        long before = Tiny.LiveTensors();

        Generate(pointsPerSide: 2);
        long afterFew = Tensor.TotalCount;
        int masks = Generate(pointsPerSide: 8);
        long afterMany = Tensor.TotalCount;

        Assert.True(masks > 16, $"only {masks} masks: the test shows nothing");
        Assert.Equal(before, afterFew);
        Assert.Equal(before, afterMany);

        int Generate(int pointsPerSide) => new MaskGenerator(
            predictor, Everything with { PointsPerSide = pointsPerSide, PointsPerBatch = 2 }).Generate(image).Count;
    }

    [Fact]
    public void At_PointsOfACrop_AreThePredictorsMasksWhereTheCropLies()
    {
        using SamPredictor predictor = OpenGolden();
        using TensorFile image = Golden.Open("portrait");
        PixelImage cropped = Golden.Image(image); // taken for a part of a larger image, near its edges: nothing counts as cut
        PixelBox crop = new(9, 14, 9 + cropped.Width, 14 + cropped.Height);
        (int height, int width) = (crop.Y1 + 17, crop.X1 + 3);
        using SamImageEmbedding embedding = (SamImageEmbedding)predictor.Encode(cropped);
        PromptedMasks expected = predictor.Predict(
            embedding, new PromptSet { Points = [new PointPrompt(60, 70, IsForeground: true)] }, multimask: true);

        IReadOnlyList<AutomaticMask> masks = new CropMasks(predictor, embedding, crop, (height, width), Everything).At([(60, 70)]);

        Assert.Equal(expected.PredictedIoU, masks.Select(mask => mask.PredictedIoU));
        Assert.All(masks, mask => Assert.Equal((69, 84), mask.Point));
        for (int m = 0; m < masks.Count; m++)
        {
            byte[] rows = new byte[height * width];
            for (int i = 0; i < cropped.Height * cropped.Width; i++)
            {
                (int y, int x) = Math.DivRem(i, cropped.Width);
                bool inside = expected.Logits[(m * cropped.Height * cropped.Width) + i] > 0;
                rows[((y + 14) * width) + x + 9] = inside ? (byte)1 : (byte)0;
            }

            Assert.Equal(rows, masks[m].Mask.ToRows());
        }
    }

    [Fact]
    public void At_BatchAfterBatch_LeavesNoTensorBehind()
    {
        using SamPredictor predictor = OpenTiny();
        using SamImageEmbedding embedding = (SamImageEmbedding)predictor.Encode(Noise(40, 60));
        CropMasks asked = new(predictor, embedding, new PixelBox(0, 0, 60, 40), (40, 60), Everything);
        long before = Tiny.LiveTensors();

        for (int batch = 0; batch < 4; batch++)
        {
            Assert.NotEmpty(asked.At([(10 * batch, 5), (20, 9 * batch), (3, 3)]));
            Assert.Equal(before, Tensor.TotalCount);
        }
    }

    [Fact]
    public void Generate_MinRegionArea_LeavesNoSmallRegion()
    {
        const int MinArea = 20;
        using SamPredictor predictor = OpenGolden();
        using TensorFile image = Golden.Open("landscape");
        PixelImage pixels = Golden.Image(image);
        MaskGeneratorSettings settings = Everything with { PointsPerSide = 2 };

        IReadOnlyList<AutomaticMask> raw = new MaskGenerator(predictor, settings).Generate(pixels);
        IReadOnlyList<AutomaticMask> cleaned =
            new MaskGenerator(predictor, settings with { MinRegionArea = MinArea }).Generate(pixels);

        Assert.Contains(raw, mask => SmallRegions.Remove(mask.Mask.ToRows(), pixels.Width, MinArea));
        Assert.Equal(raw.Count, cleaned.Count);
        Assert.All(cleaned, mask =>
        {
            byte[] rows = mask.Mask.ToRows();
            Assert.False(SmallRegions.Remove(rows, pixels.Width, MinArea));
            Assert.Equal(mask.Mask.Box, mask.Box);
        });
    }

    [Fact]
    public void AcrossCrops_FoundTwice_KeepsThatOfTheSmallerCrop()
    {
        AutomaticMask ofWhole = Of(new PixelBox(0, 0, 8, 4), "........", ".####...", ".####...", "........");
        AutomaticMask ofCrop = ofWhole with { Crop = new PixelBox(0, 0, 5, 4), PredictedIoU = 0.1f };
        AutomaticMask other = Of(new PixelBox(0, 0, 8, 4), "......##", "......##", ".......#", ".......#");

        Assert.Equal([ofCrop, other], MaskGenerator.AcrossCrops([ofWhole, other, ofCrop], 0.7));
        Assert.Equal([ofCrop, ofWhole, other], MaskGenerator.AcrossCrops([ofWhole, other, ofCrop], 1));
    }

    [Fact]
    public void WithoutSmallRegions_BecomesADuplicate_KeepsTheOneThatWasClean()
    {
        AutomaticMask dirty = Of(new PixelBox(0, 0, 8, 4), "####....", "####...#", "####....", "........");
        AutomaticMask clean =
            Of(new PixelBox(0, 0, 8, 4), "####....", "####....", "####....", "........") with { PredictedIoU = 0.1f };

        Assert.Equal([clean], MaskGenerator.WithoutSmallRegions([dirty, clean], minArea: 2, threshold: 0.7));
        AutomaticMask cleaned = Assert.Single(MaskGenerator.WithoutSmallRegions([dirty], minArea: 2, threshold: 0.7));
        Assert.Equal((clean.Mask, clean.Box), (cleaned.Mask, cleaned.Box));
    }

    [Fact]
    public void MaskGenerator_NoPointsInTheFinestLayer_IsRefused()
    {
        using SamPredictor predictor = OpenTiny();

        ArgumentOutOfRangeException e = Assert.Throws<ArgumentOutOfRangeException>(() => new MaskGenerator(
            predictor, new MaskGeneratorSettings { PointsPerSide = 3, CropLayers = 2, CropPointsDownscale = 2 }));
        Assert.Contains("leave none", e.Message, StringComparison.Ordinal);
    }

    private static MaskGeneratorSettings SettingsOf(JsonNode parameters) => new()
    {
        PointsPerSide = (int)parameters["points_per_side"]!,
        PointsPerBatch = (int)parameters["points_per_batch"]!,
        PredictedIoUThreshold = (double)parameters["pred_iou_thresh"]!,
        StabilityThreshold = (double)parameters["stability_score_thresh"]!,
        StabilityOffset = (double)parameters["stability_score_offset"]!,
        BoxNmsThreshold = (double)parameters["box_nms_thresh"]!,
        CropNmsThreshold = (double)parameters["crop_nms_thresh"]!,
        CropLayers = (int)parameters["crop_n_layers"]!,
        CropPointsDownscale = (int)parameters["crop_n_points_downscale_factor"]!,
        CropOverlapRatio = (double)parameters["crop_overlap_ratio"]!,
        MinRegionArea = (int)parameters["min_mask_region_area"]!,
    };

    private static void AssertIs(JsonNode expected, AutomaticMask mask)
    {
        Assert.Equal(Numbers(expected["rle"]!["size"]!), new double[] { mask.Mask.Height, mask.Mask.Width });
        Assert.Equal(Numbers(expected["rle"]!["counts"]!), mask.Mask.Counts.Select(count => (double)count));
        Assert.Equal((long)expected["area"]!, mask.Area);
        Assert.Equal(Numbers(expected["bbox"]!), Corners(mask.Box));
        Assert.Equal(Numbers(expected["crop_box"]!), Corners(mask.Crop));
        Assert.Equal((double)expected["predicted_iou"]!, mask.PredictedIoU, Golden.Tolerance);
        Assert.Equal((double)expected["stability_score"]!, mask.StabilityScore, Golden.Tolerance);
        double[] point = Numbers(expected["point"]![0]!);
        Assert.Equal(point[0], mask.Point.X, Golden.Tolerance);
        Assert.Equal(point[1], mask.Point.Y, Golden.Tolerance);
    }

    private static AutomaticMask Of(PixelBox crop, params string[] rows)
    {
        byte[] pixels = [.. rows.SelectMany(row => row).Select(pixel => pixel == '#' ? (byte)1 : (byte)0)];
        RunLengthMask mask = RunLengthMask.FromRows(pixels, rows.Length, rows[0].Length);
        return new AutomaticMask(mask, mask.Box, PredictedIoU: 0.9f, StabilityScore: 1, (0, 0), crop);
    }

    private static int Different(RunLengthMask a, RunLengthMask b) => a.ToRows().Zip(b.ToRows()).Count(pair => pair.First != pair.Second);

    private static double[] Corners(PixelBox box) => [box.X0, box.Y0, box.Width, box.Height];

    private static double[] Numbers(JsonNode array) => [.. array.AsArray().Select(number => (double)number!)];

    private static SamPredictor OpenGolden()
    {
        SamCheckpoint loaded = SamCheckpoint.Load(Golden.Find("sam_tiny.safetensors"));
        return new SamPredictor(loaded.Network, loaded.Sha256, CPU);
    }

    private static SamPredictor OpenTiny() => new(Tiny.Network(), "tiny", CPU);

    private static PixelImage Grey(int height, int width) => new(height, width, 1, VoxelType.UInt8, new byte[height * width]);

    private static PixelImage Noise(int height, int width)
    {
        byte[] samples = new byte[height * width];
        new Random(1).NextBytes(samples);
        return new PixelImage(height, width, 1, VoxelType.UInt8, samples);
    }
}
