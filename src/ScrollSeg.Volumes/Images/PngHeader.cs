namespace ScrollSeg.Volumes.Images;

/// <summary>What a PNG file says of itself before its pixels.</summary>
/// <param name="Height">Rows.</param>
/// <param name="Width">Columns.</param>
/// <param name="Channels">Channels after decoding: a palette counts as RGB, a transparent colour adds alpha.</param>
/// <param name="Type">How samples are stored after decoding: <see cref="VoxelType.UInt8"/> for 1 to 8 bits,
/// <see cref="VoxelType.UInt16"/> for 16.</param>
/// <param name="BitDepth">Bits per sample in the file: 1, 2, 4, 8 or 16.</param>
/// <param name="Interlaced">Whether the rows are stored in the seven passes of Adam7.</param>
public sealed record PngHeader(int Height, int Width, int Channels, VoxelType Type, int BitDepth, bool Interlaced);
