namespace ScrollSeg.Volumes.Images;

/// <summary>Slices as PNG files, decoded whole.</summary>
internal sealed class PngSliceFormat : SliceFormat
{
    /// <summary>Length 0, name and CRC of the last chunk: a file without them at its end is truncated.</summary>
    private static readonly byte[] End = [0, 0, 0, 0, (byte)'I', (byte)'E', (byte)'N', (byte)'D', 0xAE, 0x42, 0x60, 0x82];

    public override string Name => "PNG";

    public override IReadOnlyList<string> Extensions => [".png"];

    public override bool Recognises(ReadOnlySpan<byte> start) => start.StartsWith(PngChunks.Signature);

    public override SliceHeader ReadHeader(string path)
    {
        SliceHeader header = HeaderOf(PngFile.ReadHeader(path));
        using FileStream file = File.OpenRead(path);
        byte[] end = new byte[End.Length];
        file.Seek(-end.Length, SeekOrigin.End);
        file.ReadExactly(end);
        return end.AsSpan().SequenceEqual(End)
            ? header
            : throw new VolumeFormatException(path, $"the file of {file.Length} bytes does not end with chunk IEND; is it truncated?");
    }

    public override SliceRead ReadRows(
        string path, SliceHeader expected, Box3 rows, PixelRun sink, CancellationToken cancellationToken)
    {
        PixelImage image = PngFile.Read(path);
        expected.CheckUnchanged(path, new SliceHeader(image.Height, image.Width, image.Channels, image.Type, expected.Codec));
        Emit(image, rows, sink);
        return new SliceRead(new FileInfo(path).Length, image.Samples.Length, []);
    }

    private static SliceHeader HeaderOf(PngHeader header) =>
        new(header.Height, header.Width, header.Channels, header.Type, header.Interlaced ? "deflate (interlaced)" : "deflate")
        {
            Defect = header.BitDepth < 8 ? $"samples of {header.BitDepth} bits are scaled to 0..255." : null,
        };
}
