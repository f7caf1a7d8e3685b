using ScrollSeg.Segmentation.Slicing;

namespace ScrollSeg.Segmentation.Planning;

/// <summary>Which slices must be at hand while groups are worked through in their order: how soon a slice may go, and how many rows
/// exist at the worst moment.</summary>
internal sealed class SourceWindow
{
    private readonly int[] _firstLeft; // the smallest slice that a group or a later one needs
    private readonly int[] _last;

    /// <param name="groups">In the order of the work.</param>
    public SourceWindow(IEnumerable<SliceGroup> groups)
    {
        List<int> first = [];
        List<int> last = [];
        foreach (SliceGroup group in groups)
        {
            first.Add(group.First);
            last.Add(group.Last);
        }

        (_firstLeft, _last) = ([.. first], [.. last]);
        for (int i = _firstLeft.Length - 2; i >= 0; i--)
        {
            _firstLeft[i] = Math.Min(_firstLeft[i], _firstLeft[i + 1]);
        }
    }

    /// <summary>The smallest slice that the i-th group or a later one needs; behind the last group none is.</summary>
    public int FirstLeft(int i) => i < _firstLeft.Length ? _firstLeft[i] : int.MaxValue;

    /// <summary>Whether one group needs slices next to those of the one before, so that reading several at a time pays.</summary>
    public bool HasNeighbours => _last.Length > 1 && _firstLeft[1] <= (long)_last[0] + 1;

    /// <summary>Rows that must exist at once.</summary>
    /// <param name="rowHeight">Slices in a row.</param>
    public int RowsNeeded(int rowHeight)
    {
        int most = 1;
        for (int i = 0; i < _last.Length; i++)
        {
            most = Math.Max(most, (_last[i] / rowHeight) - (_firstLeft[i] / rowHeight) + 1);
        }

        return most;
    }
}
