using ScrollSeg.Sam.Checkpoints;
using ScrollSeg.Sam.Model;
using TorchSharp;
using static TorchSharp.torch;

namespace ScrollSeg.Sam.Tests.Model;

public sealed class SamNetworkTests
{
    [Fact]
    public void StateDict_HasTheKeysAndShapesOfACheckpoint()
    {
        using TensorFile golden = TensorFile.Open(Golden.Find("sam_tiny.safetensors"));
        SamConfig config = SamArchitecture.Read(StateDict.Of(golden), golden.Metadata);
        using SamNetwork network = new(config);

        Assert.Equal(
            golden.Tensors.Select(t => $"{t.Key} {t.Value.ShapeText}").Order(StringComparer.Ordinal),
            network.state_dict().Select(t => $"{t.Key} {StoredTensor.Text(t.Value.shape)}").Order(StringComparer.Ordinal));
    }

    /// <summary>Parameters as the published checkpoints have them, with the 256 numbers of the position embedding.</summary>
    [Theory]
    [InlineData("VitB", 93_735_472)]
    [InlineData("VitL", 312_342_832)]
    [InlineData("VitH", 641_090_608)]
    public void Keys_OfANamedSize_CountThePublishedParameters(string name, long expected)
    {
        SamConfig config = (SamConfig)typeof(SamConfig).GetProperty(name)!.GetValue(null)!;

        Assert.Equal(expected, SamKeys.Of(config).Sum(key => key.Value.Aggregate(1L, (product, extent) => product * extent)) - 256);
    }

    [Fact]
    public void ForwardAndDecode_LeaveThreeTensorsBehind()
    {
        using DisposeScope scope = NewDisposeScope();
        using IDisposable inference = inference_mode();
        using SamNetwork network = Tiny.Network();
        Tensor image = randn(2, 3, 32, 32);
        Tensor points = randn(2, 4, 2);
        Tensor labels = ones(2, 4);
        Tensor boxes = randn(2, 4);
        int before = scope.DisposablesCount;

        Tensor embedding = network.forward(image);
        (Tensor masks, Tensor iou) = network.Decode(embedding, new Prompts(2) { Points = points, Labels = labels, Boxes = boxes });

        Assert.Equal([2, 16, 8, 8], embedding.shape);
        Assert.Equal([2, 4, 32, 32], masks.shape);
        Assert.Equal([2, 4], iou.shape);
        Assert.Equal(before + 3, scope.DisposablesCount);
    }

    [Fact]
    public void Decode_PromptsTogether_AnswerAsOneByOne()
    {
        using DisposeScope scope = NewDisposeScope();
        using IDisposable inference = inference_mode();
        using SamNetwork network = Tiny.Network();
        Tensor embedding = network.forward(randn(1, 3, 32, 32));
        Tensor points = rand(5, 2, 2) * 32;
        Tensor labels = tensor(new float[] { 1, 0, 0, 1, 1, 1, 0, 0, 1, -1 }, [5, 2]);
        Tensor mask = randn(5, 1, 32, 32);

        (Tensor together, Tensor _) = network.Decode(embedding, new Prompts(5) { Points = points, Labels = labels, Masks = mask });

        for (int p = 0; p < 5; p++)
        {
            (Tensor alone, Tensor _) = network.Decode(embedding, new Prompts(1)
            {
                Points = points.narrow(0, p, 1), Labels = labels.narrow(0, p, 1), Masks = mask.narrow(0, p, 1),
            });
            Assert.True(alone.allclose(together.narrow(0, p, 1), rtol: 1e-4, atol: 1e-4));
        }
    }
}
