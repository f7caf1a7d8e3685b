namespace ScrollSeg.Volumes.Zarr;

/// <summary>One resolution of an image, as it is to be declared.</summary>
/// <param name="Path">Name of the array within the group, for example <c>0</c>.</param>
/// <param name="Scale">Edges of a voxel: micrometres, or without unit, as the image says.</param>
/// <param name="Translation">Centre of the first voxel, in the same unit. A level made by averaging pairs lies half a
/// finer voxel off.</param>
public sealed record NgffLevel(string Path, (double Z, double Y, double X) Scale, (double Z, double Y, double X) Translation);
