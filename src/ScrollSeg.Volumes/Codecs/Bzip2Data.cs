using ICSharpCode.SharpZipLib;
using ICSharpCode.SharpZipLib.BZip2;

namespace ScrollSeg.Volumes.Codecs;

/// <summary>Data that bzip2 compressed, through SharpZipLib.</summary>
internal static class Bzip2Data
{
    /// <summary>Decodes all of it.</summary>
    /// <returns>Bytes written.</returns>
    /// <exception cref="InvalidDataException">The data are damaged, or decode to more than there is room for.</exception>
    public static unsafe int Decode(ReadOnlySpan<byte> source, Span<byte> target)
    {
        if (source.IsEmpty)
        {
            throw new InvalidDataException("bzip2 data are missing: there are no bytes.");
        }

        fixed (byte* first = source)
        {
            using UnmanagedMemoryStream input = new(first, source.Length);
            try
            {
                using BZip2InputStream bzip2 = new(input);
                int length = bzip2.ReadAtLeast(target, target.Length, throwOnEndOfStream: false);
                return bzip2.ReadByte() < 0 ? length : throw new InvalidDataException($"bzip2 data decode to more than {target.Length} bytes.");
            }
            catch (Exception damage) when (damage is SharpZipBaseException or IOException or IndexOutOfRangeException or NullReferenceException or ArgumentException)
            {
                // on damaged input SharpZipLib throws what its arrays throw
                throw new InvalidDataException($"bzip2 data of {source.Length} bytes are damaged: {damage.Message}", damage);
            }
        }
    }
}
