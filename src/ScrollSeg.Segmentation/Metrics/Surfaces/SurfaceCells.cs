using ScrollSeg.Volumes;

namespace ScrollSeg.Segmentation.Metrics.Surfaces;

/// <summary>The surface of a mask in a block of cells: a code per cell, 0 where there is no surface. A cell lies between a voxel and the
/// one before it along each axis; a boundary voxel has its own cell.</summary>
/// <param name="kind">What is surface.</param>
internal sealed class SurfaceCells(SurfaceKind kind)
{
    private byte[] _voxels = []; // the cells' voxels and one more on each side
    private byte[] _codes = [];

    /// <summary>The codes, row-major.</summary>
    public ReadOnlySpan<byte> Codes => _codes;

    /// <summary>Finds the surface.</summary>
    /// <param name="cells">The cells, in voxels of the region; may end one behind it.</param>
    /// <param name="mask">The mask of a part of the region.</param>
    /// <param name="part">That part, in voxels of the region. What the cells see outside is background.</param>
    /// <returns>Whether there is any.</returns>
    public bool Fill(Box3 cells, VoxelBuffer mask, Box3 part)
    {
        Shape3 shape = cells.Shape;
        Shape3 padded = new(shape.Z + 2, shape.Y + 2, shape.X + 2);
        Resize(ref _voxels, padded);
        Resize(ref _codes, shape);
        _voxels.AsSpan(0, checked((int)padded.VoxelCount)).Clear();
        Box3 seen = new((cells.Start.Z - 1, cells.Start.Y - 1, cells.Start.X - 1), padded);
        for (int z = part.Start.Z; z < part.End.Z; z++)
        {
            for (int y = part.Start.Y; y < part.End.Y; y++)
            {
                int row = ((z - seen.Start.Z) * padded.Y) + (y - seen.Start.Y);
                mask.Row(z - part.Start.Z, y - part.Start.Y).CopyTo(_voxels.AsSpan((row * padded.X) + part.Start.X - seen.Start.X));
            }
        }

        bool hasAny = false;
        for (int z = 0; z < shape.Z; z++)
        {
            for (int y = 0; y < shape.Y; y++)
            {
                Span<byte> codes = _codes.AsSpan(((z * shape.Y) + y) * shape.X, shape.X);
                if (kind == SurfaceKind.Elements)
                {
                    CodeElements(RowOf(z, y, padded), RowOf(z, y + 1, padded), RowOf(z + 1, y, padded), RowOf(z + 1, y + 1, padded), codes);
                }
                else
                {
                    CodeBoundary(z + 1, y + 1, padded, codes);
                }

                hasAny |= codes.ContainsAnyExcept((byte)0);
            }
        }

        return hasAny;
    }

    private static void Resize(ref byte[] array, Shape3 shape)
    {
        if (array.Length < shape.VoxelCount)
        {
            array = new byte[shape.VoxelCount];
        }
    }

    private ReadOnlySpan<byte> RowOf(int z, int y, Shape3 padded) => _voxels.AsSpan(((z * padded.Y) + y) * padded.X, padded.X);

    /// <summary>Bits as in <see cref="SurfelAreas"/>.</summary>
    private static void CodeElements(
        ReadOnlySpan<byte> a, ReadOnlySpan<byte> b, ReadOnlySpan<byte> c, ReadOnlySpan<byte> d, Span<byte> codes)
    {
        int before = (a[0] << 6) | (b[0] << 4) | (c[0] << 2) | d[0];
        for (int x = 0; x < codes.Length; x++)
        {
            int here = (a[x + 1] << 6) | (b[x + 1] << 4) | (c[x + 1] << 2) | d[x + 1];
            int code = (before << 1) | here;
            codes[x] = (byte)(code == 255 ? 0 : code);
            before = here;
        }
    }

    private void CodeBoundary(int z, int y, Shape3 padded, Span<byte> codes)
    {
        ReadOnlySpan<byte> row = RowOf(z, y, padded);
        ReadOnlySpan<byte> before = RowOf(z, y - 1, padded);
        ReadOnlySpan<byte> behind = RowOf(z, y + 1, padded);
        ReadOnlySpan<byte> below = RowOf(z - 1, y, padded);
        ReadOnlySpan<byte> above = RowOf(z + 1, y, padded);
        for (int x = 0; x < codes.Length; x++)
        {
            int inner = row[x] & row[x + 2] & before[x + 1] & behind[x + 1] & below[x + 1] & above[x + 1];
            codes[x] = (byte)(row[x + 1] & (inner ^ 1));
        }
    }
}
