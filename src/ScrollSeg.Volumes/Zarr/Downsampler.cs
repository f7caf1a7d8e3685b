using System.Numerics;

namespace ScrollSeg.Volumes.Zarr;

/// <summary>Halves a block of voxels along every axis.</summary>
internal static class Downsampler
{
    /// <summary>Fills a block from one with twice its extent, or one voxel less along an axis.</summary>
    public static void Halve(VoxelBuffer source, VoxelBuffer target, Downsampling method)
    {
        Action<VoxelBuffer, VoxelBuffer, Downsampling> halve = source.Type switch
        {
            VoxelType.UInt8 or VoxelType.Bool => HalveIntegers<byte, int>,
            VoxelType.Int8 => HalveIntegers<sbyte, int>,
            VoxelType.UInt16 => HalveIntegers<ushort, int>,
            VoxelType.Int16 => HalveIntegers<short, int>,
            VoxelType.UInt32 => HalveIntegers<uint, long>,
            VoxelType.Int32 => HalveIntegers<int, long>,
            VoxelType.UInt64 => HalveIntegers<ulong, Int128>,
            VoxelType.Int64 => HalveIntegers<long, Int128>,
            VoxelType.Float16 => HalveFloats<Half>,
            VoxelType.Float32 => HalveFloats<float>,
            VoxelType.Float64 => HalveFloats<double>,
            _ => throw new ArgumentOutOfRangeException(nameof(source), source.Type, null),
        };

        halve(source, target, method);
    }

    private static void HalveIntegers<T, TSum>(VoxelBuffer source, VoxelBuffer target, Downsampling method)
        where T : unmanaged, IBinaryInteger<T>, IMinMaxValue<T>
        where TSum : unmanaged, IBinaryInteger<TSum>
    {
        if (method == Downsampling.Mean)
        {
            MeanRows<T, TSum>(source, target, static (sum, count) =>
            {
                // floor((2 sum + count) / (2 count)) rounds half up, also below zero, where C# divides towards zero
                TSum divisor = TSum.CreateTruncating(2 * count);
                (TSum quotient, TSum remainder) = TSum.DivRem((sum << 1) + TSum.CreateTruncating(count), divisor);
                return T.CreateTruncating(TSum.IsNegative(remainder) ? quotient - TSum.One : quotient);
            });
            return;
        }

        PickVoxels<T>(source, target, method);
    }

    private static void HalveFloats<T>(VoxelBuffer source, VoxelBuffer target, Downsampling method)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        if (method == Downsampling.Mean)
        {
            MeanRows<T, double>(source, target, static (sum, count) => T.CreateTruncating(sum / count));
            return;
        }

        PickVoxels<T>(source, target, method);
    }

    /// <summary>Sums up to four rows of the source at a time, pairwise along x.</summary>
    private static void MeanRows<T, TSum>(VoxelBuffer source, VoxelBuffer target, Func<TSum, int, T> mean)
        where T : unmanaged, INumber<T>
        where TSum : unmanaged, INumber<TSum>
    {
        TSum[] sums = new TSum[target.Shape.X];
        for (int z = 0; z < target.Shape.Z; z++)
        {
            for (int y = 0; y < target.Shape.Y; y++)
            {
                Array.Clear(sums);
                int rows = 0;
                for (int sz = 2 * z; sz < Math.Min((2 * z) + 2, source.Shape.Z); sz++)
                {
                    for (int sy = 2 * y; sy < Math.Min((2 * y) + 2, source.Shape.Y); sy++)
                    {
                        AddPairs(Row<T>(source, sz, sy), sums);
                        rows++;
                    }
                }

                Span<T> means = Row<T>(target, z, y);
                int pairs = source.Shape.X / 2;
                for (int x = 0; x < pairs; x++)
                {
                    means[x] = mean(sums[x], 2 * rows);
                }

                if (pairs < means.Length)
                {
                    means[pairs] = mean(sums[pairs], rows);
                }
            }
        }
    }

    private static void AddPairs<T, TSum>(ReadOnlySpan<T> row, Span<TSum> sums)
        where T : unmanaged, INumber<T>
        where TSum : unmanaged, INumber<TSum>
    {
        int pairs = row.Length / 2;
        for (int x = 0; x < pairs; x++)
        {
            sums[x] += TSum.CreateTruncating(row[2 * x]) + TSum.CreateTruncating(row[(2 * x) + 1]);
        }

        if (pairs < sums.Length)
        {
            sums[pairs] += TSum.CreateTruncating(row[^1]);
        }
    }

    /// <summary>Maximum and majority: one of the voxels themselves.</summary>
    private static void PickVoxels<T>(VoxelBuffer source, VoxelBuffer target, Downsampling method)
        where T : unmanaged, INumber<T>
    {
        Span<T> voxels = stackalloc T[8];
        for (int z = 0; z < target.Shape.Z; z++)
        {
            for (int y = 0; y < target.Shape.Y; y++)
            {
                Span<T> picked = Row<T>(target, z, y);
                for (int x = 0; x < picked.Length; x++)
                {
                    ReadOnlySpan<T> covered = Covered(source, z, y, x, voxels);
                    picked[x] = method == Downsampling.Maximum ? Maximum(covered) : Majority(covered);
                }
            }
        }
    }

    private static ReadOnlySpan<T> Covered<T>(VoxelBuffer source, int z, int y, int x, Span<T> voxels)
        where T : unmanaged
    {
        int count = 0;
        for (int sz = 2 * z; sz < Math.Min((2 * z) + 2, source.Shape.Z); sz++)
        {
            for (int sy = 2 * y; sy < Math.Min((2 * y) + 2, source.Shape.Y); sy++)
            {
                Span<T> row = Row<T>(source, sz, sy);
                voxels[count++] = row[2 * x];
                if ((2 * x) + 1 < row.Length)
                {
                    voxels[count++] = row[(2 * x) + 1];
                }
            }
        }

        return voxels[..count];
    }

    private static T Maximum<T>(ReadOnlySpan<T> voxels)
        where T : INumber<T>
    {
        T maximum = voxels[0];
        foreach (T voxel in voxels[1..])
        {
            maximum = T.Max(maximum, voxel);
        }

        return maximum;
    }

    private static T Majority<T>(ReadOnlySpan<T> voxels)
        where T : IEquatable<T>, IComparable<T>
    {
        T best = voxels[0];
        int most = voxels.Count(best);
        for (int i = 1; i < voxels.Length && most < voxels.Length; i++)
        {
            int count = voxels.Count(voxels[i]);
            if (count > most || (count == most && voxels[i].CompareTo(best) < 0))
            {
                (best, most) = (voxels[i], count);
            }
        }

        return best;
    }

    private static Span<T> Row<T>(VoxelBuffer buffer, int z, int y)
        where T : unmanaged => System.Runtime.InteropServices.MemoryMarshal.Cast<byte, T>(buffer.Row(z, y));
}
