using ScrollSeg.Sam.AutomaticMasks;

namespace ScrollSeg.Sam.Tests.AutomaticMasks;

public sealed class MaskGeneratorSettingsTests
{
    [Fact]
    public void Defaults_AreTheOriginals()
    {
        MaskGeneratorSettings settings = new();

        Assert.Equal((32, 64), (settings.PointsPerSide, settings.PointsPerBatch));
        Assert.Equal((0.88, 0.95, 1.0), (settings.PredictedIoUThreshold, settings.StabilityThreshold, settings.StabilityOffset));
        Assert.Equal((0.7, 0.7), (settings.BoxNmsThreshold, settings.CropNmsThreshold));
        Assert.Equal((0, 512.0 / 1500, 1), (settings.CropLayers, settings.CropOverlapRatio, settings.CropPointsDownscale));
        Assert.Equal(0, settings.MinRegionArea);
    }

    [Fact]
    public void Init_OutOfRange_NamesTheSetting()
    {
        Refuses(nameof(MaskGeneratorSettings.PointsPerSide), () => new() { PointsPerSide = 0 });
        Refuses(nameof(MaskGeneratorSettings.PointsPerSide), () => new() { PointsPerSide = 1025 });
        Refuses(nameof(MaskGeneratorSettings.PointsPerBatch), () => new() { PointsPerBatch = 0 });
        Refuses(nameof(MaskGeneratorSettings.PredictedIoUThreshold), () => new() { PredictedIoUThreshold = 1.01 });
        Refuses(nameof(MaskGeneratorSettings.PredictedIoUThreshold), () => new() { PredictedIoUThreshold = double.NaN });
        Refuses(nameof(MaskGeneratorSettings.StabilityThreshold), () => new() { StabilityThreshold = 95 });
        Refuses(nameof(MaskGeneratorSettings.StabilityOffset), () => new() { StabilityOffset = -1 });
        Refuses(nameof(MaskGeneratorSettings.BoxNmsThreshold), () => new() { BoxNmsThreshold = -0.1 });
        Refuses(nameof(MaskGeneratorSettings.CropNmsThreshold), () => new() { CropNmsThreshold = 1.1 });
        Refuses(nameof(MaskGeneratorSettings.CropLayers), () => new() { CropLayers = -1 });
        Refuses(nameof(MaskGeneratorSettings.CropLayers), () => new() { CropLayers = 7 });
        Refuses(nameof(MaskGeneratorSettings.CropOverlapRatio), () => new() { CropOverlapRatio = 1 });
        Refuses(nameof(MaskGeneratorSettings.CropPointsDownscale), () => new() { CropPointsDownscale = 0 });
        Refuses(nameof(MaskGeneratorSettings.MinRegionArea), () => new() { MinRegionArea = -1 });
    }

    private static void Refuses(string setting, Func<MaskGeneratorSettings> create) =>
        Assert.Equal(setting, Assert.Throws<ArgumentOutOfRangeException>(create).ParamName);
}
