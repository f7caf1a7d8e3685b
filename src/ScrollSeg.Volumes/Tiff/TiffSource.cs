using System.Buffers.Binary;
using Microsoft.Win32.SafeHandles;
using ScrollSeg.Volumes.Raw;

namespace ScrollSeg.Volumes.Tiff;

/// <summary>An opened TIFF file, classic or BigTIFF, of either byte order: the header and bytes at offsets. Thread-safe.</summary>
internal sealed class TiffSource : IDisposable
{
    private const int ClassicVersion = 42;
    private const int BigVersion = 43;

    private readonly FlatFile _file;

    /// <summary>Opens the file and reads its header (TIFF 6.0, section 2; BigTIFF design, AWare Systems).</summary>
    /// <exception cref="VolumeFormatException">It is not a TIFF file.</exception>
    public TiffSource(string path)
    {
        _file = new FlatFile(path);
        try
        {
            ReadHeader();
        }
        catch
        {
            _file.Dispose();
            throw;
        }
    }

    public string Path => _file.Path;

    public SafeFileHandle Handle => _file.Handle;

    /// <summary>Bytes of the file.</summary>
    public long Length => _file.Length;

    /// <summary>Whether numbers are stored with the high-order byte first (<c>MM</c>).</summary>
    public bool IsBigEndian { get; private set; }

    /// <summary>Whether offsets have 64 bits.</summary>
    public bool IsBigTiff { get; private set; }

    /// <summary>Where the first page's directory lies.</summary>
    public long FirstDirectory { get; private set; }

    /// <summary>Whether the bytes begin as a TIFF file does.</summary>
    public static bool IsSignature(ReadOnlySpan<byte> start) =>
        start.Length >= 4 &&
        ((start[0] == 'I' && start[1] == 'I' && start[2] is ClassicVersion or BigVersion && start[3] == 0) ||
         (start[0] == 'M' && start[1] == 'M' && start[2] == 0 && start[3] is ClassicVersion or BigVersion));

    /// <summary>A failure in this file.</summary>
    public VolumeFormatException Damaged(string problem, Exception? inner = null) => _file.Damaged(problem, inner);

    /// <inheritdoc cref="FlatFile.Read"/>
    public void Read(Span<byte> destination, long offset, string what) => _file.Read(destination, offset, what);

    public ushort UInt16(ReadOnlySpan<byte> bytes) =>
        IsBigEndian ? BinaryPrimitives.ReadUInt16BigEndian(bytes) : BinaryPrimitives.ReadUInt16LittleEndian(bytes);

    public uint UInt32(ReadOnlySpan<byte> bytes) =>
        IsBigEndian ? BinaryPrimitives.ReadUInt32BigEndian(bytes) : BinaryPrimitives.ReadUInt32LittleEndian(bytes);

    /// <summary>A 64-bit offset or count; those beyond 2^63 lie outside any file and become <see cref="long.MaxValue"/>.</summary>
    public long Int64(ReadOnlySpan<byte> bytes)
    {
        ulong value = IsBigEndian ? BinaryPrimitives.ReadUInt64BigEndian(bytes) : BinaryPrimitives.ReadUInt64LittleEndian(bytes);
        return (long)Math.Min(value, long.MaxValue);
    }

    public void Dispose() => _file.Dispose();

    private void ReadHeader()
    {
        if (Length == 0)
        {
            throw Damaged("the file is empty; a TIFF file was expected.");
        }

        if (Length < 8)
        {
            throw Damaged($"the file has {Length} bytes; a TIFF file has at least 8.");
        }

        Span<byte> header = stackalloc byte[8];
        Read(header, 0, "the header");
        if (!IsSignature(header))
        {
            throw Damaged($"the file does not begin as a TIFF file does (II*, MM* or BigTIFF's +), but with {Convert.ToHexString(header[..4])}.");
        }

        IsBigEndian = header[0] == 'M';
        IsBigTiff = UInt16(header[2..]) == BigVersion;
        if (!IsBigTiff)
        {
            FirstDirectory = UInt32(header[4..]);
            return;
        }

        int offsetBytes = UInt16(header[4..]);
        if (offsetBytes != 8)
        {
            throw Damaged($"BigTIFF with offsets of {offsetBytes} bytes; 8 are known.");
        }

        Read(header, 8, "the offset of the first directory");
        FirstDirectory = Int64(header);
    }
}
