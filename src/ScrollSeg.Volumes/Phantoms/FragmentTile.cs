using System.Runtime.InteropServices;

namespace ScrollSeg.Volumes.Phantoms;

/// <summary>Makes boxes of a fragment's surface volume, one after the other, with scratch memory of its own.</summary>
/// <param name="phantom">The fragment.</param>
internal sealed class FragmentTile(FragmentPhantom phantom)
{
    /// <summary>Share of the noise's variance that neighbours have in common.</summary>
    private const float Common = 0.35f;

    private readonly FragmentSurface _surface = new(phantom);
    private readonly ulong _fibre = CoordinateHash.Derive((ulong)phantom.Seed, 30);
    private readonly ReconstructionNoise _noise = new(CoordinateHash.Derive((ulong)phantom.Seed, 31));
    private Column[] _columns = [];
    private float[] _row = [];

    /// <summary>Makes one box.</summary>
    /// <param name="part">The box within the buffer.</param>
    /// <param name="origin">Where the buffer begins in the volume.</param>
    /// <param name="volume">Receives grey values.</param>
    public void Fill(Box3 part, (int Z, int Y, int X) origin, VoxelBuffer volume)
    {
        Box3 box = part.RelativeTo((-origin.Z, -origin.Y, -origin.X));
        LoadColumns(box);
        _noise.Load(box);
        float sigma = (float)phantom.Noise;
        float correlated = sigma * MathF.Sqrt(Common);
        float white = sigma * MathF.Sqrt(1f - Common);
        for (int z = box.Start.Z; z < box.End.Z; z++)
        {
            _noise.BeginSlice(z);
            for (int y = box.Start.Y; y < box.End.Y; y++)
            {
                Span<float> noise = _row.AsSpan(0, box.Shape.X);
                _noise.Row(z, y, correlated, white, noise);
                Span<ushort> grey = MemoryMarshal.Cast<byte, ushort>(volume.Row(z - origin.Z, y - origin.Y))
                    .Slice(part.Start.X, part.Shape.X);
                ReadOnlySpan<Column> columns = _columns.AsSpan((y - box.Start.Y) * box.Shape.X, box.Shape.X);
                for (int i = 0; i < grey.Length; i++)
                {
                    float value = Grey(columns[i], z, y, box.Start.X + i) + noise[i];
                    grey[i] = (ushort)Math.Clamp(65535f * value, 0f, 65535f);
                }
            }
        }
    }

    private void LoadColumns(Box3 box)
    {
        int count = box.Shape.Y * box.Shape.X;
        _columns = _columns.Length < count ? new Column[count] : _columns;
        _row = _row.Length < box.Shape.X ? new float[box.Shape.X] : _row;
        int n = 0;
        for (int y = box.Start.Y; y < box.End.Y; y++)
        {
            for (int x = box.Start.X; x < box.End.X; x++)
            {
                _columns[n++] = !_surface.IsPapyrus(y, x)
                    ? default
                    : new Column(
                        true,
                        _surface.IsWritten(y, x),
                        _surface.HeightAt(y, x),
                        _surface.ThicknessAt(y, x),
                        _surface.DensityAt(y, x));
            }
        }
    }

    /// <summary>Air, then the upper ply with level fibres, then the lower one with upright fibres, then air. Ink adds a
    /// little around the fifth of some ten layers, and lies between the fibres so that they show less.</summary>
    private float Grey(Column column, int z, int y, int x)
    {
        const float Air = 0.075f;
        float depth = z - column.Height;
        if (!column.Papyrus || depth < -1f || depth > column.Thickness + 1f)
        {
            return Air;
        }

        float relative = depth / column.Thickness;
        float upper = Math.Clamp((0.5f - relative) * 6f + 0.5f, 0f, 1f);
        float level = upper > 0 ? ValueNoise.Plane(_fibre, (y / 3.2) + (0.3 * depth), x / 36.0)[0] : 0;
        float upright = upper < 1 ? ValueNoise.Plane(_fibre + 1, y / 36.0, (x / 3.2) + (0.3 * depth))[0] : 0;
        float fibres = (upper * level) + ((1f - upper) * upright);
        float ink = 0;
        if (column.Ink)
        {
            float away = (depth - 4f) / 3.2f;
            ink = MathF.Max(0, 1f - (away * away / 2.4f));
        }

        float papyrus = 0.36f + (0.03f * column.Density) + (0.05f * (1f - relative))
            + (0.055f * fibres * (1f - (0.5f * ink))) + ((float)phantom.InkContrast * ink);
        float inside = Math.Clamp(MathF.Min(depth, column.Thickness - depth) * 0.6f + 0.6f, 0f, 1f);
        return Air + (inside * (papyrus - Air));
    }

    private readonly record struct Column(bool Papyrus, bool Ink, float Height, float Thickness, float Density);
}
