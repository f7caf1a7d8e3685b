using System.Runtime.Intrinsics;

namespace ScrollSeg.Volumes.Phantoms;

/// <summary>What does not depend on depth: the fragment's outline, its writing, its relief, and how infrared sees it.</summary>
internal sealed class FragmentSurface
{
    private readonly Shape3 _shape;
    private readonly float _line;
    private readonly ulong _outline;
    private readonly ulong _text;
    private readonly ulong _relief;
    private readonly ulong _light;
    private readonly ulong _fibre;
    private readonly float _blobs;
    private (int Row, int Column) _cell = (int.MinValue, 0);
    private StrokeGlyph? _glyph;

    public FragmentSurface(FragmentPhantom phantom)
    {
        ulong seed = CoordinateHash.Derive((ulong)phantom.Seed, 20);
        _shape = phantom.Shape;
        _line = phantom.LineHeight > 0 ? phantom.LineHeight : Math.Clamp(_shape.Y / 6, 24, 96);
        _blobs = Math.Min(_shape.Y, _shape.X) / 4f;
        _outline = CoordinateHash.Derive(seed, 1);
        _text = CoordinateHash.Derive(seed, 2);
        _relief = CoordinateHash.Derive(seed, 3);
        _light = CoordinateHash.Derive(seed, 4);
        _fibre = CoordinateHash.Derive(seed, 5);
    }

    /// <summary>Whether there is papyrus: an irregular outline with a few holes.</summary>
    public bool IsPapyrus(int y, int x)
    {
        float border = Math.Min(Math.Min(y, _shape.Y - 1 - y), Math.Min(x, _shape.X - 1 - x)) / (0.35f * _blobs);
        Vector128<float> wide = ValueNoise.Plane(_outline, y / (double)_blobs, x / (double)_blobs);
        Vector128<float> fine = ValueNoise.Plane(_outline + 1, y / (0.16 * _blobs), x / (0.16 * _blobs));
        bool inside = border > 0.85f + (0.55f * wide[0]) + (0.22f * fine[0]);
        return inside && (0.9f * wide[1]) + (0.45f * fine[1]) < 0.86f;
    }

    /// <summary>Whether a stroke passes; ink is where there is papyrus too.</summary>
    public bool IsWritten(int y, int x)
    {
        // lines are not quite straight, letters not quite in place
        Vector128<float> bend = ValueNoise.Plane(_text + 1, y / (3.0 * _line), x / (5.0 * _line));
        float v = (y / _line) + (0.12f * bend[0]);
        float u = (x / (0.62f * _line)) + (0.10f * bend[1]);
        (int row, int column) = ((int)MathF.Floor(v), (int)MathF.Floor(u));
        float height = ((v - row) / 0.66f) - 0.25f;
        float width = ((u - column) / 0.86f) - 0.08f;
        if (height is < -0.1f or > 1.1f || width is < -0.1f or > 1.1f)
        {
            return false;
        }

        Vector128<float> pen = ValueNoise.Plane(_text + 2, y / (0.22 * _line), x / (0.22 * _line));
        float thickness = 0.064f + (0.016f * bend[2]) + (0.016f * pen[0]);
        return GlyphAt(row, column) is StrokeGlyph glyph && glyph.DistanceTo(height, width) < thickness;
    }

    /// <summary>Layer where the papyrus begins: half-way through the volume, give or take a few.</summary>
    public float HeightAt(int y, int x)
    {
        Vector128<float> wide = ValueNoise.Plane(_relief, y / 160.0, x / 160.0);
        Vector128<float> fine = ValueNoise.Plane(_relief + 1, y / 24.0, x / 24.0);
        return (0.42f * _shape.Z) + (0.035f * _shape.Z * wide[0]) + (0.8f * fine[0]);
    }

    /// <summary>Thickness of the sheet, in layers.</summary>
    public float ThicknessAt(int y, int x) =>
        _shape.Z * (0.34f + (0.06f * ValueNoise.Plane(_relief + 2, y / 90.0, x / 90.0)[0]));

    /// <summary>Slow changes of the papyrus's density, -1..1.</summary>
    public float DensityAt(int y, int x) => ValueNoise.Plane(_relief + 3, y / 70.0, x / 70.0)[0];

    /// <summary>A row of one picture.</summary>
    public void PictureRow(FragmentPicture picture, int y, int startX, Span<byte> row)
    {
        for (int i = 0; i < row.Length; i++)
        {
            int x = startX + i;
            row[i] = picture switch
            {
                FragmentPicture.Mask => IsPapyrus(y, x) ? (byte)255 : (byte)0,
                FragmentPicture.Ink => IsPapyrus(y, x) && IsWritten(y, x) ? (byte)255 : (byte)0,
                _ => Infrared(y, x),
            };
        }
    }

    /// <summary>Papyrus bright, ink dark; lamps that light unevenly, stains nearly as dark as ink, ink that has faded.</summary>
    private byte Infrared(int y, int x)
    {
        float grain = CoordinateHash.Bell(CoordinateHash.At(_light + 9, y, x, 0));
        if (!IsPapyrus(y, x))
        {
            return (byte)Math.Clamp(9f + (2f * grain), 0f, 255f);
        }

        Vector128<float> lamp = ValueNoise.Plane(_light, y / (2.0 * _blobs), x / (2.0 * _blobs));
        Vector128<float> patch = ValueNoise.Plane(_light + 1, y / (0.55 * _line), x / (0.8 * _line));
        float fibres = ValueNoise.Plane(_fibre, y / 3.0, x / 45.0)[0] + (0.6f * ValueNoise.Plane(_fibre + 1, y / 45.0, x / 3.0)[0]);
        float stain = Math.Clamp(3f * (patch[0] + (0.5f * lamp[1]) - 0.42f), 0f, 1f);
        float grey = 158f + (9f * fibres) + (10f * patch[1]) - (52f * stain);
        if (IsWritten(y, x))
        {
            float faded = Math.Clamp(2.2f * (patch[2] + (0.4f * lamp[2]) - 0.22f), 0f, 1f);
            grey = MathF.Min(grey, 78f + (62f * faded) + (5f * fibres));
        }

        return (byte)Math.Clamp((grey * (1f + (0.22f * lamp[0]))) + (4.5f * grain), 0f, 255f);
    }

    /// <summary>The sign in a cell of the page; some cells, and the ends of some lines, are empty.</summary>
    private StrokeGlyph? GlyphAt(int row, int column)
    {
        if (_cell != (row, column))
        {
            _cell = (row, column);
            ulong bits = CoordinateHash.At(_text, row, column, 0);
            _glyph = CoordinateHash.Unit(bits, 3) < 0.12f ? null : new StrokeGlyph(bits);
        }

        return _glyph;
    }
}
