using System.Globalization;
using ScrollSeg.Sam.Checkpoints;
using TorchSharp;
using static TorchSharp.torch;

namespace ScrollSeg.Sam;

/// <summary>A tensor as a line for people: stage, type, shape, range.</summary>
internal static class TensorText
{
    /// <summary>Describes a tensor; waits for its device.</summary>
    /// <param name="stage">Where on the way it is.</param>
    /// <param name="tensor">Any tensor.</param>
    public static string Of(string stage, Tensor tensor)
    {
        using DisposeScope scope = NewDisposeScope();
        string head = $"{stage,-22} {tensor.dtype,-8} {StoredTensor.Text(tensor.shape),-20}";
        if (tensor.numel() == 0)
        {
            return $"{head} empty";
        }

        Tensor values = tensor.to(float32);
        long odd = tensor.numel() - values.isfinite().sum().item<long>();
        string range = string.Create(
            CultureInfo.InvariantCulture,
            $"min {values.min().item<float>():0.####}  mean {values.mean().item<float>():0.####}  max {values.max().item<float>():0.####}");
        return odd == 0 ? $"{head} {range}" : $"{head} {range}  NOT FINITE: {odd}";
    }
}
