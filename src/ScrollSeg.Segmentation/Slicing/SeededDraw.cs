namespace ScrollSeg.Segmentation.Slicing;

/// <summary>
/// Random numbers that are a pure function of a seed, a target and the number of the draw: whoever plans a part of a volume draws
/// the same as whoever plans the whole. Steps and mixes as SplitMix64 does (Steele, Lea, Flood, OOPSLA 2014).
/// </summary>
internal struct SeededDraw
{
    private const ulong Golden = 0x9E3779B97F4A7C15; // 2^64 / golden ratio, the paper's step

    private ulong _state;

    public SeededDraw(int seed, int target, int draw)
    {
        _state = Mix(Mix(Mix((uint)seed + Golden) + (uint)target) + (uint)draw);
    }

    /// <summary>An integer of <c>[0, end)</c>.</summary>
    public int Below(int end) => (int)Math.BigMul(Next(), (ulong)end, out _);

    /// <summary>A draw from the standard normal distribution (Box and Muller, 1958).</summary>
    public double Normal()
    {
        double first = (Next() >> 11) + 1.0; // 1..2^53: its logarithm is finite
        double second = Next() >> 11;
        const double Whole = 1L << 53;
        return Math.Sqrt(-2 * Math.Log(first / Whole)) * Math.Cos(2 * Math.PI * second / Whole);
    }

    /// <summary>Some of the integers <c>[0, end)</c>, each at most once, ascending (R. W. Floyd, CACM 30(9), 1987).</summary>
    public List<int> Distinct(int count, int end)
    {
        SortedSet<int> drawn = [];
        for (int j = end - count; j < end; j++)
        {
            int candidate = Below(j + 1);
            drawn.Add(drawn.Contains(candidate) ? j : candidate);
        }

        return [.. drawn];
    }

    /// <summary>Puts a list into a random order.</summary>
    public void Shuffle(IList<int> list)
    {
        for (int i = list.Count - 1; i > 0; i--)
        {
            int j = Below(i + 1);
            (list[i], list[j]) = (list[j], list[i]);
        }
    }

    private ulong Next() => Mix(_state += Golden);

    private static ulong Mix(ulong z)
    {
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
        return z ^ (z >> 31);
    }
}
