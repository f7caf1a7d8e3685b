using System.Runtime.InteropServices;

namespace ScrollSeg.Segmentation.Linking;

/// <summary>A segment: the voxels of one number in one slice, or the part of them in one unit.</summary>
/// <param name="Z">The slice.</param>
/// <param name="Id">The number.</param>
/// <param name="First">Place of the first voxel in the volume, counted in (z, y, x) order.</param>
/// <param name="Voxels">Voxels.</param>
[StructLayout(LayoutKind.Sequential)]
internal readonly record struct SliceSegment(int Z, uint Id, long First, long Voxels);

/// <summary>Two segments that meet: of one slice where they touch, of two where they overlap.</summary>
/// <param name="Z">Slice of the first.</param>
/// <param name="Id">Number of the first.</param>
/// <param name="OtherZ">Slice of the other: the same, where the first has the smaller number, or a later one.</param>
/// <param name="OtherId">Number of the other.</param>
/// <param name="Voxels">Sides of voxels that touch, or voxels above one another.</param>
[StructLayout(LayoutKind.Sequential)]
internal readonly record struct SliceMeeting(int Z, uint Id, int OtherZ, uint OtherId, long Voxels);
