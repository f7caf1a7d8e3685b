using TorchSharp;
using static TorchSharp.torch;

namespace ScrollSeg.Sam.Tests;

public sealed class NativeRuntimeTests
{
    [Fact]
    public void Torch_LoadsHere_AndMultiplies()
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor product = tensor(new float[] { 1, 2, 3, 4 }).reshape(2, 2).matmul(eye(2));

        Assert.Equal([1f, 2f, 3f, 4f], product.data<float>().ToArray());
    }
}
