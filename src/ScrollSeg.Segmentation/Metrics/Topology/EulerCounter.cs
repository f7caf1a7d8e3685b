using System.Numerics;
using ScrollSeg.Segmentation.Linking;

namespace ScrollSeg.Segmentation.Metrics.Topology;

/// <summary>Euler characteristic of a mask that comes as slabs along z: of the union of its voxels as closed cubes, corners minus
/// edges plus faces minus cubes.</summary>
internal sealed class EulerCounter
{
    private ulong[][] _before = []; // the rows of the plane before, one of zeros in front
    private long _sum;

    /// <summary>Takes in the next slab.</summary>
    public void Add(BitVolume bits)
    {
        for (int z = 0; z < bits.Shape.Z; z++)
        {
            ulong[][] plane = [new ulong[bits.Row(0, 0).Length], .. Enumerable.Range(0, bits.Shape.Y).Select(y => bits.Row(z, y).ToArray())];
            AddPlane(plane, bits.Shape.X);
        }
    }

    /// <summary>The characteristic, once all slabs are in.</summary>
    /// <param name="width">Voxels in a row.</param>
    public long Finish(int width)
    {
        if (_before.Length > 0)
        {
            AddPlane([.. _before.Select(row => new ulong[row.Length])], width);
        }

        return _sum;
    }

    private void AddPlane(ulong[][] plane, int width)
    {
        ulong[] empty = new ulong[plane[0].Length];
        for (int y = 1; y <= plane.Length; y++)
        {
            ulong[] row = y < plane.Length ? plane[y] : empty;
            ulong[] rowBefore = plane[y - 1];
            ulong[] above = y < plane.Length && _before.Length > 0 ? _before[y] : empty;
            ulong[] aboveBefore = _before.Length > 0 ? _before[y - 1] : empty;
            AddRow(row, rowBefore, above, aboveBefore, width);
        }

        _before = plane;
    }

    /// <summary>Cells along one row: a cell is there if a voxel around it is.</summary>
    private void AddRow(ulong[] row, ulong[] rowBefore, ulong[] above, ulong[] aboveBefore, int width)
    {
        (ulong carryRow, ulong carryY, ulong carryZ, ulong carryAll) = (0, 0, 0, 0);
        for (int word = 0; word < row.Length; word++)
        {
            ulong voxel = row[word];
            ulong acrossY = voxel | rowBefore[word];
            ulong acrossZ = voxel | above[word];
            ulong all = acrossY | above[word] | aboveBefore[word];
            int faces = AcrossX(voxel, ref carryRow) + BitOperations.PopCount(acrossY) + BitOperations.PopCount(acrossZ);
            int edges = BitOperations.PopCount(all) + AcrossX(acrossZ, ref carryZ) + AcrossX(acrossY, ref carryY);
            _sum += AcrossX(all, ref carryAll) - edges + faces - BitOperations.PopCount(voxel);
        }

        if (width % 64 == 0)
        {
            _sum += (long)carryAll - (long)carryZ - (long)carryY + (long)carryRow; // what ends behind the last word
        }
    }

    private static int AcrossX(ulong bits, ref ulong carry)
    {
        int count = BitOperations.PopCount(bits | (bits << 1) | carry);
        carry = bits >> 63;
        return count;
    }
}
