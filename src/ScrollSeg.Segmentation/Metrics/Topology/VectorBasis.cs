namespace ScrollSeg.Segmentation.Metrics.Topology;

/// <summary>A growing set of independent vectors over the field of two elements, each with a largest member of its own.</summary>
internal sealed class VectorBasis
{
    private readonly Dictionary<int, int[]> _byLargest = [];

    /// <summary>Vectors in it.</summary>
    public int Count => _byLargest.Count;

    /// <summary>Takes a vector in if it does not depend on those that are there.</summary>
    /// <param name="vector">Its members, ascending.</param>
    /// <returns>Whether it was taken.</returns>
    public bool TryAdd(int[] vector)
    {
        while (vector.Length > 0 && _byLargest.TryGetValue(vector[^1], out int[]? other))
        {
            vector = SparseVectors.Sum(vector, other);
        }

        return vector.Length > 0 && _byLargest.TryAdd(vector[^1], vector);
    }
}
