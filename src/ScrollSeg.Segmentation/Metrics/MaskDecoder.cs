using System.Globalization;
using System.Numerics;
using System.Runtime.InteropServices;
using ScrollSeg.Volumes;

namespace ScrollSeg.Segmentation.Metrics;

/// <summary>Turns the values of a volume into <see cref="MaskCode"/>s. A value that it may not have, or that is no number, is an error that
/// says where it is.</summary>
/// <param name="volume">The volume.</param>
/// <param name="codeOf">The code of a value.</param>
/// <param name="expected">What was expected, and the cure, for the message.</param>
internal sealed class MaskDecoder(VolumeInfo volume, Func<double, byte> codeOf, string expected)
{
    private readonly byte[]? _table = TableOf(volume.Type, codeOf);

    /// <summary>Decodes a block.</summary>
    /// <param name="box">Where it lies in the volume.</param>
    /// <param name="voxels">Its values.</param>
    /// <param name="codes">As large; receives the codes.</param>
    /// <exception cref="VolumeFormatException">A value is refused.</exception>
    public void Decode(Box3 box, VoxelBuffer voxels, VoxelBuffer codes)
    {
        for (int z = 0; z < box.Shape.Z; z++)
        {
            for (int y = 0; y < box.Shape.Y; y++)
            {
                Span<byte> row = codes.Row(z, y);
                DecodeRow(voxels.Row(z, y), row);
                int refused = row.IndexOf(MaskCode.Refused);
                if (refused >= 0)
                {
                    throw Wrong((box.Start.Z + z, box.Start.Y + y, box.Start.X + refused), voxels.Row(z, y), refused);
                }
            }
        }
    }

    private void DecodeRow(ReadOnlySpan<byte> values, Span<byte> codes)
    {
        switch (volume.Type)
        {
            case VoxelType.UInt8 or VoxelType.Int8 or VoxelType.Bool:
                LookUp(values, codes);
                break;
            case VoxelType.UInt16 or VoxelType.Int16 or VoxelType.Float16:
                LookUp(MemoryMarshal.Cast<byte, ushort>(values), codes);
                break;
            case VoxelType.UInt32:
                Compute(MemoryMarshal.Cast<byte, uint>(values), codes);
                break;
            case VoxelType.UInt64:
                Compute(MemoryMarshal.Cast<byte, ulong>(values), codes);
                break;
            case VoxelType.Int32:
                Compute(MemoryMarshal.Cast<byte, int>(values), codes);
                break;
            case VoxelType.Int64:
                Compute(MemoryMarshal.Cast<byte, long>(values), codes);
                break;
            case VoxelType.Float32:
                Compute(MemoryMarshal.Cast<byte, float>(values), codes);
                break;
            default:
                Compute(MemoryMarshal.Cast<byte, double>(values), codes);
                break;
        }
    }

    private void LookUp(ReadOnlySpan<byte> values, Span<byte> codes)
    {
        byte[] table = _table!;
        for (int i = 0; i < values.Length; i++)
        {
            codes[i] = table[values[i]];
        }
    }

    private void LookUp(ReadOnlySpan<ushort> values, Span<byte> codes)
    {
        byte[] table = _table!;
        for (int i = 0; i < values.Length; i++)
        {
            codes[i] = table[values[i]];
        }
    }

    private void Compute<T>(ReadOnlySpan<T> values, Span<byte> codes)
        where T : unmanaged, INumber<T>
    {
        for (int i = 0; i < values.Length; i++)
        {
            codes[i] = CodeOf(double.CreateTruncating(values[i]), codeOf);
        }
    }

    private static byte CodeOf(double value, Func<double, byte> codeOf) => double.IsNaN(value) ? MaskCode.Refused : codeOf(value);

    /// <summary>The codes of all values of a type, where these are few.</summary>
    private static byte[]? TableOf(VoxelType type, Func<double, byte> codeOf) => type.ByteSize() > 2
        ? null
        : [.. Enumerable.Range(0, 1 << (8 * type.ByteSize())).Select(bits => CodeOf(ValueOf(type, bits), codeOf))];

    private static double ValueOf(VoxelType type, int bits) => type switch
    {
        VoxelType.Int8 => (sbyte)bits,
        VoxelType.Int16 => (short)bits,
        VoxelType.Float16 => (double)BitConverter.UInt16BitsToHalf((ushort)bits),
        _ => bits,
    };

    private VolumeFormatException Wrong((int Z, int Y, int X) place, ReadOnlySpan<byte> row, int index)
    {
        float[] value = new float[1];
        int size = volume.Type.ByteSize();
        VoxelConversion.ToSingle(row.Slice(index * size, size), volume.Type, value);
        return new VolumeFormatException(
            volume.Path,
            string.Create(CultureInfo.InvariantCulture, $"voxel {place} (z, y, x) is {value[0]}; expected {expected}."));
    }
}
