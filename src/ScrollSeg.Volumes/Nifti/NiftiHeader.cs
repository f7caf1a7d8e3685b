using System.Buffers.Binary;
using System.Globalization;
using System.IO.Compression;
using ScrollSeg.Volumes.Raw;

namespace ScrollSeg.Volumes.Nifti;

/// <summary>NIfTI-1 and NIfTI-2, in one file (<c>.nii</c>, also gzipped) or a pair (<c>.hdr</c> and <c>.img</c>); the
/// structures in nifti1.h and nifti2.h of nifti.nimh.nih.gov.</summary>
internal static class NiftiHeader
{
    private const int Length1 = 348;
    private const int Length2 = 540;
    private const int MicrometresPerMillimetre = 1000;

    /// <summary>Bytes that tell the format.</summary>
    public const int SignatureBytes = Length1;

    /// <summary>Whether bytes begin as a NIfTI file does: the header's length, and the magic where that version has it.</summary>
    public static bool IsSignature(ReadOnlySpan<byte> start) => VersionOf(start) != 0;

    /// <summary>Reads the header.</summary>
    /// <exception cref="VolumeFormatException">It is damaged, or asks for what is not supported.</exception>
    public static FlatHeader Read(string path)
    {
        using FlatFile file = new(path);
        bool isGzip = file.Start(2) is [0x1f, 0x8b];
        byte[] header = isGzip ? Inflate(file) : file.Start(Length2);
        int version = VersionOf(header);
        if (version == 0 || header.Length < (version == 2 ? Length2 : Length1))
        {
            throw file.Damaged("the file does not begin as a NIfTI file does (348 or 540, and n+1, ni1, n+2 or ni2), or ends within the header.");
        }

        Fields fields = new(header, version, IsBigEndian(header));
        VoxelType type = TypeOf(file, fields);
        Shape3 shape = FlatLayout.ShapeOf(path, Extents(file, fields));
        bool isPair = header[fields.Magic + 1] == 'i';
        if (isPair && isGzip)
        {
            throw file.Damaged("a gzipped pair of .hdr and .img is not supported.");
        }

        long offset = OffsetOf(file, fields, isPair, version);
        string data = isPair ? ImageOf(file) : path;
        return new FlatHeader(path, $"NIfTI-{version}{(isGzip ? " (gzip)" : "")}", data, new FlatLayout(shape, type, fields.IsBig, offset))
        {
            Coding = isGzip ? FlatCoding.Gzip : null,
            PassOver = offset,
            VoxelSize = SizeOf(fields),
            Notes = [.. FlatHeader.ScalingNotes(fields.Slope, fields.Intercept), .. UnitNotes(fields)],
        };
    }

    private static int VersionOf(ReadOnlySpan<byte> start)
    {
        if (start.Length < Length1)
        {
            return 0;
        }

        int length = IsBigEndian(start) ? BinaryPrimitives.ReadInt32BigEndian(start) : BinaryPrimitives.ReadInt32LittleEndian(start);
        bool is1 = length == Length1 && (start[344..].StartsWith("n+1\0"u8) || start[344..].StartsWith("ni1\0"u8));
        bool is2 = length == Length2 && (start[4..].StartsWith("n+2\0\r\n\x1a\n"u8) || start[4..].StartsWith("ni2\0\r\n\x1a\n"u8));
        return is1 ? 1 : is2 ? 2 : 0;
    }

    private static bool IsBigEndian(ReadOnlySpan<byte> start) => start[0] == 0;

    private static byte[] Inflate(FlatFile file)
    {
        byte[] header = new byte[Length2];
        try
        {
            using FileStream stream = new(file.Path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            using GZipStream inflate = new(stream, CompressionMode.Decompress);
            return header[..inflate.ReadAtLeast(header, header.Length, throwOnEndOfStream: false)];
        }
        catch (InvalidDataException e)
        {
            throw file.Damaged($"the gzip data are damaged: {e.Message.TrimEnd('.')}.", e);
        }
    }

    private static VoxelType TypeOf(FlatFile file, Fields fields)
    {
        VoxelType type = fields.DataType switch
        {
            2 => VoxelType.UInt8,
            4 => VoxelType.Int16,
            8 => VoxelType.Int32,
            16 => VoxelType.Float32,
            64 => VoxelType.Float64,
            256 => VoxelType.Int8,
            512 => VoxelType.UInt16,
            768 => VoxelType.UInt32,
            1024 => VoxelType.Int64,
            1280 => VoxelType.UInt64,
            int other => throw file.Damaged($"data type {other} ({NameOf(other)}) is not supported."),
        };
        return fields.BitsPerVoxel == type.ByteSize() * 8
            ? type
            : throw file.Damaged($"{fields.BitsPerVoxel} bits per voxel (bitpix) contradict the data type, {type.NumpyName()}.");
    }

    private static string NameOf(int dataType) => dataType switch
    {
        1 => "single bits",
        32 or 1792 or 2048 => "complex numbers",
        128 or 2304 => "colour",
        1536 => "floats of 128 bits",
        _ => "unknown",
    };

    /// <summary>dim[1] varies fastest.</summary>
    private static List<long> Extents(FlatFile file, Fields fields)
    {
        long rank = fields.Dim(0);
        if (rank is < 1 or > 7)
        {
            throw file.Damaged($"the number of dimensions (dim[0]) is {rank}, expected 1 to 7.");
        }

        return [.. Enumerable.Range(0, (int)rank).Select(i => fields.Dim((int)rank - i))];
    }

    private static long OffsetOf(FlatFile file, Fields fields, bool isPair, int version)
    {
        double offset = fields.Offset;
        int least = isPair ? 0 : version == 1 ? Length1 : Length2;
        return offset >= least && offset < long.MaxValue / 2 && offset == Math.Floor(offset)
            ? (long)offset
            : throw file.Damaged(string.Create(CultureInfo.InvariantCulture, $"the voxels' offset (vox_offset) is {offset}, expected {least} or more."));
    }

    private static string ImageOf(FlatFile file)
    {
        string image = Path.ChangeExtension(file.Path, Path.GetExtension(file.Path) == ".HDR" ? ".IMG" : ".img");
        return File.Exists(image)
            ? image
            : throw file.Damaged($"its voxels should lie in {Path.GetFileName(image)}, which is not there.");
    }

    private static VoxelSize? SizeOf(Fields fields)
    {
        double factor = (fields.Units & 7) switch { 1 => 1e6, 2 => MicrometresPerMillimetre, 3 => 1, _ => double.NaN };
        (double z, double y, double x) = (fields.PixDim(3) * factor, fields.PixDim(2) * factor, fields.PixDim(1) * factor);
        return VoxelSize.IfBelievable(z, y, x);
    }

    private static string[] UnitNotes(Fields fields) => SizeOf(fields) is null && fields.PixDim(1) > 0
        ? [string.Create(CultureInfo.InvariantCulture, $"the header gives spacings {fields.PixDim(3)} x {fields.PixDim(2)} x {fields.PixDim(1)} (z, y, x) in no unit of length.")]
        : [];

    /// <summary>The fields at their places in either version.</summary>
    private sealed class Fields(byte[] header, int version, bool isBig)
    {
        public bool IsBig => isBig;

        public int Magic => version == 1 ? 344 : 4;

        public int DataType => Int16(version == 1 ? 70 : 12);

        public int BitsPerVoxel => Int16(version == 1 ? 72 : 14);

        public double Offset => version == 1 ? Single(108) : Int64(168);

        public double Slope => version == 1 ? Single(112) : Double(176);

        public double Intercept => version == 1 ? Single(116) : Double(184);

        public int Units => version == 1 ? header[123] : header[isBig ? 503 : 500];

        public long Dim(int i) => version == 1 ? Int16(40 + (2 * i)) : Int64(16 + (8 * i));

        public double PixDim(int i) => Math.Abs(version == 1 ? Math.Round((double)Single(76 + (4 * i)), 9) : Double(104 + (8 * i)));

        private short Int16(int at) => isBig ? BinaryPrimitives.ReadInt16BigEndian(header.AsSpan(at)) : BinaryPrimitives.ReadInt16LittleEndian(header.AsSpan(at));

        private long Int64(int at) => isBig ? BinaryPrimitives.ReadInt64BigEndian(header.AsSpan(at)) : BinaryPrimitives.ReadInt64LittleEndian(header.AsSpan(at));

        private float Single(int at) => isBig ? BinaryPrimitives.ReadSingleBigEndian(header.AsSpan(at)) : BinaryPrimitives.ReadSingleLittleEndian(header.AsSpan(at));

        private double Double(int at) => isBig ? BinaryPrimitives.ReadDoubleBigEndian(header.AsSpan(at)) : BinaryPrimitives.ReadDoubleLittleEndian(header.AsSpan(at));
    }
}
