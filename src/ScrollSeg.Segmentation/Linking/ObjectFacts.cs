using System.Runtime.InteropServices;

namespace ScrollSeg.Segmentation.Linking;

/// <summary>What is known of an object, or of the part of it that lies in one unit.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct ObjectFacts
{
    /// <summary>Place of its first voxel in the volume, counted in (z, y, x) order.</summary>
    public long First;

    /// <summary>Voxels.</summary>
    public long Voxels;

    /// <summary>First and last plane, row and column that it has a voxel in.</summary>
    public int FirstZ, FirstY, FirstX, LastZ, LastY, LastX;

    /// <summary>1 if it has what the round asks for: a voxel above the higher threshold, or one at the volume's border.</summary>
    public int IsMarked;

    /// <summary>Keeps the structure's size a multiple of 8 in files too; always 0.</summary>
    public int Unused;

    /// <summary>An object of one run of voxels.</summary>
    public static ObjectFacts Of(long first, int z, int y, int start, int end) => new()
    {
        First = first,
        Voxels = end - start,
        FirstZ = z,
        FirstY = y,
        FirstX = start,
        LastZ = z,
        LastY = y,
        LastX = end - 1,
    };

    /// <summary>Takes another part of the same object in.</summary>
    public void Add(in ObjectFacts other)
    {
        First = Math.Min(First, other.First);
        Voxels += other.Voxels;
        FirstZ = Math.Min(FirstZ, other.FirstZ);
        FirstY = Math.Min(FirstY, other.FirstY);
        FirstX = Math.Min(FirstX, other.FirstX);
        LastZ = Math.Max(LastZ, other.LastZ);
        LastY = Math.Max(LastY, other.LastY);
        LastX = Math.Max(LastX, other.LastX);
        IsMarked |= other.IsMarked;
    }
}
