using System.Buffers.Binary;
using ScrollSeg.Volumes.Raw;

namespace ScrollSeg.Volumes.Mrc;

/// <summary>MRC and CCP4 maps: 1024 bytes of header, extended headers, sections of rows (MRC2014, Cheng et al., J. Struct.
/// Biol. 192, 2015; the flag of signed bytes as IMOD writes it).</summary>
internal static class MrcHeader
{
    /// <summary>Bytes of the header; it tells the format at its end.</summary>
    public const int Length = 1024;

    private const int MapAt = 208;
    private const int MachineStampAt = 212;
    private const int ImodStampAt = 152;
    private const int ImodStamp = 1146047817;
    private const double MicrometresPerAngstrom = 1e-4;

    /// <summary>Whether bytes begin as a map does.</summary>
    public static bool IsSignature(ReadOnlySpan<byte> start) => start.Length >= Length && start[MapAt..].StartsWith("MAP"u8);

    /// <summary>Reads the header.</summary>
    /// <exception cref="VolumeFormatException">It is damaged, or asks for what is not supported.</exception>
    public static FlatHeader Read(string path)
    {
        using FlatFile file = new(path);
        byte[] header = file.Start(Length);
        if (!IsSignature(header))
        {
            throw file.Damaged("no MRC header: 1024 bytes with MAP at byte 208 were expected.");
        }

        bool isBig = header[MachineStampAt] switch
        {
            0x44 => false,
            0x11 => true,
            byte other => throw file.Damaged($"the machine stamp (byte 212) is 0x{other:x2}, expected 0x44 (little-endian) or 0x11 (big-endian)."),
        };
        int Int(int at) => isBig ? BinaryPrimitives.ReadInt32BigEndian(header.AsSpan(at)) : BinaryPrimitives.ReadInt32LittleEndian(header.AsSpan(at));
        float Float(int at) => BitConverter.Int32BitsToSingle(Int(at));

        Shape3 shape = FlatLayout.ShapeOf(path, [Int(8), Int(4), Int(0)]);
        bool isImod = Int(ImodStampAt) == ImodStamp;
        VoxelType type = TypeOf(file, Int(12), isUnsignedByte: isImod && (Int(ImodStampAt + 4) & 1) == 0);
        int extended = Int(92);
        if (extended < 0)
        {
            throw file.Damaged($"the extended header has {extended} bytes (byte 92).");
        }

        (int Columns, int Rows, int Sections) axes = (Int(64), Int(68), Int(72));
        bool isUsual = axes is (1, 2, 3) or (0, 0, 0);
        return new FlatHeader(path, "MRC", path, new FlatLayout(shape, type, isBig, Length + (long)extended))
        {
            VoxelSize = isUsual ? SizeOf((Int(28), Int(32), Int(36)), (Float(40), Float(44), Float(48))) : null,
            Defects = isUsual ? [] : [$"columns, rows and sections are the map's axes {axes.Columns}, {axes.Rows} and {axes.Sections}; they are read as x, y and z, as stored."],
        };
    }

    private static VoxelType TypeOf(FlatFile file, int mode, bool isUnsignedByte) => mode switch
    {
        0 => isUnsignedByte ? VoxelType.UInt8 : VoxelType.Int8,
        1 => VoxelType.Int16,
        2 => VoxelType.Float32,
        6 => VoxelType.UInt16,
        12 => VoxelType.Float16,
        3 or 4 => throw file.Damaged($"mode {mode}, complex numbers, is not supported."),
        101 => throw file.Damaged("mode 101, voxels of 4 bits, is not supported."),
        _ => throw file.Damaged($"mode {mode} is not known; 0, 1, 2, 6 and 12 are read."),
    };

    /// <summary>The cell's edges, in angstroms, over the intervals along them.</summary>
    private static VoxelSize? SizeOf((int X, int Y, int Z) intervals, (float X, float Y, float Z) cell)
    {
        double Edge(float length, int count) => count > 0 && float.IsFinite(length) && length > 0 ? length * MicrometresPerAngstrom / count : 0;
        (double z, double y, double x) = (Edge(cell.Z, intervals.Z), Edge(cell.Y, intervals.Y), Edge(cell.X, intervals.X));
        return VoxelSize.IfBelievable(z, y, x);
    }
}
