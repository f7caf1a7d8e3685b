using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace ScrollSeg.Volumes.Phantoms;

/// <summary>
/// Smooth random fields on -1..1: hashed numbers at the integers, joined by the cubic 3t² - 2t³. Only additions and
/// products, so that every machine computes the same.
/// </summary>
internal static class ValueNoise
{
    /// <summary>A field along a line.</summary>
    public static float Line(ulong seed, double at)
    {
        double floor = Math.Floor(at);
        int i = unchecked((int)(long)floor);
        float t = Ease((float)(at - floor));
        float a = CoordinateHash.Signed(CoordinateHash.At(seed, i, 0, 0), 0);
        float b = CoordinateHash.Signed(CoordinateHash.At(seed, unchecked(i + 1), 0, 0), 0);
        return a + ((b - a) * t);
    }

    /// <summary>Four independent fields on a plane.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<float> Plane(ulong seed, double a, double b)
    {
        double floorA = Math.Floor(a);
        double floorB = Math.Floor(b);
        int i = unchecked((int)(long)floorA);
        int j = unchecked((int)(long)floorB);
        float ta = Ease((float)(a - floorA));
        float tb = Ease((float)(b - floorB));
        Vector128<float> low = Join(Node(seed, i, j), Node(seed, unchecked(i + 1), j), ta);
        Vector128<float> high = Join(Node(seed, i, unchecked(j + 1)), Node(seed, unchecked(i + 1), unchecked(j + 1)), ta);
        return Join(low, high, tb);
    }

    /// <summary>A field in space.</summary>
    public static float Space(ulong seed, double z, double y, double x)
    {
        int k = unchecked((int)(long)Math.Floor(z));
        float t = Ease((float)(z - Math.Floor(z)));
        float a = Plane(CoordinateHash.At(seed, k, 7, 7), y, x)[0];
        float b = Plane(CoordinateHash.At(seed, unchecked(k + 1), 7, 7), y, x)[0];
        return a + ((b - a) * t);
    }

    private static Vector128<float> Node(ulong seed, int i, int j) => CoordinateHash.Four(CoordinateHash.At(seed, i, j, 0));

    private static Vector128<float> Join(Vector128<float> a, Vector128<float> b, float t) => a + ((b - a) * t);

    private static float Ease(float t) => t * t * (3f - (2f * t));
}
