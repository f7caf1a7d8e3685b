using System.IO.Compression;

namespace ScrollSeg.Volumes.Codecs;

/// <summary>Deflated data in memory, through the framework's zlib.</summary>
internal static unsafe class Deflate
{
    /// <summary>What nothing becomes, for which the framework's streams write no bytes at all.</summary>
    private static ReadOnlySpan<byte> EmptyZlib => [0x78, 0x9c, 0x03, 0x00, 0x00, 0x00, 0x00, 0x01];

    private static ReadOnlySpan<byte> EmptyGzip =>
        [0x1f, 0x8b, 0x08, 0, 0, 0, 0, 0, 0, 0xff, 0x03, 0x00, 0, 0, 0, 0, 0, 0, 0, 0];

    /// <summary>What <see cref="EndMember"/> decodes to.</summary>
    public static ReadOnlySpan<byte> End => "end of the chunk"u8;

    /// <summary>A gzip member that is put behind a chunk's own. It decodes only if those are whole and nothing follows
    /// them, whatever their number.</summary>
    public static readonly byte[] EndMember =
    [
        0x1f, 0x8b, 0x08, 0x00, 0x00, 0x00, 0x00, 0x00, 0x02, 0x03, 0x4b, 0xcd, 0x4b, 0x51, 0xc8, 0x4f,
        0x53, 0x28, 0xc9, 0x48, 0x55, 0x48, 0xce, 0x28, 0xcd, 0xcb, 0x06, 0x00, 0xd7, 0x68, 0x5c, 0xa8,
        0x10, 0x00, 0x00, 0x00,
    ];

    /// <summary>Decodes exactly <paramref name="target"/> from exactly <paramref name="source"/>.</summary>
    /// <exception cref="InvalidDataException">The data are damaged, end early, decode to another length, or other bytes
    /// follow them.</exception>
    public static void Decode(DeflateWrapping wrapping, ReadOnlySpan<byte> source, Span<byte> target)
    {
        bool isWhole = TryDecode(wrapping, source, target, out int length);
        if (!isWhole || length != target.Length)
        {
            throw new InvalidDataException(
                $"{wrapping} data of {source.Length} bytes end early, do not decode to {target.Length} bytes, "
                + "or other bytes follow them.");
        }
    }

    /// <summary>Decodes data without a wrapping or in zlib's, whose decoded length nothing tells.</summary>
    /// <returns>Bytes written.</returns>
    /// <exception cref="InvalidDataException">The data are damaged, end early, decode to more than there is room for, or
    /// other bytes follow them.</exception>
    public static int DecodeAtMost(DeflateWrapping wrapping, ReadOnlySpan<byte> source, Span<byte> target) =>
        TryDecode(wrapping, source, target, out int length)
            ? length
            : throw new InvalidDataException(
                $"{wrapping} data of {source.Length} bytes end early, decode to more than {target.Length} bytes, "
                + "or other bytes follow them.");

    private static bool TryDecode(DeflateWrapping wrapping, ReadOnlySpan<byte> source, Span<byte> target, out int length)
    {
        if (source.IsEmpty)
        {
            throw new InvalidDataException($"{wrapping} data are missing: there are no bytes.");
        }

        fixed (byte* first = source)
        {
            bool isGzip = wrapping == DeflateWrapping.Gzip;
            using DeflateInput input = new(first, source.Length, isGzip ? EndMember : []);
            using Stream inflate = wrapping switch
            {
                DeflateWrapping.Gzip => new GZipStream(input, CompressionMode.Decompress),
                DeflateWrapping.Zlib => new ZLibStream(input, CompressionMode.Decompress),
                _ => new DeflateStream(input, CompressionMode.Decompress),
            };
            try
            {
                length = inflate.ReadAtLeast(target, target.Length, throwOnEndOfStream: false);
                bool isWhole = isGzip
                    ? length == target.Length && EndsInEndMember(inflate)
                    : inflate.ReadByte() < 0 && !input.IsExceeded;
                return isWhole && input.IsUsed;
            }
            catch (Exception damage) when (damage is IOException or InvalidDataException)
            {
                throw new InvalidDataException(
                    $"{wrapping} data of {source.Length} bytes are damaged: {damage.Message}", damage);
            }
        }
    }

    private static bool EndsInEndMember(Stream inflate)
    {
        Span<byte> end = stackalloc byte[End.Length + 1];
        int length = inflate.ReadAtLeast(end, end.Length, throwOnEndOfStream: false);
        return end[..length].SequenceEqual(End);
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

        if (target.IsEmpty)
        {
            return 0;
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
