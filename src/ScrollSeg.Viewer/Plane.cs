namespace ScrollSeg.Viewer;

/// <summary>One slice as numbers, perhaps thinned out.</summary>
/// <param name="Height">Rows.</param>
/// <param name="Width">Columns.</param>
/// <param name="Values">Grey values, row-major <c>[Height, Width]</c>.</param>
/// <param name="Step">Voxels from one pixel to the next, along rows and columns.</param>
internal sealed record Plane(int Height, int Width, float[] Values, (int Row, int Column) Step);
