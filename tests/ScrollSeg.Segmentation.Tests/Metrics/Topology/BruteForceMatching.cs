using ScrollSeg.Segmentation.Metrics.Topology;
using ScrollSeg.Volumes;

namespace ScrollSeg.Segmentation.Tests.Metrics.Topology;

/// <summary>Betti matching as its definition has it: the barcodes of both masks, of their union, and of the two images in it, each by
/// reducing a whole boundary matrix, and two bars matched over a bar of the union.</summary>
internal static class BruteForceMatching
{
    public static BettiMatchingCounts[] Match(Shape3 shape, byte[] prediction, byte[] truth)
    {
        Complex complex = new(shape);
        int[] one = complex.Births([.. prediction.Select(v => 1 - v)]);
        int[] other = complex.Births([.. truth.Select(v => 1 - v)]);
        int[] union = [.. one.Zip(other, Math.Min)];
        union = complex.Births([.. complex.Corners.Select(cell => union[cell])]);
        return [.. Enumerable.Range(0, 3).Select(dimension => Count(complex, dimension, one, other, union))];
    }

    private static BettiMatchingCounts Count(Complex complex, int dimension, int[] one, int[] other, int[] union)
    {
        Dictionary<int, int> barsOfOne = complex.Bars(dimension, one, one);
        Dictionary<int, int> barsOfOther = complex.Bars(dimension, other, other);
        HashSet<int> deathsOfUnion = [.. complex.Bars(dimension, union, union).Values];
        Dictionary<int, int> imageOfOne = complex.Bars(dimension, one, union);
        Dictionary<int, int> imageOfOther = complex.Bars(dimension, other, union);
        HashSet<int> reachedFromOther = [.. imageOfOther.Where(bar => barsOfOther.ContainsKey(bar.Key)).Select(bar => bar.Value)];
        int matched = imageOfOne.Count(bar => barsOfOne.ContainsKey(bar.Key) && deathsOfUnion.Contains(bar.Value) && reachedFromOther.Contains(bar.Value));
        return new(matched, barsOfOne.Count, barsOfOther.Count);
    }

    /// <summary>All cells of a box, at doubled coordinates: odd along the axes that a cell has an extent in.</summary>
    private sealed class Complex
    {
        private readonly Shape3 _doubled;
        private readonly int _count;

        public Complex(Shape3 shape)
        {
            _doubled = new((2 * shape.Z) - 1, (2 * shape.Y) - 1, (2 * shape.X) - 1);
            _count = (int)_doubled.VoxelCount;
            Corners = [.. Enumerable.Range(0, _count).Where(cell => DimensionOf(cell) == 0)];
        }

        public int[] Corners { get; }

        /// <summary>A cell is there once all its corners are.</summary>
        public int[] Births(int[] corners)
        {
            int[] births = new int[_count];
            for (int i = 0; i < Corners.Length; i++)
            {
                births[Corners[i]] = corners[i];
            }

            foreach (int cell in Enumerable.Range(0, _count).OrderBy(DimensionOf).Skip(Corners.Length))
            {
                births[cell] = Border(cell).Max(face => births[face]);
            }

            return births;
        }

        /// <summary>Births and deaths of bars with an extent: rows in the order of one filtration, columns in that of another.</summary>
        public Dictionary<int, int> Bars(int dimension, int[] rows, int[] columns)
        {
            Dictionary<int, int> rank = Ordered(dimension, rows).Select((cell, i) => (cell, i)).ToDictionary(pair => pair.cell, pair => pair.i);
            Dictionary<int, (int Cell, SortedSet<int> Column)> byPivot = [];
            int[] cells = [.. rank.Keys];
            foreach (int cell in Ordered(dimension + 1, columns))
            {
                SortedSet<int> column = [.. Border(cell).Select(face => rank[face])];
                while (column.Count > 0 && byPivot.TryGetValue(column.Max, out (int Cell, SortedSet<int> Column) earlier))
                {
                    column.SymmetricExceptWith(earlier.Column);
                }

                if (column.Count > 0)
                {
                    byPivot[column.Max] = (cell, column);
                }
            }

            return byPivot.Where(pair => rows[cells[pair.Key]] < columns[pair.Value.Cell]).ToDictionary(pair => cells[pair.Key], pair => pair.Value.Cell);
        }

        private IEnumerable<int> Ordered(int dimension, int[] births) => Enumerable.Range(0, _count)
            .Where(cell => DimensionOf(cell) == dimension)
            .OrderBy(cell => births[cell]).ThenBy(cell => Place(cell).Z / 2).ThenBy(cell => Place(cell).Y / 2).ThenBy(cell => Place(cell).X / 2)
            .ThenBy(cell => TypeOf(dimension, cell));

        /// <summary>Edges: the axis they run along; faces: the axis they are square to.</summary>
        private int TypeOf(int dimension, int cell)
        {
            int wanted = dimension == 1 ? 1 : 0;
            (int z, int y, _) = Place(cell);
            return dimension is 0 or 3 ? 0 : z % 2 == wanted ? 0 : y % 2 == wanted ? 1 : 2;
        }

        private (int Z, int Y, int X) Place(int cell) => (cell / (_doubled.Y * _doubled.X), cell / _doubled.X % _doubled.Y, cell % _doubled.X);

        private int DimensionOf(int cell)
        {
            (int z, int y, int x) = Place(cell);
            return (z % 2) + (y % 2) + (x % 2);
        }

        private IEnumerable<int> Border(int cell)
        {
            (int z, int y, int x) = Place(cell);
            int[] steps = [z % 2 * _doubled.Y * _doubled.X, y % 2 * _doubled.X, x % 2];
            return steps.Where(step => step > 0).SelectMany(step => new[] { cell - step, cell + step });
        }
    }
}
