namespace ScrollSeg.Volumes.Zarr;

/// <summary>Copies boxes of any rank between blocks of memory whose elements lie with steps of their own along each
/// axis.</summary>
internal static class StridedCopy
{
    /// <summary>Copies a box.</summary>
    /// <param name="source">Begins with the box's first element.</param>
    /// <param name="sourceStrides">Steps in elements.</param>
    /// <param name="target">Begins with where that element goes.</param>
    /// <param name="targetStrides">Steps in elements; the last is 1.</param>
    /// <param name="extents">Of the box.</param>
    /// <param name="elementSize">Bytes per element.</param>
    public static void Copy(
        ReadOnlySpan<byte> source,
        ReadOnlySpan<int> sourceStrides,
        Span<byte> target,
        ReadOnlySpan<int> targetStrides,
        ReadOnlySpan<int> extents,
        int elementSize)
    {
        if (extents.Length <= 1)
        {
            int length = extents.IsEmpty ? 1 : extents[0];
            int step = extents.IsEmpty ? 1 : sourceStrides[0];
            StridedVoxels.CopyRow(source, target[..(length * elementSize)], elementSize, step);
            return;
        }

        for (int i = 0; i < extents[0]; i++)
        {
            Copy(
                source[(i * sourceStrides[0] * elementSize)..],
                sourceStrides[1..],
                target[(i * targetStrides[0] * elementSize)..],
                targetStrides[1..],
                extents[1..],
                elementSize);
        }
    }
}
