using System.Runtime.Intrinsics;

namespace ScrollSeg.Volumes.Phantoms;

/// <summary>
/// What a voxel of the scroll is made of: sheet, gap, loose flake, dust or crust, and how bright each is.
/// Greys are parts of full scale.
/// </summary>
internal sealed class SheetMaterial
{
    private const float BaseGrey = 0.42f;
    private const float ThinnestSheet = 3.4f;
    private const float ThickestSheet = 7.6f;
    private const int DustCell = 7;

    private readonly float _pitch;
    private readonly float _sheetEnd;
    private readonly float _contrast;
    private readonly float _bias;
    private readonly float _fibre;
    private readonly float _clutter;
    private readonly ulong _wideSeed;
    private readonly ulong _fineSeed;
    private readonly ulong _fibreSeed;
    private readonly ulong _dustSeed;

    public SheetMaterial(ScrollPhantom phantom, ScrollGeometry geometry)
    {
        _pitch = geometry.Pitch;
        _sheetEnd = geometry.SheetEnd;
        _contrast = (float)phantom.Contrast;
        _bias = (float)phantom.ContrastBias;
        _fibre = (float)phantom.FibreStrength;
        _clutter = (float)phantom.Clutter;
        ulong seed = CoordinateHash.Derive((ulong)phantom.Seed, 2);
        _wideSeed = CoordinateHash.Derive(seed, 1);
        _fineSeed = CoordinateHash.Derive(seed, 2);
        _fibreSeed = CoordinateHash.Derive(seed, 3);
        _dustSeed = CoordinateHash.Derive(seed, 4);
    }

    /// <summary>Grey of a voxel before shading and noise, and whether it is sheet.</summary>
    /// <param name="place">The voxel.</param>
    /// <param name="contrast">The contrast's slow field, -1..1.</param>
    /// <param name="grain">A field two voxels fine, -1..1.</param>
    /// <param name="coarse">A field five voxels fine, -1..1.</param>
    /// <param name="edge">Voxels to the end of the scroll.</param>
    /// <param name="inSheet">Whether the voxel belongs to the sheet.</param>
    public float At(VoxelPlace place, float contrast, float grain, float coarse, float edge, out bool inSheet)
    {
        float phase = (place.Radius / _pitch) - place.Turn;
        float winding = MathF.Floor(phase);
        double turns = (double)winding + place.Turn;
        double along = Math.PI * _pitch * turns * turns;

        // winding distance in voxels, from the slopes of radius and direction
        float bend = 1f / (6.2831853f * MathF.Max(place.Circle, 2f));
        float slope = place.Steepness / _pitch;
        float spacing = 1f / MathF.Sqrt((slope * slope) + (bend * bend));

        Vector128<float> wide = ValueNoise.Plane(_wideSeed, along / 46.0, place.Z / 46.0);
        Vector128<float> fine = ValueNoise.Plane(_fineSeed, along / 15.0, place.Z / 15.0);
        float thickness = Thickness(wide[0] + (0.5f * fine[0]), spacing);
        float slack = 0.5f * (spacing - thickness);
        float shift = slack * Math.Clamp((1.7f * wide[1]) + (0.4f * fine[1]), -1f, 1f);
        float across = ((phase - winding - 0.5f) * spacing) - shift;
        float depth = MathF.Abs(across) - (0.5f * thickness);

        float sign = Math.Clamp(_bias + (1.7f * contrast), -1f, 1f);
        float gap = Gap(place, wide, fine, across, depth, slack, sign, grain, coarse);
        bool whole = turns > 0.8 && turns < _sheetEnd - 0.8 && (0.45f * wide[3]) + fine[3] < 0.85f;
        inSheet = whole && depth < 0 && edge > 2f;
        float value = gap;
        if (whole && depth < 0.8f)
        {
            float sheet = Sheet(place, along, across / thickness, sign, wide[2]);
            value = gap + ((sheet - gap) * Math.Clamp((0.7f - depth) / 1.4f, 0f, 1f));
        }

        float crust = Math.Clamp(3.2f + (2f * fine[2]) - edge, 0f, 1f);
        return value + (crust * (0.60f + (0.1f * grain) - value));
    }

    private static float Thickness(float field, float spacing)
    {
        const float Middle = (ThinnestSheet + ThickestSheet) / 2f;
        float wanted = Middle + ((ThickestSheet - Middle) * Math.Clamp(1.5f * field, -1f, 1f));
        return MathF.Min(wanted, MathF.Max(ThinnestSheet, spacing - 1.2f));
    }

    /// <summary>Two plies whose fibres cross, with a seam between them: bright faces, dark middle.</summary>
    private float Sheet(VoxelPlace place, double along, float relative, float sign, float winding)
    {
        Vector128<float> running = ValueNoise.Plane(_fibreSeed, along / 40.0, (place.Z / 3.0) + (relative * 1.3));
        Vector128<float> crossing = ValueNoise.Plane(_fibreSeed + 1, (along / 3.0) + (relative * 0.8), place.Z / 40.0);
        float outer = Math.Clamp((relative * 4f) + 0.5f, 0f, 1f);
        float fibres = (outer * running[0]) + ((1f - outer) * crossing[0]);
        float plies = (5.6f * MathF.Min(relative * relative, 0.25f)) - 0.47f;
        return BaseGrey + (0.5f * sign * _contrast) + (0.04f * winding) + (_fibre * ((0.9f * fibres) + (0.85f * plies)));
    }

    /// <summary>Amorphous filling, a dark seam along the sheet, flakes that came off it, and dust.</summary>
    private float Gap(
        VoxelPlace place, Vector128<float> wide, Vector128<float> fine, float across, float depth, float slack,
        float sign, float grain, float coarse)
    {
        float value = BaseGrey - (0.5f * sign * _contrast) + (_fibre * ((0.45f * grain) + (0.75f * coarse)));
        value -= 0.55f * _fibre * Math.Clamp(1.6f - MathF.Abs(depth - 1.1f), 0f, 1f);

        // a flake on the side where there is room, a voxel or two thick
        float room = slack * (across > 0 ? 1.1f : -1.1f);
        float flake = MathF.Abs(across - room - (3f * fine[2]) - (across > 0 ? 3f : -3f)) - 0.8f;
        float present = Math.Clamp((4f * ((0.7f * wide[2]) + fine[1] - 0.42f + (0.3f * _clutter))) - 0.3f, 0f, 1f);
        float covered = present * Math.Clamp(0.7f - flake, 0f, 1f) * MathF.Min(_clutter, 1f);
        value += covered * (BaseGrey + 0.10f + (0.06f * grain) - value);
        return Dust(place, value, grain);
    }

    private float Dust(VoxelPlace place, float value, float grain)
    {
        ulong cell = CoordinateHash.At(_dustSeed, place.Z / DustCell, place.Y / DustCell, place.X / DustCell);
        if (CoordinateHash.Unit(cell, 3) > 0.10f * _clutter)
        {
            return value;
        }

        float dz = (place.Z % DustCell) - 3 - (0.8f * CoordinateHash.Signed(cell, 0));
        float dy = (place.Y % DustCell) - 3 - (0.8f * CoordinateHash.Signed(cell, 1));
        float dx = (place.X % DustCell) - 3 - (0.8f * CoordinateHash.Signed(cell, 2));
        float size = 1.2f + (0.8f * CoordinateHash.Unit(cell * 31, 3));
        float covered = Math.Clamp(size + 0.5f - MathF.Sqrt((dz * dz) + (dy * dy) + (dx * dx)), 0f, 1f);
        return value + (covered * (BaseGrey + 0.12f + (0.08f * grain) - value));
    }
}
