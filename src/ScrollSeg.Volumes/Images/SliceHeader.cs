namespace ScrollSeg.Volumes.Images;

/// <summary>What a slice's file says of itself.</summary>
/// <param name="Height">Rows.</param>
/// <param name="Width">Columns.</param>
/// <param name="Channels">1 grey, 2 grey and alpha, 3 RGB, 4 RGB and alpha.</param>
/// <param name="Type">How each sample is stored.</param>
/// <param name="Codec">The compression in words.</param>
internal sealed record SliceHeader(int Height, int Width, int Channels, VoxelType Type, string Codec)
{
    /// <summary>What contradicts its use as a grey slice; <see langword="null"/> if nothing does.</summary>
    public string? Defect { get; init; }

    /// <summary>Whether both fit into one volume; compression may differ.</summary>
    public bool IsSameAs(SliceHeader other) =>
        (Height, Width, Channels, Type) == (other.Height, other.Width, other.Channels, other.Type);

    /// <summary>The file must still be what it was when the volume was opened.</summary>
    public void CheckUnchanged(string path, SliceHeader now)
    {
        if (!IsSameAs(now))
        {
            throw new VolumeFormatException(path, $"the file changed while the volume was open: it was {this}, and is {now}.");
        }
    }

    /// <inheritdoc/>
    public override string ToString() => $"{Height} x {Width} {Type.NumpyName()}" + Channels switch
    {
        1 => "",
        2 => " grey with alpha",
        3 => " RGB",
        _ => " RGB with alpha",
    };
}
