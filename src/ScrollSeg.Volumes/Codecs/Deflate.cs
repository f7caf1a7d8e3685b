using System.IO.Compression;

namespace ScrollSeg.Volumes.Codecs;

/// <summary>Deflated data in memory, through the framework's zlib.</summary>
internal static unsafe class Deflate
{
    /// <summary>What nothing becomes, for which the framework's streams write no bytes at all.</summary>
    private static ReadOnlySpan<byte> EmptyZlib => [0x78, 0x9c, 0x03, 0x00, 0x00, 0x00, 0x00, 0x01];

    private static ReadOnlySpan<byte> EmptyGzip =>
        [0x1f, 0x8b, 0x08, 0, 0, 0, 0, 0, 0, 0xff, 0x03, 0x00, 0, 0, 0, 0, 0, 0, 0, 0];

    /// <summary>Decodes exactly <paramref name="target"/> from exactly <paramref name="source"/>.</summary>
    /// <exception cref="InvalidDataException">The data are damaged, end early, decode to another length, or other bytes
    /// follow them.</exception>
    public static void Decode(DeflateWrapping wrapping, ReadOnlySpan<byte> source, Span<byte> target)
    {
        if (source.IsEmpty)
        {
            throw new InvalidDataException($"{wrapping} data are missing: there are no bytes.");
        }

        fixed (byte* first = source)
        {
            using UnmanagedMemoryStream input = new(first, source.Length);
            using Stream inflate = wrapping == DeflateWrapping.Gzip
                ? new GZipStream(input, CompressionMode.Decompress)
                : new ZLibStream(input, CompressionMode.Decompress);
            int length;
            bool isLonger;
            try
            {
                length = inflate.ReadAtLeast(target, target.Length, throwOnEndOfStream: false);
                isLonger = inflate.ReadByte() >= 0;
            }
            catch (IOException damage)
            {
                throw new InvalidDataException($"{wrapping} data of {source.Length} bytes are damaged: {damage.Message}", damage);
            }

            if (length != target.Length || isLonger)
            {
                string found = isLonger ? "more" : $"{length} bytes";
                throw new InvalidDataException($"{wrapping} data decode to {found}, expected {target.Length} bytes.");
            }

            // At the end of the data the framework sets a seekable stream back to the first byte that it did not use.
            if (input.Position != source.Length)
            {
                throw new InvalidDataException(
                    $"{wrapping} data end at byte {input.Position}, but {source.Length - input.Position} bytes follow.");
            }
        }
    }

    /// <summary>Encodes <paramref name="source"/>.</summary>
    /// <param name="wrapping">What to put around.</param>
    /// <param name="source">The data.</param>
    /// <param name="target">Receives the result.</param>
    /// <param name="level">0 (stored) to 9, or -1 for zlib's default, 6.</param>
    /// <returns>Bytes written; 0 if they do not fit.</returns>
    public static int Encode(DeflateWrapping wrapping, ReadOnlySpan<byte> source, Span<byte> target, int level)
    {
        if (source.IsEmpty)
        {
            ReadOnlySpan<byte> nothing = wrapping == DeflateWrapping.Gzip ? EmptyGzip : EmptyZlib;
            return nothing.TryCopyTo(target) ? nothing.Length : 0;
        }

        ZLibCompressionOptions options = new() { CompressionLevel = level };
        fixed (byte* first = target)
        {
            using UnmanagedMemoryStream output = new(first, 0, target.Length, FileAccess.Write);
            Stream deflate = wrapping == DeflateWrapping.Gzip
                ? new GZipStream(output, options, leaveOpen: true)
                : new ZLibStream(output, options, leaveOpen: true);
            try
            {
                using (deflate)
                {
                    deflate.Write(source);
                }

                return (int)output.Position;
            }
            catch (NotSupportedException)
            {
                // What UnmanagedMemoryStream throws when it is full.
                return 0;
            }
        }
    }

    /// <summary>Bytes that <paramref name="length"/> bytes can grow to: zlib-ng's bound (a byte per eight at its fastest
    /// level) with room for either wrapping.</summary>
    public static int MaxEncodedLength(int length) => checked(length + length / 8 + 64);
}
