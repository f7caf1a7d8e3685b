using ScrollSeg.Sam.Guards;
using ScrollSeg.Segmentation;

namespace ScrollSeg.Sam.Runtime;

/// <summary>A GPU's memory does not suffice for the least that has to be on it at once.</summary>
public sealed class DeviceMemoryException : Exception
{
    /// <summary>Says what was asked of the device, and what to do.</summary>
    /// <param name="message">A sentence for the user.</param>
    /// <param name="innerException">libtorch's own words.</param>
    public DeviceMemoryException(string message, Exception? innerException = null)
        : base(message, innerException)
    {
    }

    /// <param name="what">What does not fit, with its verb: <c>One tile alone does</c>.</param>
    /// <param name="failure">What libtorch said.</param>
    internal static DeviceMemoryException For(string what, Exception failure) => new(
        new Finding(
            GuardName.DeviceMemory,
            $"{what} not fit into the GPU's memory ({DeviceMemory.FirstLine(failure)}).",
            "room for the weights and one forward pass",
            "other programs on the GPU, or a network too large for it; --device cpu needs none").ToString(),
        failure);
}
