namespace ScrollSeg.Volumes.Phantoms;

/// <summary>
/// A smooth field of the volume, computed at every n-th voxel and joined linearly between. A node's value depends on its
/// place alone, so neighbouring boxes agree. Memory: the nodes of one box.
/// </summary>
/// <param name="spacing">Voxels between nodes, along each axis.</param>
/// <param name="valueAt">The field at a voxel (z, y, x).</param>
internal sealed class CoarseLattice(int spacing, Func<int, int, int, float> valueAt)
{
    private readonly float _step = 1f / spacing;
    private (int Z, int Y, int X) _first;
    private Shape3 _count;
    private float[] _nodes = [];
    private float[] _line = [];

    /// <summary>Computes the nodes that <paramref name="box"/> needs; its coordinates must not be negative.</summary>
    public void Load(Box3 box)
    {
        _first = (box.Start.Z / spacing, box.Start.Y / spacing, box.Start.X / spacing);
        _count = new Shape3(
            ((box.End.Z - 1) / spacing) - _first.Z + 2,
            ((box.End.Y - 1) / spacing) - _first.Y + 2,
            ((box.End.X - 1) / spacing) - _first.X + 2);
        if (_nodes.Length < _count.VoxelCount)
        {
            _nodes = new float[_count.VoxelCount];
        }

        if (_line.Length < _count.X)
        {
            _line = new float[_count.X];
        }

        int n = 0;
        for (int z = 0; z < _count.Z; z++)
        {
            for (int y = 0; y < _count.Y; y++)
            {
                for (int x = 0; x < _count.X; x++)
                {
                    _nodes[n++] = valueAt((_first.Z + z) * spacing, (_first.Y + y) * spacing, (_first.X + x) * spacing);
                }
            }
        }
    }

    /// <summary>The field along a row of the loaded box.</summary>
    /// <param name="z">Slice, in voxels of the volume.</param>
    /// <param name="y">Row, in voxels of the volume.</param>
    /// <param name="startX">First column, in voxels of the volume.</param>
    /// <param name="row">Receives the values.</param>
    public void Row(int z, int y, int startX, Span<float> row)
    {
        FillLine(z, y);
        int node = (startX / spacing) - _first.X;
        int inside = startX % spacing;
        for (int i = 0; i < row.Length;)
        {
            float from = _line[node];
            float slope = (_line[node + 1] - from) * _step;
            int end = Math.Min(row.Length, i + spacing - inside);
            for (; i < end; i++, inside++)
            {
                row[i] = from + (slope * inside);
            }

            inside = 0;
            node++;
        }
    }

    private void FillLine(int z, int y)
    {
        float tz = z % spacing * _step;
        float ty = y % spacing * _step;
        int plane = _count.Y * _count.X;
        int a = ((z / spacing) - _first.Z) * plane + (((y / spacing) - _first.Y) * _count.X);
        for (int x = 0; x < _count.X; x++, a++)
        {
            float low = _nodes[a] + ((_nodes[a + _count.X] - _nodes[a]) * ty);
            float high = _nodes[a + plane] + ((_nodes[a + plane + _count.X] - _nodes[a + plane]) * ty);
            _line[x] = low + ((high - low) * tz);
        }
    }
}
