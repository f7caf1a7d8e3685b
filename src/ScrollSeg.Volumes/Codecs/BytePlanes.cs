using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.Arm;
using System.Runtime.Intrinsics.X86;

namespace ScrollSeg.Volumes.Codecs;

/// <summary>
/// The vector half of <see cref="ByteShuffle"/>: 16 elements of 2, 4 or 8 bytes at a time. Everything is made of two
/// steps: zip (a0 b0 a1 b1 ...) and its opposite, even and odd bytes. Zipping planes 0 with 2 and 1 with 3, then the two
/// results, gives whole elements, and so on for eight.
/// </summary>
internal static class BytePlanes
{
    private const int Step = 16;

    /// <summary>Whether elements of this size are handled on this machine.</summary>
    public static bool Handles(int elementSize) => elementSize is 2 or 4 or 8 && Vector128.IsHardwareAccelerated;

    /// <summary>Interleaves planes that lie <paramref name="stride"/> bytes apart.</summary>
    /// <returns>Elements done; the caller does the rest.</returns>
    public static int Interleave(ReadOnlySpan<byte> planes, int stride, Span<byte> target, int elementSize, int count)
    {
        int done = count / Step * Step;
        if (done == 0)
        {
            return 0;
        }

        // The loops below check nothing: these two slices are what they may touch.
        ref byte from = ref MemoryMarshal.GetReference(planes[..((elementSize - 1) * stride + done)]);
        ref byte to = ref MemoryMarshal.GetReference(target[..(done * elementSize)]);
        switch (elementSize)
        {
            case 2:
                Interleave2(ref from, (nuint)stride, ref to, (nuint)done);
                break;
            case 4:
                Interleave4(ref from, (nuint)stride, ref to, (nuint)done);
                break;
            default:
                Interleave8(ref from, (nuint)stride, ref to, (nuint)done);
                break;
        }

        return done;
    }

    /// <summary>Separates elements into planes that lie <paramref name="stride"/> bytes apart.</summary>
    /// <returns>Elements done; the caller does the rest.</returns>
    public static int Separate(ReadOnlySpan<byte> source, Span<byte> planes, int stride, int elementSize, int count)
    {
        int done = count / Step * Step;
        if (done == 0)
        {
            return 0;
        }

        ref byte from = ref MemoryMarshal.GetReference(source[..(done * elementSize)]);
        ref byte to = ref MemoryMarshal.GetReference(planes[..((elementSize - 1) * stride + done)]);
        switch (elementSize)
        {
            case 2:
                Separate2(ref from, ref to, (nuint)stride, (nuint)done);
                break;
            case 4:
                Separate4(ref from, ref to, (nuint)stride, (nuint)done);
                break;
            default:
                Separate8(ref from, ref to, (nuint)stride, (nuint)done);
                break;
        }

        return done;
    }

    /// <summary>Eight vectors, one of each plane, to sixteen elements of eight bytes.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Octet Zip(in Octet p)
    {
        // After the first round: planes 0 4 | 1 5 | 2 6 | 3 7; after the second: 0 2 4 6 | 1 3 5 7, each in four parts.
        Vector128<byte> a0 = ZipLow(p.V0, p.V4), a1 = ZipHigh(p.V0, p.V4);
        Vector128<byte> b0 = ZipLow(p.V1, p.V5), b1 = ZipHigh(p.V1, p.V5);
        Vector128<byte> c0 = ZipLow(p.V2, p.V6), c1 = ZipHigh(p.V2, p.V6);
        Vector128<byte> d0 = ZipLow(p.V3, p.V7), d1 = ZipHigh(p.V3, p.V7);
        Vector128<byte> e0 = ZipLow(a0, c0), e1 = ZipHigh(a0, c0), e2 = ZipLow(a1, c1), e3 = ZipHigh(a1, c1);
        Vector128<byte> f0 = ZipLow(b0, d0), f1 = ZipHigh(b0, d0), f2 = ZipLow(b1, d1), f3 = ZipHigh(b1, d1);
        return new Octet(
            ZipLow(e0, f0), ZipHigh(e0, f0), ZipLow(e1, f1), ZipHigh(e1, f1),
            ZipLow(e2, f2), ZipHigh(e2, f2), ZipLow(e3, f3), ZipHigh(e3, f3));
    }

    private static void Interleave2(ref byte from, nuint stride, ref byte to, nuint count)
    {
        for (nuint i = 0; i < count; i += Step)
        {
            Vector128<byte> p0 = Vector128.LoadUnsafe(ref from, i);
            Vector128<byte> p1 = Vector128.LoadUnsafe(ref from, i + stride);
            ZipLow(p0, p1).StoreUnsafe(ref to, 2 * i);
            ZipHigh(p0, p1).StoreUnsafe(ref to, 2 * i + Step);
        }
    }

    private static void Interleave4(ref byte from, nuint stride, ref byte to, nuint count)
    {
        for (nuint i = 0; i < count; i += Step)
        {
            Vector128<byte> p0 = Vector128.LoadUnsafe(ref from, i);
            Vector128<byte> p1 = Vector128.LoadUnsafe(ref from, i + stride);
            Vector128<byte> p2 = Vector128.LoadUnsafe(ref from, i + 2 * stride);
            Vector128<byte> p3 = Vector128.LoadUnsafe(ref from, i + 3 * stride);
            Vector128<byte> a0 = ZipLow(p0, p2), a1 = ZipHigh(p0, p2);
            Vector128<byte> b0 = ZipLow(p1, p3), b1 = ZipHigh(p1, p3);
            ZipLow(a0, b0).StoreUnsafe(ref to, 4 * i);
            ZipHigh(a0, b0).StoreUnsafe(ref to, 4 * i + Step);
            ZipLow(a1, b1).StoreUnsafe(ref to, 4 * i + 2 * Step);
            ZipHigh(a1, b1).StoreUnsafe(ref to, 4 * i + 3 * Step);
        }
    }

    private static void Interleave8(ref byte from, nuint stride, ref byte to, nuint count)
    {
        for (nuint i = 0; i < count; i += Step)
        {
            Zip(Octet.Load(ref from, i, stride)).Store(ref to, 8 * i, Step);
        }
    }

    private static void Separate2(ref byte from, ref byte to, nuint stride, nuint count)
    {
        for (nuint i = 0; i < count; i += Step)
        {
            Vector128<byte> v0 = Vector128.LoadUnsafe(ref from, 2 * i);
            Vector128<byte> v1 = Vector128.LoadUnsafe(ref from, 2 * i + Step);
            Even(v0, v1).StoreUnsafe(ref to, i);
            Odd(v0, v1).StoreUnsafe(ref to, i + stride);
        }
    }

    private static void Separate4(ref byte from, ref byte to, nuint stride, nuint count)
    {
        for (nuint i = 0; i < count; i += Step)
        {
            Vector128<byte> v0 = Vector128.LoadUnsafe(ref from, 4 * i);
            Vector128<byte> v1 = Vector128.LoadUnsafe(ref from, 4 * i + Step);
            Vector128<byte> v2 = Vector128.LoadUnsafe(ref from, 4 * i + 2 * Step);
            Vector128<byte> v3 = Vector128.LoadUnsafe(ref from, 4 * i + 3 * Step);
            Vector128<byte> a0 = Even(v0, v1), a1 = Even(v2, v3);
            Vector128<byte> b0 = Odd(v0, v1), b1 = Odd(v2, v3);
            Even(a0, a1).StoreUnsafe(ref to, i);
            Even(b0, b1).StoreUnsafe(ref to, i + stride);
            Odd(a0, a1).StoreUnsafe(ref to, i + 2 * stride);
            Odd(b0, b1).StoreUnsafe(ref to, i + 3 * stride);
        }
    }

    private static void Separate8(ref byte from, ref byte to, nuint stride, nuint count)
    {
        for (nuint i = 0; i < count; i += Step)
        {
            Octet v = Octet.Load(ref from, 8 * i, Step);
            Vector128<byte> e0 = Even(v.V0, v.V1), e1 = Even(v.V2, v.V3), e2 = Even(v.V4, v.V5), e3 = Even(v.V6, v.V7);
            Vector128<byte> f0 = Odd(v.V0, v.V1), f1 = Odd(v.V2, v.V3), f2 = Odd(v.V4, v.V5), f3 = Odd(v.V6, v.V7);
            Vector128<byte> a0 = Even(e0, e1), a1 = Even(e2, e3), c0 = Odd(e0, e1), c1 = Odd(e2, e3);
            Vector128<byte> b0 = Even(f0, f1), b1 = Even(f2, f3), d0 = Odd(f0, f1), d1 = Odd(f2, f3);
            new Octet(
                Even(a0, a1), Even(b0, b1), Even(c0, c1), Even(d0, d1),
                Odd(a0, a1), Odd(b0, b1), Odd(c0, c1), Odd(d0, d1)).Store(ref to, i, stride);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<byte> ZipLow(Vector128<byte> a, Vector128<byte> b) =>
        Sse2.IsSupported ? Sse2.UnpackLow(a, b)
        : AdvSimd.Arm64.IsSupported ? AdvSimd.Arm64.ZipLow(a, b)
        : (Vector128.WidenLower(a) | Vector128.WidenLower(b) << 8).AsByte();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<byte> ZipHigh(Vector128<byte> a, Vector128<byte> b) =>
        Sse2.IsSupported ? Sse2.UnpackHigh(a, b)
        : AdvSimd.Arm64.IsSupported ? AdvSimd.Arm64.ZipHigh(a, b)
        : (Vector128.WidenUpper(a) | Vector128.WidenUpper(b) << 8).AsByte();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<byte> Even(Vector128<byte> a, Vector128<byte> b) =>
        Vector128.Narrow(a.AsUInt16(), b.AsUInt16());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<byte> Odd(Vector128<byte> a, Vector128<byte> b) =>
        Vector128.Narrow(a.AsUInt16() >> 8, b.AsUInt16() >> 8);

    /// <summary>Eight vectors, held in registers.</summary>
    public readonly record struct Octet(
        Vector128<byte> V0, Vector128<byte> V1, Vector128<byte> V2, Vector128<byte> V3,
        Vector128<byte> V4, Vector128<byte> V5, Vector128<byte> V6, Vector128<byte> V7)
    {
        /// <summary>Loads eight vectors that lie <paramref name="stride"/> bytes apart.</summary>
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static Octet Load(ref byte from, nuint first, nuint stride) => new(
            Vector128.LoadUnsafe(ref from, first), Vector128.LoadUnsafe(ref from, first + stride),
            Vector128.LoadUnsafe(ref from, first + 2 * stride), Vector128.LoadUnsafe(ref from, first + 3 * stride),
            Vector128.LoadUnsafe(ref from, first + 4 * stride), Vector128.LoadUnsafe(ref from, first + 5 * stride),
            Vector128.LoadUnsafe(ref from, first + 6 * stride), Vector128.LoadUnsafe(ref from, first + 7 * stride));

        /// <summary>Stores eight vectors <paramref name="stride"/> bytes apart.</summary>
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void Store(ref byte to, nuint first, nuint stride)
        {
            V0.StoreUnsafe(ref to, first);
            V1.StoreUnsafe(ref to, first + stride);
            V2.StoreUnsafe(ref to, first + 2 * stride);
            V3.StoreUnsafe(ref to, first + 3 * stride);
            V4.StoreUnsafe(ref to, first + 4 * stride);
            V5.StoreUnsafe(ref to, first + 5 * stride);
            V6.StoreUnsafe(ref to, first + 6 * stride);
            V7.StoreUnsafe(ref to, first + 7 * stride);
        }
    }
}
