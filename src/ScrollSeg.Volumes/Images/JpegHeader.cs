namespace ScrollSeg.Volumes.Images;

/// <summary>What a JPEG file says of its frame (ITU-T T.81, section B.2.2).</summary>
/// <param name="Height">Rows.</param>
/// <param name="Width">Columns.</param>
/// <param name="Channels">1 grey, 3 colour.</param>
internal sealed record JpegHeader(int Height, int Width, int Channels)
{
    private const byte Marker = 0xFF;
    private const byte StartOfImage = 0xD8;
    private const byte EndOfImage = 0xD9;
    private const byte StartOfScan = 0xDA;

    /// <summary>Whether the bytes begin as a JPEG file does.</summary>
    public static bool IsSignature(ReadOnlySpan<byte> start) =>
        start.Length >= 3 && start[0] == Marker && start[1] == StartOfImage && start[2] == Marker;

    /// <summary>Finds the frame among the segments before the first scan.</summary>
    public static JpegHeader Read(Stream file, string name)
    {
        Span<byte> word = stackalloc byte[4];
        if (file.ReadAtLeast(word[..3], 3, throwOnEndOfStream: false) < 3 || !IsSignature(word))
        {
            throw new VolumeFormatException(name, file.Length == 0
                ? "the file is empty; a JPEG file was expected."
                : "the file does not begin as a JPEG file does (FF D8 FF).");
        }

        while (true)
        {
            int marker = file.ReadByte();
            if (marker == Marker)
            {
                continue; // fill bytes
            }

            if (marker < 0 || file.ReadAtLeast(word[..2], 2, throwOnEndOfStream: false) < 2 || marker is EndOfImage or StartOfScan)
            {
                throw new VolumeFormatException(name, $"no frame header before byte {file.Position} of {file.Length}.");
            }

            int length = (word[0] << 8) | word[1];
            if (IsFrame(marker))
            {
                return ReadFrame(file, name, marker);
            }

            file.Seek(Math.Max(0, length - 2), SeekOrigin.Current);
            if (file.ReadByte() != Marker)
            {
                throw new VolumeFormatException(name, $"no marker at byte {file.Position - 1}, behind segment {marker:X2}.");
            }
        }
    }

    private static bool IsFrame(int marker) => marker is >= 0xC0 and <= 0xCF and not (0xC4 or 0xC8 or 0xCC);

    private static JpegHeader ReadFrame(Stream file, string name, int marker)
    {
        Span<byte> frame = stackalloc byte[6];
        if (file.ReadAtLeast(frame, frame.Length, throwOnEndOfStream: false) < frame.Length)
        {
            throw new VolumeFormatException(name, $"the file ends at byte {file.Position}, within its frame header.");
        }

        (int height, int width) = ((frame[1] << 8) | frame[2], (frame[3] << 8) | frame[4]);
        if (frame[0] != 8 || marker is not (0xC0 or 0xC1 or 0xC2) || frame[5] is not (1 or 3))
        {
            throw new VolumeFormatException(
                name, $"JPEG frame {marker:X2} of {frame[5]} components of {frame[0]} bits: not supported; 1 or 3 of 8 bits are read.");
        }

        return height > 0 && width > 0
            ? new JpegHeader(height, width, frame[5])
            : throw new VolumeFormatException(name, $"an extent of {height} x {width} pixels.");
    }
}
