namespace ScrollSeg.Sam.Checkpoints;

/// <summary>Where a tensor's elements lie in a file. Made only by readers that have checked it against the file's length.</summary>
/// <param name="Type">How each element is kept; little-endian.</param>
/// <param name="Shape">Extent along each axis, slowest first; empty for a scalar.</param>
/// <param name="Strides">Elements from one index to the next along each axis.</param>
/// <param name="Offset">Bytes from the start of the file to the first element.</param>
public sealed record StoredTensor(TensorType Type, IReadOnlyList<long> Shape, IReadOnlyList<long> Strides, long Offset)
{
    /// <summary>Most axes that a tensor here may have; SAM's have at most four.</summary>
    internal const int MaxAxes = 8;

    /// <summary>Elements in the tensor.</summary>
    public long Count => Shape.Aggregate(1L, (product, extent) => product * extent);

    /// <summary>Whether the elements follow each other row-major.</summary>
    internal bool IsContiguous => Shape.Zip(Strides, RowMajor(Shape)).All(axis => axis.First == 1 || axis.Second == axis.Third);

    /// <summary>The shape as messages show it.</summary>
    internal string ShapeText => Text(Shape);

    /// <summary>A shape as messages show it.</summary>
    internal static string Text(IEnumerable<long> shape) => $"[{string.Join(", ", shape)}]";

    /// <summary>The strides of a tensor whose last index runs fastest, without gaps.</summary>
    internal static long[] RowMajor(IReadOnlyList<long> shape)
    {
        long[] strides = new long[shape.Count];
        long stride = 1;
        for (int axis = shape.Count - 1; axis >= 0; axis--)
        {
            strides[axis] = stride;
            stride *= shape[axis];
        }

        return strides;
    }

    /// <summary>Elements of a shape read from a file, whose product may not fit in 64 bits.</summary>
    /// <returns>The product; <see langword="null"/> for a negative extent, too many axes, or an overflow.</returns>
    internal static long? CheckedCount(IReadOnlyList<long> shape)
    {
        if (shape.Count > MaxAxes || shape.Any(extent => extent < 0))
        {
            return null;
        }

        Int128 product = 1;
        foreach (long extent in shape)
        {
            product *= extent;
            if (product > long.MaxValue)
            {
                return null;
            }
        }

        return (long)product;
    }
}
