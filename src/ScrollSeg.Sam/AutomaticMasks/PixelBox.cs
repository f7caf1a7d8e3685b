namespace ScrollSeg.Sam.AutomaticMasks;

/// <summary>A box in pixels of the original image. Around a mask (X1, Y1) is the last pixel inside; of a crop it is the
/// first outside: so the original has it, and so its files say it.</summary>
/// <param name="X0">Leftmost column.</param>
/// <param name="Y0">Topmost row.</param>
/// <param name="X1">Last column of a mask, or the column after a crop.</param>
/// <param name="Y1">Last row of a mask, or the row after a crop.</param>
public readonly record struct PixelBox(int X0, int Y0, int X1, int Y1)
{
    /// <summary>X1 - X0: of a mask one less than its columns.</summary>
    public int Width => X1 - X0;

    /// <summary>Y1 - Y0: of a mask one less than its rows.</summary>
    public int Height => Y1 - Y0;

    /// <summary>Width times height.</summary>
    public long Area => (long)Width * Height;

    /// <inheritdoc/>
    public override string ToString() => $"x {X0}..{X1}, y {Y0}..{Y1}";
}
