namespace ScrollSeg.Volumes.Images;

/// <summary>Slices as JPEG files, decoded whole.</summary>
internal sealed class JpegSliceFormat : SliceFormat
{
    public override string Name => "JPEG";

    public override IReadOnlyList<string> Extensions => [".jpg", ".jpeg"];

    public override bool Recognises(ReadOnlySpan<byte> start) => JpegHeader.IsSignature(start);

    public override SliceHeader ReadHeader(string path)
    {
        JpegHeader header = JpegFile.ReadHeader(path);
        return new SliceHeader(header.Height, header.Width, header.Channels, VoxelType.UInt8, "jpeg");
    }

    public override SliceRead ReadRows(
        string path, SliceHeader expected, Box3 rows, PixelRun sink, CancellationToken cancellationToken)
    {
        PixelImage image = JpegFile.Read(path);
        expected.CheckUnchanged(path, new SliceHeader(image.Height, image.Width, image.Channels, image.Type, expected.Codec));
        Emit(image, rows, sink);
        return new SliceRead(new FileInfo(path).Length, image.Samples.Length, []);
    }
}
