namespace ScrollSeg.Segmentation.Metrics.Topology;

/// <summary>Four cells, to go through without an array.</summary>
internal readonly struct FourCells(int a, int b, int c, int d)
{
    public Enumerator GetEnumerator() => new(this);

    private int this[int index] => index switch { 0 => a, 1 => b, 2 => c, _ => d };

    internal struct Enumerator(FourCells cells)
    {
        private int _index = -1;

        public readonly int Current => cells[_index];

        public bool MoveNext() => ++_index < 4;
    }
}
