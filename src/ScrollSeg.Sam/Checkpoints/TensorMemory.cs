using System.Buffers;
using System.Runtime.InteropServices;
using static TorchSharp.torch;

namespace ScrollSeg.Sam.Checkpoints;

/// <summary>A tensor's elements as memory, for writers that know nothing of tensors.</summary>
/// <remarks>Valid as long as the dispose scope in which it was made, and the tensor.</remarks>
internal sealed class TensorMemory : MemoryManager<float>
{
    private readonly Tensor _elements;

    /// <param name="tensor">Copied only if it is not of 32-bit floats, in order, on the CPU.</param>
    public TensorMemory(Tensor tensor)
    {
        _elements = tensor.detach().cpu().to(float32).contiguous();
        Length = checked((int)_elements.numel());
    }

    private int Length { get; }

    public override Memory<float> Memory => CreateMemory(Length);

    public override Span<float> GetSpan() => MemoryMarshal.Cast<byte, float>(_elements.bytes);

    public override MemoryHandle Pin(int elementIndex = 0) => throw new NotSupportedException("A tensor's memory does not move.");

    public override void Unpin()
    {
    }

    /// <summary>The tensor belongs to the caller's scope.</summary>
    protected override void Dispose(bool disposing)
    {
    }
}
