using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace ScrollSeg.Volumes.Phantoms;

/// <summary>
/// Random numbers addressed by coordinates: the same place gives the same number whichever box is asked for first.
/// </summary>
internal static class CoordinateHash
{
    private const float PerStep = 2f / 65535f;

    /// <summary>Standard deviation of <see cref="Bell"/>: four independent uniform numbers on -1..1.</summary>
    public const float BellDeviation = 1.1547005f;

    /// <summary>64 well mixed bits of a seed and a place. The finaliser is SplitMix64's (Steele, Lea, Flood, 2014).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong At(ulong seed, int a, int b, int c)
    {
        ulong h = seed ^ ((ulong)(uint)a * 0x9E3779B97F4A7C15UL);
        h = (h ^ (h >> 32)) + ((ulong)(uint)b * 0xC2B2AE3D27D4EB4FUL);
        h = (h ^ (h >> 29)) + ((ulong)(uint)c * 0x165667B19E3779F9UL);
        return Finish(h);
    }

    /// <summary>A seed for one purpose, derived from the phantom's.</summary>
    public static ulong Derive(ulong seed, int purpose) => Finish(seed + ((ulong)(uint)(purpose + 1) * 0xD1B54A32D192ED03UL));

    /// <summary>A number on -1..1 out of bits <paramref name="part"/> x 16 and following.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Signed(ulong bits, int part) => ((ushort)(bits >> (16 * part)) * PerStep) - 1f;

    /// <summary>A number on 0..1 out of bits <paramref name="part"/> x 16 and following.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Unit(ulong bits, int part) => (ushort)(bits >> (16 * part)) * (PerStep / 2f);

    /// <summary>Four numbers on -1..1.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<float> Four(ulong bits)
    {
        Vector128<int> parts = Vector128.WidenLower(Vector128.CreateScalar(bits).AsUInt16()).AsInt32();
        return (Vector128.ConvertToSingle(parts) * PerStep) - Vector128<float>.One;
    }

    /// <summary>A number on -4..4, nearly normal, mean 0: the sum of the four parts.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Bell(ulong bits)
    {
        uint sum = (uint)(ushort)bits + (ushort)(bits >> 16) + (ushort)(bits >> 32) + (uint)(bits >> 48);
        return (sum * PerStep) - 4f;
    }

    private static ulong Finish(ulong h)
    {
        h = (h ^ (h >> 30)) * 0xBF58476D1CE4E5B9UL;
        h = (h ^ (h >> 27)) * 0x94D049BB133111EBUL;
        return h ^ (h >> 31);
    }
}
