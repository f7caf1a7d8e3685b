using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace ScrollSeg.Sam.Model;

/// <summary>Linear layers in another number format than that of their weights, as mixed-precision training has them
/// (arXiv:1710.03740, section 3.1): weights, gradients and the optimiser's moments stay 32-bit floats. TorchSharp 0.107 has no
/// autocast.</summary>
internal static class Products
{
    /// <summary>x W' + b.</summary>
    /// <param name="layer">Its weights keep their format.</param>
    /// <param name="x"><c>[.., in]</c>, in any format.</param>
    /// <param name="type">Format of the product.</param>
    /// <returns><c>[.., out]</c>, in that format.</returns>
    public static Tensor Of(Linear layer, Tensor x, ScalarType type)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor y = layer.weight!.dtype == type
            ? layer.call(x.to(type))
            : functional.linear(x.to(type), layer.weight.to(type), layer.bias!.to(type));
        return y.MoveToOuterDisposeScope();
    }
}
