using System.Runtime.InteropServices;
using ScrollSeg.Volumes;

namespace ScrollSeg.Segmentation.Statistics;

/// <summary>Counts grey values of one type. Not thread-safe.</summary>
internal sealed class HistogramBuilder
{
    private const int WideBins = 65536;

    private readonly VoxelType _type;
    private readonly double _first;
    private readonly double _step;
    private readonly long[] _counts;
    private readonly long[] _odd = new long[256]; // bytes at odd places, see AddBytes
    private double[] _row = [];

    /// <param name="type">8- and 16-bit integers get one bin per value.</param>
    /// <param name="extremes">Smallest and largest value, for the other types.</param>
    public HistogramBuilder(VoxelType type, (double Low, double High) extremes)
    {
        _type = type;
        (_first, _step, int bins) = type switch
        {
            VoxelType.UInt8 => (0, 1.0, 256),
            VoxelType.Bool => (0, 1.0, 2),
            VoxelType.Int8 => (sbyte.MinValue, 1.0, 256),
            VoxelType.UInt16 => (0, 1.0, 65536),
            VoxelType.Int16 => (short.MinValue, 1.0, 65536),
            _ => (extremes.Low, Math.Max((extremes.High - extremes.Low) / (WideBins - 1), double.Epsilon * WideBins), WideBins),
        };
        _counts = new long[bins];
    }

    public long NaNVoxels { get; private set; }

    public static bool NeedsExtremes(VoxelType type) =>
        type is not (VoxelType.UInt8 or VoxelType.Bool or VoxelType.Int8 or VoxelType.UInt16 or VoxelType.Int16);

    public void Add(ReadOnlySpan<byte> voxels)
    {
        switch (_type)
        {
            case VoxelType.UInt8 or VoxelType.Bool:
                AddBytes(voxels);
                break;
            case VoxelType.UInt16:
                foreach (ushort value in MemoryMarshal.Cast<byte, ushort>(voxels))
                {
                    _counts[value]++;
                }

                break;
            case VoxelType.Int16:
                foreach (short value in MemoryMarshal.Cast<byte, short>(voxels))
                {
                    _counts[value - short.MinValue]++;
                }

                break;
            default:
                AddWide(voxels);
                break;
        }
    }

    public VolumeHistogram ToHistogram()
    {
        long[] counts = [.. _counts];
        for (int bin = 0; bin < Math.Min(counts.Length, _odd.Length); bin++)
        {
            counts[bin] += _odd[bin];
        }

        return new VolumeHistogram(_first, _step, counts);
    }

    /// <summary>Two tables, because runs of equal values would wait for each other's counter.</summary>
    private void AddBytes(ReadOnlySpan<byte> voxels)
    {
        int i = 0;
        for (; i + 1 < voxels.Length; i += 2)
        {
            _counts[voxels[i]]++;
            _odd[voxels[i + 1]]++;
        }

        if (i < voxels.Length)
        {
            _counts[voxels[i]]++;
        }
    }

    private void AddWide(ReadOnlySpan<byte> voxels)
    {
        int count = voxels.Length / _type.ByteSize();
        if (_row.Length < count)
        {
            _row = new double[count];
        }

        Span<double> row = _row.AsSpan(0, count);
        VoxelConversion.ToDouble(voxels, _type, row);
        foreach (double value in row)
        {
            if (double.IsNaN(value))
            {
                NaNVoxels++;
            }
            else
            {
                int bin = (int)Math.Clamp(Math.Round((value - _first) / _step), 0, _counts.Length - 1);
                _counts[bin]++;
            }
        }
    }
}
