using System.Buffers;
using ZstdSharp;
using ZstdSharp.Unsafe;

namespace ScrollSeg.Volumes.Codecs;

/// <summary>Zstandard frames, through one context per thread: contexts are large, and not thread-safe.</summary>
internal static class ZstdFrame
{
    [ThreadStatic]
    private static Decompressor? _decompressor;

    [ThreadStatic]
    private static Compressor? _compressor;

    /// <summary>Decodes exactly <paramref name="target"/> from one or several frames.</summary>
    /// <exception cref="InvalidDataException">A frame is damaged or decodes to another length.</exception>
    public static void Decode(ReadOnlySpan<byte> source, Span<byte> target)
    {
        int length = DecodeAtMost(source, target);
        if (length != target.Length)
        {
            throw new InvalidDataException($"zstd frame decodes to {length} bytes, expected {target.Length}.");
        }
    }

    /// <summary>Decodes one or several frames.</summary>
    /// <returns>Bytes written.</returns>
    /// <exception cref="InvalidDataException">A frame is damaged, or decodes to more than there is room for.</exception>
    public static int DecodeAtMost(ReadOnlySpan<byte> source, Span<byte> target)
    {
        if (source.IsEmpty)
        {
            throw new InvalidDataException("zstd frame is missing: there are no bytes.");
        }

        try
        {
            return (_decompressor ??= new Decompressor()).Unwrap(source, target);
        }
        catch (ZstdException damage)
        {
            throw new InvalidDataException(
                $"zstd frame of {source.Length} bytes does not decode to {target.Length} bytes: {damage.Message}.", damage);
        }
    }

    /// <summary>Encodes one frame.</summary>
    /// <returns>Bytes written; 0 if they do not fit.</returns>
    public static int Encode(ReadOnlySpan<byte> source, Span<byte> target, int level, bool checksum)
    {
        // A context whose output did not fit is left in the middle of a frame, so there is always room for all of it.
        int room = MaxEncodedLength(source.Length);
        if (target.Length >= room)
        {
            return Compress(source, target, level, checksum);
        }

        byte[] rented = ArrayPool<byte>.Shared.Rent(room);
        try
        {
            int length = Compress(source, rented, level, checksum);
            return rented.AsSpan(0, length).TryCopyTo(target) ? length : 0;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(rented);
        }
    }

    /// <summary>Bytes that <paramref name="length"/> bytes can grow to.</summary>
    public static int MaxEncodedLength(int length) => Compressor.GetCompressBound(length);

    private static int Compress(ReadOnlySpan<byte> source, Span<byte> target, int level, bool checksum)
    {
        Compressor compressor = _compressor ??= new Compressor();
        compressor.Level = level;
        compressor.SetParameter(ZSTD_cParameter.ZSTD_c_checksumFlag, checksum ? 1 : 0);
        return compressor.Wrap(source, target);
    }
}
