namespace ScrollSeg.Sam.Checkpoints;

/// <summary>A tensor of 32-bit floats on its way into a file.</summary>
/// <param name="Name">Its key.</param>
/// <param name="Shape">Extent along each axis, slowest first; empty for a scalar.</param>
/// <param name="Elements">The elements, row-major.</param>
public sealed record NamedTensor(string Name, IReadOnlyList<long> Shape, ReadOnlyMemory<float> Elements);
