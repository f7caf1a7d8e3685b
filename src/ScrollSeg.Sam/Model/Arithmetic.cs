using TorchSharp;
using static TorchSharp.torch;

namespace ScrollSeg.Sam.Model;

/// <summary>Sums and products with numbers that outlive the native call.</summary>
/// <remarks>
/// TorchSharp 0.107 turns a number into a <see cref="Scalar"/> with a finalizer and hands only its address to libtorch; even
/// <c>a + b</c> makes one, for the factor of b. If garbage is collected during the call, the number is freed under it: an
/// exception at best, another number at worst. It was seen in a run of the tests, with others allocating beside it. So no
/// operator of <see cref="Tensor"/> that takes or makes a number is used in this project.
/// </remarks>
internal static class Arithmetic
{
    private static readonly Scalar One = 1;

    /// <summary>Adds a tensor.</summary>
    public static Tensor Plus(this Tensor left, Tensor right) => left.add(right, One);

    /// <summary>Adds a number to each element.</summary>
    public static Tensor Plus(this Tensor left, double right) => Keep(right, number => left.add(number, One)); // without One it makes one

    /// <summary>Multiplies each element by a number.</summary>
    public static Tensor Times(this Tensor left, double right) => Keep(right, left.mul);

    /// <summary>Divides each element by a number.</summary>
    public static Tensor Over(this Tensor left, double right) => Keep(right, number => left.div(number));

    /// <summary>Where an element equals a number; booleans.</summary>
    public static Tensor Is(this Tensor left, long right) => Keep(right, left.eq);

    /// <summary>Where an element exceeds a number; booleans.</summary>
    public static Tensor Exceeds(this Tensor left, double right) => Keep(right, left.gt);

    /// <summary>Multiplies each element by a number, in place.</summary>
    public static Tensor Scale(this Tensor target, double factor) => Keep(factor, number => target.mul_(number));

    /// <summary>Adds a tensor times a number, in place.</summary>
    public static Tensor AddScaled(this Tensor target, Tensor addend, double factor) => Keep(factor, number => target.add_(addend, number));

    /// <summary>Adds a product of two tensors times a number, in place.</summary>
    public static Tensor AddProduct(this Tensor target, Tensor left, Tensor right, double factor) =>
        Keep(factor, number => target.addcmul_(left, right, number));

    /// <summary>Adds a ratio of two tensors times a number, in place.</summary>
    public static Tensor AddRatio(this Tensor target, Tensor over, Tensor under, double factor) =>
        Keep(factor, number => target.addcdiv_(over, under, number));

    private static Tensor Keep(Scalar number, Func<Scalar, Tensor> operation)
    {
        Tensor result = operation(number);
        GC.KeepAlive(number);
        return result;
    }
}
