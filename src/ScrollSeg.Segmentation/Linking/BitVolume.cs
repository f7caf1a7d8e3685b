using System.Numerics;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using ScrollSeg.Volumes;

namespace ScrollSeg.Segmentation.Linking;

/// <summary>A block of voxels that are in or out, one bit each; rows start at a word of 64.</summary>
internal sealed class BitVolume : IDisposable
{
    private const int WordBits = 64;

    private readonly VoxelBuffer _words;

    /// <param name="shape">Extent in voxels.</param>
    public BitVolume(Shape3 shape)
    {
        Shape = shape;
        _words = VoxelBuffer.Rent(shape with { X = (shape.X + WordBits - 1) / WordBits }, VoxelType.UInt64);
    }

    /// <summary>Extent in voxels.</summary>
    public Shape3 Shape { get; }

    /// <summary>The bits of a row along x, the lowest bit of a word first; those behind the row's end are 0.</summary>
    public Span<ulong> Row(int z, int y) => MemoryMarshal.Cast<byte, ulong>(_words.Row(z, y));

    /// <summary>Takes in the voxels whose value is at least so much.</summary>
    /// <param name="voxels">Unsigned integers, as many as this holds.</param>
    /// <param name="least">The smallest value that is in.</param>
    public void Fill(VoxelBuffer voxels, ulong least)
    {
        Action<VoxelBuffer, ulong> fill = voxels.Type switch
        {
            VoxelType.UInt8 or VoxelType.Bool => FillRows<byte>,
            VoxelType.UInt16 => FillRows<ushort>,
            VoxelType.UInt32 => FillRows<uint>,
            VoxelType.UInt64 => FillRows<ulong>,
            _ => throw new ArgumentException($"Only unsigned integers are taken in, not {voxels.Type}.", nameof(voxels)),
        };
        fill(voxels, least);
    }

    /// <summary>Takes the voxels of a row in that are not 0.</summary>
    public void FillRow(int z, int y, ReadOnlySpan<byte> mask) => FillRow(mask, (byte)1, Row(z, y));

    /// <summary>Becomes what another one is not.</summary>
    public void FillComplement(BitVolume other)
    {
        ulong last = Shape.X % WordBits == 0 ? ulong.MaxValue : (1UL << (Shape.X % WordBits)) - 1;
        for (int z = 0; z < Shape.Z; z++)
        {
            for (int y = 0; y < Shape.Y; y++)
            {
                Span<ulong> mine = Row(z, y);
                Span<ulong> theirs = other.Row(z, y);
                for (int i = 0; i < mine.Length; i++)
                {
                    mine[i] = ~theirs[i];
                }

                mine[^1] &= last;
            }
        }
    }

    /// <summary>Whether any voxel of a part of a row is in.</summary>
    public static bool HasAny(ReadOnlySpan<ulong> row, int start, int end)
    {
        for (int word = start / WordBits; word <= (end - 1) / WordBits; word++)
        {
            if ((row[word] & MaskOf(word, start, end)) != 0)
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>Takes a part of a row in, or out.</summary>
    public static void Set(Span<ulong> row, int start, int end, bool value)
    {
        for (int word = start / WordBits; word <= (end - 1) / WordBits; word++)
        {
            ulong mask = MaskOf(word, start, end);
            row[word] = value ? row[word] | mask : row[word] & ~mask;
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _words.Dispose();

    /// <summary>The bits of a word that lie in a range of the row.</summary>
    private static ulong MaskOf(int word, int start, int end)
    {
        int from = Math.Max(start - (word * WordBits), 0);
        int to = Math.Min(end - (word * WordBits), WordBits);
        return (to == WordBits ? ulong.MaxValue : (1UL << to) - 1) & (ulong.MaxValue << from);
    }

    private void FillRows<T>(VoxelBuffer voxels, ulong least)
        where T : unmanaged, IBinaryInteger<T>, IMinMaxValue<T>
    {
        bool isNever = least > ulong.CreateTruncating(T.MaxValue);
        T threshold = T.CreateTruncating(least);
        for (int z = 0; z < Shape.Z; z++)
        {
            for (int y = 0; y < Shape.Y; y++)
            {
                if (isNever)
                {
                    Row(z, y).Clear();
                }
                else
                {
                    FillRow(MemoryMarshal.Cast<byte, T>(voxels.Row(z, y)), threshold, Row(z, y));
                }
            }
        }
    }

    private static void FillRow<T>(ReadOnlySpan<T> values, T least, Span<ulong> words)
        where T : unmanaged, IBinaryInteger<T>
    {
        int lanes = Vector256<T>.Count;
        Vector256<T> threshold = Vector256.Create(least);
        for (int word = 0; word < words.Length; word++)
        {
            ReadOnlySpan<T> part = values[(word * WordBits)..Math.Min((word + 1) * WordBits, values.Length)];
            ulong bits = 0;
            int i = 0;
            for (; i + lanes <= part.Length; i += lanes)
            {
                bits |= (ulong)Vector256.GreaterThanOrEqual(Vector256.Create(part[i..]), threshold).ExtractMostSignificantBits() << i;
            }

            for (; i < part.Length; i++)
            {
                bits |= part[i] >= least ? 1UL << i : 0;
            }

            words[word] = bits;
        }
    }
}
