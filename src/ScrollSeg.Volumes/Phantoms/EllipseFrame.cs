using System.Runtime.CompilerServices;

namespace ScrollSeg.Volumes.Phantoms;

/// <summary>A centre and a linear map that makes an ellipse of a slice a circle.</summary>
internal readonly record struct EllipseFrame(
    double CentreY, double CentreX, double VPerY, double VPerX, double WPerY, double WPerX)
{
    private const float Turn = 0.15915494f;

    /// <summary>A voxel's place relative to the centre, in the circle's plane.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public (double V, double W) Map(double y, double x)
    {
        double dy = y - CentreY;
        double dx = x - CentreX;
        return ((VPerY * dy) + (VPerX * dx), (WPerY * dy) + (WPerX * dx));
    }

    /// <summary>The direction of a point as a part of a turn, 0..1. Polynomial: Abramowitz and Stegun, 4.4.49, whose
    /// error is below 2e-8 radians; the library's own function differs between machines.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float TurnOf(float v, float w)
    {
        float av = MathF.Abs(v);
        float aw = MathF.Abs(w);
        float high = MathF.Max(av, aw);
        float q = high > 0 ? MathF.Min(av, aw) / high : 0;
        float s = q * q;
        float p = 0.0028662257f;
        p = (p * s) - 0.0161657367f;
        p = (p * s) + 0.0429096138f;
        p = (p * s) - 0.0752896400f;
        p = (p * s) + 0.1065626393f;
        p = (p * s) - 0.1420889944f;
        p = (p * s) + 0.1999355085f;
        p = (p * s) - 0.3333314528f;
        float turn = q * (1f + (p * s)) * Turn;
        turn = aw > av ? 0.25f - turn : turn;
        turn = v < 0 ? 0.5f - turn : turn;
        turn = w < 0 ? 1f - turn : turn;
        return turn >= 1f ? 0f : turn;
    }
}
