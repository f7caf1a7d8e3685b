using ScrollSeg.Sam.Guards;
using ScrollSeg.Sam.Model;
using ScrollSeg.Segmentation;
using ScrollSeg.Volumes;
using ScrollSeg.Volumes.Images;
using TorchSharp;
using static TorchSharp.torch;

namespace ScrollSeg.Sam.Tests.Guards;

public sealed class NetworkInputChecksTests
{
    private static readonly SamConfig Config = Tiny.Config;

    public static TheoryData<string, string, long[], long[]> Clicks => new()
    {
        { GuardName.Unbatched, "unsqueeze(0)", [3, 2], [3] },
        { GuardName.Unbatched, "labels are [3]", [1, 3, 2], [3] },
        { GuardName.LabelCount, "[1, 3, 2] and their labels [1, 2]", [1, 3, 2], [1, 2] },
        { GuardName.LabelCount, "[1, 3, 2] and their labels [3, 1]", [1, 3, 2], [3, 1] },
        { GuardName.PromptShape, "[2, 3, 2]", [2, 3, 2], [2, 3] },
        { GuardName.PromptShape, "[1, 3, 3]", [1, 3, 3], [1, 3] },
    };

    [Theory]
    [MemberData(nameof(Clicks))]
    public void Decode_Clicks_ThatDoNotFitAreRefused(string guard, string seen, long[] points, long[] labels)
    {
        using DisposeScope scope = NewDisposeScope();

        AssertRefused(guard, seen, Embedding(1), new Prompts(1) { Points = zeros(points), Labels = zeros(labels) });
    }

    [Fact]
    public void Decode_ClicksWithoutLabels_AreRefusedRatherThanIgnored()
    {
        using DisposeScope scope = NewDisposeScope();

        AssertRefused(GuardName.LabelCount, "no labels", Embedding(1), new Prompts(1) { Points = zeros(1, 3, 2) });
        AssertRefused(GuardName.LabelCount, "no clicks", Embedding(1), new Prompts(1) { Labels = zeros(1, 3) });
    }

    [Theory]
    [InlineData(new long[] { 2, 16, 8, 8 })]
    [InlineData(new long[] { 1, 15, 8, 8 })]
    [InlineData(new long[] { 1, 16, 4, 4 })]
    [InlineData(new long[] { 1, 16, 1, 1 })] // libtorch would broadcast it
    [InlineData(new long[] { 16, 8, 8 })]
    public void Decode_EmbeddingOfAnotherModel_IsRefused(long[] shape)
    {
        using DisposeScope scope = NewDisposeScope();

        AssertRefused(GuardName.EmbeddingShape, $"[{string.Join(", ", shape)}]", zeros(shape), new Prompts(3));
    }

    [Fact]
    public void Decode_BoxesAndMasks_ThatDoNotFitAreRefused()
    {
        using DisposeScope scope = NewDisposeScope();

        AssertRefused(GuardName.Unbatched, "[4]", Embedding(1), new Prompts(1) { Boxes = zeros(4) });
        AssertRefused(GuardName.PromptShape, "[2, 4]", Embedding(1), new Prompts(1) { Boxes = zeros(2, 4) });
        AssertRefused(GuardName.Unbatched, "[1, 32, 32]", Embedding(1), new Prompts(1) { Masks = zeros(1, 32, 32) });
        AssertRefused(GuardName.PromptShape, "[1, 1, 16, 16]", Embedding(1), new Prompts(1) { Masks = zeros(1, 1, 16, 16) });
        AssertRefused(
            GuardName.MaskBytes, "Byte", Embedding(1), new Prompts(1) { Masks = zeros([1, 1, 32, 32], dtype: uint8) });
    }

    [Fact]
    public void Decode_WhatFits_IsAnswered()
    {
        using DisposeScope scope = NewDisposeScope();
        using SamNetwork network = Tiny.Network();
        Prompts prompts = new(3) { Points = zeros(3, 2, 2), Labels = zeros(3, 2), Boxes = zeros(3, 4), Masks = zeros(3, 1, 32, 32) };

        Assert.Equal([3, 4, 32, 32], network.Decode(Embedding(1), prompts).Masks.shape);
        Assert.Equal([3, 4, 32, 32], network.Decode(Embedding(3), prompts).Masks.shape);
    }

    [Fact]
    public void Predict_EmbeddingOfOtherWeights_IsRefused()
    {
        using SamPredictor one = new(Tiny.Network(), "one", CPU);
        using SamPredictor other = new(Tiny.Network(), "other", CPU);
        using IImageEmbedding embedding = one.Encode(new PixelImage(20, 30, 1, VoxelType.UInt8, new byte[600]));
        PromptSet click = new() { Points = [new PointPrompt(5, 5, IsForeground: true)] };

        Assert.Equal(1, one.Predict(embedding, click, multimask: false).Count);
        string message = Assert.Throws<InvalidRequestException>(() => other.Predict(embedding, click, multimask: false)).Message;
        Assert.Contains(GuardName.EmbeddingModel, message, StringComparison.Ordinal);
    }

    [Fact]
    public void Predict_ClickInShares_IsRefused()
    {
        using SamPredictor predictor = new(Tiny.Network(), "one", CPU);
        using IImageEmbedding embedding = predictor.Encode(new PixelImage(20, 30, 1, VoxelType.UInt8, new byte[600]));
        PromptSet click = new() { Points = [new PointPrompt(0.5, 0.5, IsForeground: true)] };

        Assert.Throws<InvalidRequestException>(() => predictor.Predict(embedding, click, multimask: false));
    }

    private static Tensor Embedding(long count) => randn(count, Config.EmbeddingWidth, Config.GridSide, Config.GridSide);

    private static void AssertRefused(string guard, string seen, Tensor image, Prompts prompts)
    {
        using SamNetwork network = Tiny.Network();
        string message = Assert.Throws<ArgumentException>(() => network.Decode(image, prompts)).Message;
        Assert.Contains($"[{guard}]", message, StringComparison.Ordinal);
        Assert.Contains(seen, message, StringComparison.Ordinal);
    }
}
