using System.Globalization;
using System.IO.Compression;
using System.Text;
using ICSharpCode.SharpZipLib;
using ICSharpCode.SharpZipLib.BZip2;
using ScrollSeg.Volumes.Codecs;
using ScrollSeg.Volumes.Images;

namespace ScrollSeg.Volumes.Raw;

/// <summary>Reads coded voxels once, from the first to the last.</summary>
internal sealed class CodedVoxels : IDisposable
{
    private const int BufferBytes = 1 << 16;
    private const int MostDigits = 64;

    private readonly FlatHeader _header;
    private readonly Stream _stream;
    private readonly StreamReader? _text;
    private uint _crc = Crc32.Start;

    /// <summary>Opens the file and passes over what comes before the voxels.</summary>
    public CodedVoxels(FlatHeader header)
    {
        _header = header;
        FileStream file = new(header.DataFile, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, BufferBytes);
        _stream = file;
        try
        {
            file.Position = header.CodedFrom;
            _stream = header.Coding switch
            {
                FlatCoding.Gzip => new GZipStream(new StreamWithEnd(file, Deflate.EndMember), CompressionMode.Decompress),
                FlatCoding.Deflate => new DeflateStream(file, CompressionMode.Decompress),
                FlatCoding.Bzip2 => new BZip2InputStream(file),
                _ => file,
            };
            _text = header.Coding == FlatCoding.Text ? new StreamReader(file, Encoding.ASCII) : null;
            Skip(header.PassOver);
        }
        catch (Exception e)
        {
            _stream.Dispose();
            file.Dispose();
            if (IsDamage(e))
            {
                throw Damaged(e);
            }

            throw;
        }
    }

    /// <summary>Reads the next voxels, in the machine's byte order.</summary>
    /// <param name="voxels">Receives them; whole voxels.</param>
    /// <exception cref="VolumeFormatException">They end, or are damaged.</exception>
    public void Read(Span<byte> voxels)
    {
        try
        {
            if (_text is null)
            {
                ReadBytes(voxels);
                FlatBlock.ToNative(voxels, _header.Layout);
            }
            else
            {
                ReadText(voxels);
            }
        }
        catch (Exception e) when (IsDamage(e))
        {
            throw Damaged(e);
        }
    }

    /// <summary>Checks what stands behind the voxels: that the data are whole, and their checksum.</summary>
    /// <exception cref="VolumeFormatException">They are not.</exception>
    public void Finish()
    {
        try
        {
            switch (_header.Coding)
            {
                case FlatCoding.Gzip:
                    FinishGzip();
                    break;
                case FlatCoding.Bzip2:
                    _stream.CopyTo(Stream.Null);
                    break;
                case FlatCoding.Deflate when _stream.ReadByte() >= 0 || Crc32.Finish(_crc) != _header.Crc32:
                    throw new InvalidDataException($"the CRC-32 is 0x{Crc32.Finish(_crc):x8}, expected 0x{_header.Crc32:x8}");
                default:
                    break;
            }
        }
        catch (Exception e) when (IsDamage(e))
        {
            throw Damaged(e);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _text?.Dispose();
        _stream.Dispose();
    }

    /// <summary>What the decoders throw on damaged input; SharpZipLib also what its arrays throw.</summary>
    private static bool IsDamage(Exception e) =>
        e is EndOfStreamException or InvalidDataException or SharpZipBaseException or IndexOutOfRangeException or ArgumentException or NullReferenceException;

    private void Skip(long count)
    {
        byte[] scratch = new byte[BufferBytes];
        while (count > 0)
        {
            int part = (int)Math.Min(count, scratch.Length);
            ReadBytes(scratch.AsSpan(0, part));
            count -= part;
        }
    }

    private void ReadBytes(Span<byte> bytes)
    {
        _stream.ReadExactly(bytes);
        _crc = _header.Crc32 is null ? _crc : Crc32.Add(_crc, bytes);
    }

    /// <summary>The member that was put behind the file comes out whole only if the file's own do.</summary>
    private void FinishGzip()
    {
        byte[] tail = new byte[BufferBytes];
        int kept = 0;
        for (int read = _stream.Read(tail); read > 0; read = _stream.Read(tail.AsSpan(kept)))
        {
            int length = kept + read;
            kept = Math.Min(length, Deflate.End.Length);
            tail.AsSpan(length - kept, kept).CopyTo(tail);
        }

        if (!tail.AsSpan(0, kept).SequenceEqual(Deflate.End))
        {
            throw new InvalidDataException("the last member is cut off");
        }
    }

    private void ReadText(Span<byte> voxels)
    {
        Span<char> word = stackalloc char[MostDigits];
        VoxelType type = _header.Layout.Type;
        for (int i = 0; i < voxels.Length; i += type.ByteSize())
        {
            ReadOnlySpan<char> digits = word[..NextWord(word)];
            if (!TryStore(digits, type, voxels[i..]))
            {
                throw new InvalidDataException($"'{digits}' is no {type.NumpyName()}");
            }
        }
    }

    private int NextWord(Span<char> word)
    {
        int length = 0;
        for (int next = _text!.Read(); ; next = _text.Read())
        {
            bool isSpace = next < 0 || char.IsWhiteSpace((char)next) || next == ',';
            if (isSpace && length > 0)
            {
                return length;
            }

            if (next < 0)
            {
                throw new EndOfStreamException("the numbers end");
            }

            if (!isSpace)
            {
                word[length++] = length < word.Length ? (char)next : throw new InvalidDataException($"a number of more than {word.Length} digits");
            }
        }
    }

    private static bool TryStore(ReadOnlySpan<char> digits, VoxelType type, Span<byte> voxel)
    {
        CultureInfo invariant = CultureInfo.InvariantCulture;
        NumberStyles whole = NumberStyles.AllowLeadingSign;
        return type switch
        {
            VoxelType.UInt8 => byte.TryParse(digits, whole, invariant, out byte v) && Store(v, voxel),
            VoxelType.Int8 => sbyte.TryParse(digits, whole, invariant, out sbyte v) && Store(v, voxel),
            VoxelType.UInt16 => ushort.TryParse(digits, whole, invariant, out ushort v) && Store(v, voxel),
            VoxelType.Int16 => short.TryParse(digits, whole, invariant, out short v) && Store(v, voxel),
            VoxelType.UInt32 => uint.TryParse(digits, whole, invariant, out uint v) && Store(v, voxel),
            VoxelType.Int32 => int.TryParse(digits, whole, invariant, out int v) && Store(v, voxel),
            VoxelType.UInt64 => ulong.TryParse(digits, whole, invariant, out ulong v) && Store(v, voxel),
            VoxelType.Int64 => long.TryParse(digits, whole, invariant, out long v) && Store(v, voxel),
            VoxelType.Float32 => float.TryParse(digits, NumberStyles.Float, invariant, out float v) && Store(v, voxel),
            VoxelType.Float64 => double.TryParse(digits, NumberStyles.Float, invariant, out double v) && Store(v, voxel),
            _ => false,
        };
    }

    private static bool Store<T>(T value, Span<byte> voxel)
        where T : unmanaged
    {
        System.Runtime.InteropServices.MemoryMarshal.Write(voxel, value);
        return true;
    }

    private VolumeFormatException Damaged(Exception e) => new(
        _header.DataFile,
        $"the {_header.Coding} data are damaged or end before {_header.Layout.Shape} voxels of {_header.Layout.Type.NumpyName()}: {e.Message.TrimEnd('.')}.",
        e);
}
