namespace ScrollSeg.Volumes.Codecs;

/// <summary>
/// Blosc's and HDF5's byte shuffle: the first bytes of all elements, then all second bytes, and so on. Bytes beyond the
/// last whole element stay where they are, at the end.
/// </summary>
internal static class ByteShuffle
{
    /// <summary>Shuffles.</summary>
    public static void Apply(ReadOnlySpan<byte> source, Span<byte> target, int elementSize)
    {
        int count = source.Length / elementSize;
        Separate(source, target, count, elementSize, count);
        source[(count * elementSize)..].CopyTo(target[(count * elementSize)..]);
    }

    /// <summary>Unshuffles.</summary>
    public static void Undo(ReadOnlySpan<byte> source, Span<byte> target, int elementSize)
    {
        int count = source.Length / elementSize;
        Interleave(source, count, target, elementSize, count);
        source[(count * elementSize)..].CopyTo(target[(count * elementSize)..]);
    }

    /// <summary><c>target[i * elementSize + j] = planes[j * stride + i]</c>.</summary>
    /// <param name="planes">One plane per byte of an element.</param>
    /// <param name="stride">Bytes from one plane's start to the next's.</param>
    /// <param name="target">Receives the elements.</param>
    /// <param name="elementSize">Bytes per element.</param>
    /// <param name="count">Number of elements.</param>
    public static void Interleave(ReadOnlySpan<byte> planes, int stride, Span<byte> target, int elementSize, int count)
    {
        if (elementSize == 1)
        {
            planes[..count].CopyTo(target);
            return;
        }

        int done = BytePlanes.Handles(elementSize)
            ? BytePlanes.Interleave(planes, stride, target, elementSize, count)
            : 0;
        InterleaveScalar(planes, stride, target, elementSize, done, count);
    }

    /// <summary><c>planes[j * stride + i] = source[i * elementSize + j]</c>.</summary>
    public static void Separate(ReadOnlySpan<byte> source, Span<byte> planes, int stride, int elementSize, int count)
    {
        if (elementSize == 1)
        {
            source[..count].CopyTo(planes);
            return;
        }

        int done = BytePlanes.Handles(elementSize)
            ? BytePlanes.Separate(source, planes, stride, elementSize, count)
            : 0;
        SeparateScalar(source, planes, stride, elementSize, done, count);
    }

    /// <summary><see cref="Interleave"/> from the element <paramref name="first"/> on, byte by byte.</summary>
    internal static void InterleaveScalar(
        ReadOnlySpan<byte> planes, int stride, Span<byte> target, int elementSize, int first, int count)
    {
        for (int plane = 0; plane < elementSize; plane++)
        {
            ReadOnlySpan<byte> bytes = planes.Slice(plane * stride, count);
            for (int i = first; i < bytes.Length; i++)
            {
                target[i * elementSize + plane] = bytes[i];
            }
        }
    }

    /// <summary><see cref="Separate"/> from the element <paramref name="first"/> on, byte by byte.</summary>
    internal static void SeparateScalar(
        ReadOnlySpan<byte> source, Span<byte> planes, int stride, int elementSize, int first, int count)
    {
        for (int plane = 0; plane < elementSize; plane++)
        {
            Span<byte> bytes = planes.Slice(plane * stride, count);
            for (int i = first; i < bytes.Length; i++)
            {
                bytes[i] = source[i * elementSize + plane];
            }
        }
    }
}
