namespace ScrollSeg.Volumes.Phantoms;

/// <summary>A voxel and where it lies in the scroll.</summary>
/// <param name="Z">Slice.</param>
/// <param name="Y">Row.</param>
/// <param name="X">Column.</param>
/// <param name="Radius">Distance from the centre with dents, in voxels of the mean semi-axis.</param>
/// <param name="Circle">The same without dents.</param>
/// <param name="Turn">Direction from the centre, as a part of a turn.</param>
/// <param name="Steepness">Change of the radius per voxel, where it changes fastest.</param>
internal readonly record struct VoxelPlace(int Z, int Y, int X, float Radius, float Circle, float Turn, float Steepness);
