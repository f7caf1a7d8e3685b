namespace ScrollSeg.Volumes.Images;

/// <summary>Colour types of PNG (specification, section 11.2.2); the numbers are those of the file.</summary>
internal enum PngColour : byte
{
    Grey = 0,
    Rgb = 2,
    Palette = 3,
    GreyAlpha = 4,
    RgbAlpha = 6,
}
