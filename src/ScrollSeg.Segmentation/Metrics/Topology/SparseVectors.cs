using System.Diagnostics.CodeAnalysis;
using System.Runtime.InteropServices;

namespace ScrollSeg.Segmentation.Metrics.Topology;

/// <summary>Sets of numbers, each kept once and known by an index; 0 is the empty set. A set stands for a vector over the field
/// of two elements, so that adding two keeps what is in one of them only.</summary>
internal sealed class SparseVectors
{
    private readonly List<int[]> _vectors = [[]];
    private readonly Dictionary<int[], int> _indices = new(new ContentComparer()) { [[]] = 0 };

    /// <summary>The members, ascending.</summary>
    public int[] this[int index] => _vectors[index];

    /// <summary>The index of a set.</summary>
    /// <param name="members">Ascending; not changed afterwards.</param>
    public int IndexOf(int[] members)
    {
        ref int index = ref CollectionsMarshal.GetValueRefOrAddDefault(_indices, members, out bool isKnown);
        if (!isKnown)
        {
            index = _vectors.Count;
            _vectors.Add(members);
        }

        return index;
    }

    /// <summary>The index of the sum of two.</summary>
    public int Add(int a, int b)
    {
        if (a == 0 || b == 0 || a == b)
        {
            return a == b ? 0 : a + b;
        }

        return IndexOf(Sum(_vectors[a], _vectors[b]));
    }

    /// <summary>What is in one of two ascending lists only.</summary>
    public static int[] Sum(ReadOnlySpan<int> a, ReadOnlySpan<int> b)
    {
        int[] sum = new int[a.Length + b.Length];
        (int i, int j, int count) = (0, 0, 0);
        while (i < a.Length && j < b.Length)
        {
            if (a[i] == b[j])
            {
                (i, j) = (i + 1, j + 1);
            }
            else
            {
                sum[count++] = a[i] < b[j] ? a[i++] : b[j++];
            }
        }

        a[i..].CopyTo(sum.AsSpan(count));
        count += a.Length - i;
        b[j..].CopyTo(sum.AsSpan(count));
        count += b.Length - j;
        return sum.AsSpan(0, count).ToArray();
    }

    private sealed class ContentComparer : IEqualityComparer<int[]>
    {
        public bool Equals(int[]? x, int[]? y) => x.AsSpan().SequenceEqual(y);

        public int GetHashCode([DisallowNull] int[] obj)
        {
            HashCode hash = default;
            hash.AddBytes(MemoryMarshal.AsBytes(obj.AsSpan()));
            return hash.ToHashCode();
        }
    }
}
