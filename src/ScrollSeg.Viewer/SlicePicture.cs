namespace ScrollSeg.Viewer;

/// <summary>A slice as it is sent.</summary>
/// <param name="Png">The file's bytes.</param>
/// <param name="Level">The resolution it was read from; 0 is the opened one.</param>
/// <param name="Step">Voxels of that level from one pixel to the next, along rows and columns.</param>
internal sealed record SlicePicture(byte[] Png, int Level, (int Row, int Column) Step);
