using ScrollSeg.Sam.Model;
using TorchSharp;
using static TorchSharp.torch;

namespace ScrollSeg.Sam.Tests.Model;

public sealed class EncoderBlockTests
{
    [Theory]
    [InlineData(8, 8)]
    [InlineData(8, 3)] // 8 tokens do not divide into windows of 3
    [InlineData(2, 5)] // a window larger than the grid
    public void Forward_KeepsTheShape_AndLeavesOneTensorBehind(int grid, int attention)
    {
        using DisposeScope scope = NewDisposeScope();
        using IDisposable inference = inference_mode();
        using EncoderBlock block = new(Tiny.Config, attention);
        Tensor x = randn(2, grid, grid, 12);
        int before = scope.DisposablesCount;

        Tensor y = block.forward(x);

        Assert.Equal([2, grid, grid, 12], y.shape);
        Assert.Equal(before + 1, scope.DisposablesCount);
    }

    [Fact]
    public void Forward_OutsideInferenceMode_GivesGradientsToEveryParameter()
    {
        using DisposeScope scope = NewDisposeScope();
        using EncoderBlock block = new(Tiny.Config, 3);

        block.forward(randn(1, 8, 8, 12)).square().mean().backward();

        Assert.All(block.named_parameters(), p => Assert.True(p.parameter.grad is not null, p.name));
    }

    [Theory]
    [InlineData(7, 5, 3)]
    [InlineData(6, 6, 3)]
    [InlineData(2, 4, 5)]
    public void Windows_SplitThenMerge_IsIdentity(int height, int width, int side)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor x = randn(2, height, width, 4);

        Tensor windows = Windows.Split(x, side, tensor(new float[] { 1, 2, 3, 4 }));

        Assert.True(Windows.Merge(windows, height, width).equal(x).all().item<bool>());
    }

    [Fact]
    public void Windows_SplitBeyondTheGrid_HoldsThePadding()
    {
        using DisposeScope scope = NewDisposeScope();

        Tensor windows = Windows.Split(zeros(1, 1, 1, 2), 2, tensor(new float[] { 3, 4 }));

        Assert.Equal([0f, 0, 3, 4, 3, 4, 3, 4], windows.data<float>().ToArray());
    }
}
