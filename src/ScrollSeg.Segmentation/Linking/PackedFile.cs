using System.Buffers;
using System.Buffers.Binary;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;
using ScrollSeg.Volumes;
using ScrollSeg.Volumes.Codecs;

namespace ScrollSeg.Segmentation.Linking;

/// <summary>
/// A few arrays of numbers in one file of a run's state: <c>SSEGLNK1</c>, how many they are (4 bytes), decoded and encoded length of each
/// (4 bytes each), then each as a Blosc frame. Little-endian, as all machines that this program runs on.
/// </summary>
internal sealed class PackedFile : IDisposable
{
    private const int LengthBytes = 4;

    private static readonly ChunkCodec Codec = ZarrV2Codecs.FromName("blosc-lz4", elementSize: 4)!;

    private readonly string _path;
    private readonly SafeFileHandle _file;
    private readonly (int Decoded, int Encoded, long Offset)[] _arrays;

    private PackedFile(string path, SafeFileHandle file, (int, int, long)[] arrays) =>
        (_path, _file, _arrays) = (path, file, arrays);

    private static ReadOnlySpan<byte> Magic => "SSEGLNK1"u8;

    /// <summary>Puts arrays into the form of a file.</summary>
    public static byte[] Pack(int count, Func<int, ReadOnlySpan<byte>> arrayAt)
    {
        using MemoryStream body = new();
        byte[] head = new byte[Magic.Length + LengthBytes + (2 * LengthBytes * count)];
        Magic.CopyTo(head);
        BinaryPrimitives.WriteInt32LittleEndian(head.AsSpan(Magic.Length), count);
        for (int i = 0; i < count; i++)
        {
            ReadOnlySpan<byte> array = arrayAt(i);
            Span<byte> lengths = head.AsSpan(Magic.Length + LengthBytes + (2 * LengthBytes * i));
            BinaryPrimitives.WriteInt32LittleEndian(lengths, array.Length);
            BinaryPrimitives.WriteInt32LittleEndian(lengths[LengthBytes..], Append(array, body));
        }

        return [.. head, .. body.ToArray()];
    }

    /// <summary>Opens a file and reads where its arrays lie.</summary>
    /// <param name="path">The file.</param>
    /// <param name="count">Arrays that it has to have.</param>
    /// <exception cref="VolumeFormatException">It is none, or is cut off.</exception>
    public static PackedFile Open(string path, int count)
    {
        SafeFileHandle file = File.OpenHandle(path);
        try
        {
            byte[] head = new byte[Magic.Length + LengthBytes + (2 * LengthBytes * count)];
            long length = RandomAccess.GetLength(file);
            if (RandomAccess.Read(file, head, 0) < head.Length || !head.AsSpan().StartsWith(Magic) ||
                BinaryPrimitives.ReadInt32LittleEndian(head.AsSpan(Magic.Length)) != count)
            {
                throw new VolumeFormatException(path, $"is no file of a link stage with {count} arrays.");
            }

            (int, int, long)[] arrays = new (int, int, long)[count];
            long offset = head.Length;
            for (int i = 0; i < count; i++)
            {
                ReadOnlySpan<byte> lengths = head.AsSpan(Magic.Length + LengthBytes + (2 * LengthBytes * i));
                (int decoded, int encoded) =
                    (BinaryPrimitives.ReadInt32LittleEndian(lengths), BinaryPrimitives.ReadInt32LittleEndian(lengths[LengthBytes..]));
                if (decoded < 0 || encoded < 0 || encoded > length - offset)
                {
                    throw new VolumeFormatException(
                        path, $"array {i} of {encoded} bytes at {offset} ends behind the file, which has {length} bytes.");
                }

                arrays[i] = (decoded, encoded, offset);
                offset += encoded;
            }

            return new PackedFile(path, file, arrays);
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <summary>Bytes of an array; what a file says, and not to be allocated unchecked.</summary>
    public int LengthOf(int array) => _arrays[array].Decoded;

    /// <summary>Reads an array.</summary>
    /// <param name="array">Which one.</param>
    /// <param name="values">Receives it; has to be as long.</param>
    /// <exception cref="VolumeFormatException">It has another length, or is damaged.</exception>
    public void Read<T>(int array, Span<T> values)
        where T : unmanaged
    {
        Span<byte> bytes = MemoryMarshal.AsBytes(values);
        (int decoded, int length, long offset) = _arrays[array];
        if (decoded != bytes.Length)
        {
            throw new VolumeFormatException(_path, $"array {array} has {decoded} bytes, expected are {bytes.Length}.");
        }

        if (decoded == 0)
        {
            return;
        }

        byte[] encoded = ArrayPool<byte>.Shared.Rent(length);
        try
        {
            if (RandomAccess.Read(_file, encoded.AsSpan(0, length), offset) < length)
            {
                throw new VolumeFormatException(_path, $"array {array} ends behind the file.");
            }

            Codec.Decode(encoded.AsSpan(0, length), bytes);
        }
        catch (InvalidDataException e)
        {
            throw new VolumeFormatException(_path, $"array {array}: {e.Message}", e);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(encoded);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _file.Dispose();

    private static int Append(ReadOnlySpan<byte> array, MemoryStream body)
    {
        if (array.IsEmpty)
        {
            return 0;
        }

        byte[] encoded = ArrayPool<byte>.Shared.Rent(Codec.MaxEncodedLength(array.Length));
        try
        {
            int length = Codec.Encode(array, encoded);
            body.Write(encoded, 0, length);
            return length;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(encoded);
        }
    }
}
