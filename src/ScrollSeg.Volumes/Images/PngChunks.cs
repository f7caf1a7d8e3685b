using System.Buffers.Binary;
using System.Text;
using ScrollSeg.Volumes.Codecs;

namespace ScrollSeg.Volumes.Images;

/// <summary>Walks the chunks of a PNG stream, checking each one's CRC; the data of consecutive IDAT chunks read as one
/// stream (PNG specification, section 5.3).</summary>
internal sealed class PngChunks : ForwardStream
{
    /// <summary>The eight bytes that every PNG file begins with.</summary>
    public static readonly byte[] Signature = [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A];

    private const string PixelChunk = "IDAT";
    private readonly Stream _source;
    private readonly string _name;
    private long _offset;
    private long _chunkOffset;
    private uint _remaining;
    private uint _crc;
    private bool _open;

    /// <summary>Reads the signature.</summary>
    public PngChunks(Stream source, string name)
    {
        (_source, _name) = (source, name);
        Span<byte> signature = stackalloc byte[8];
        int read = source.ReadAtLeast(signature, signature.Length, throwOnEndOfStream: false);
        _offset = read;
        if (read < signature.Length || !signature.SequenceEqual(Signature))
        {
            throw new VolumeFormatException(name, read == 0
                ? "the file is empty; a PNG file was expected."
                : "the file does not begin as a PNG file does (89 50 4E 47 0D 0A 1A 0A).");
        }
    }

    /// <summary>Four letters; empty before the first chunk.</summary>
    public string Type { get; private set; } = "";

    /// <summary>Bytes of the current chunk's data.</summary>
    public uint ChunkLength { get; private set; }

    /// <summary>A failure in the current chunk.</summary>
    public VolumeFormatException Damaged(string problem, Exception? inner = null) =>
        new(_name, $"chunk {(Type.Length == 0 ? "IHDR" : Type)} at byte {_chunkOffset}: {problem}", inner);

    /// <summary>Skips what is left of the current chunk, checks its CRC, and goes to the next.</summary>
    public void Next()
    {
        FinishChunk(skip: true);
        Span<byte> head = stackalloc byte[8];
        _chunkOffset = _offset;
        int read = _source.ReadAtLeast(head, head.Length, throwOnEndOfStream: false);
        _offset += read;
        if (read < head.Length)
        {
            throw new VolumeFormatException(
                _name, $"the file ends at byte {_offset} after chunk {Type}; more chunks, up to IEND, were expected.");
        }

        ChunkLength = BinaryPrimitives.ReadUInt32BigEndian(head);
        Type = NameOf(head[4..]);
        if (ChunkLength > int.MaxValue)
        {
            throw Damaged($"a length of {ChunkLength} bytes; at most 2147483647 are possible.");
        }

        _remaining = ChunkLength;
        _crc = Crc32.Add(Crc32.Start, head[4..]);
        _open = true;
    }

    /// <summary>Reads the whole current chunk, which must not be longer than expected.</summary>
    public byte[] ReadAll(int maxLength)
    {
        if (ChunkLength > maxLength)
        {
            throw Damaged($"{ChunkLength} bytes; at most {maxLength} were expected.");
        }

        byte[] content = new byte[ChunkLength];
        ReadExactlyHere(content);
        FinishChunk(skip: false);
        return content;
    }

    /// <summary>Reads from this and the following IDAT chunks; 0 at the end of the last.</summary>
    public override int Read(Span<byte> buffer)
    {
        while (_remaining == 0 && Type == PixelChunk)
        {
            Next();
        }

        if (Type != PixelChunk || buffer.IsEmpty)
        {
            return 0;
        }

        Span<byte> part = buffer[..(int)Math.Min((uint)buffer.Length, _remaining)];
        ReadExactlyHere(part);
        return part.Length;
    }

    private void FinishChunk(bool skip)
    {
        if (!_open)
        {
            return;
        }

        Span<byte> scratch = stackalloc byte[512];
        while (skip && _remaining > 0)
        {
            ReadExactlyHere(scratch[..(int)Math.Min((uint)scratch.Length, _remaining)]);
        }

        Span<byte> stored = scratch[..4];
        Fill(stored);
        uint expected = BinaryPrimitives.ReadUInt32BigEndian(stored);
        uint actual = Crc32.Finish(_crc);
        if (expected != actual)
        {
            throw Damaged($"the CRC is {actual:x8}, the file says {expected:x8}.");
        }

        _open = false;
    }

    private void ReadExactlyHere(Span<byte> destination)
    {
        Fill(destination);
        _remaining -= (uint)destination.Length;
        _crc = Crc32.Add(_crc, destination);
    }

    private void Fill(Span<byte> destination)
    {
        int read = _source.ReadAtLeast(destination, destination.Length, throwOnEndOfStream: false);
        _offset += read;
        if (read < destination.Length)
        {
            throw Damaged($"the file ends at byte {_offset}, within the chunk's {ChunkLength} bytes of data or its CRC.");
        }
    }

    private static string NameOf(ReadOnlySpan<byte> type)
    {
        foreach (byte letter in type)
        {
            if (!char.IsAsciiLetter((char)letter))
            {
                return Convert.ToHexString(type);
            }
        }

        return Encoding.ASCII.GetString(type);
    }
}
