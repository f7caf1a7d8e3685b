using System.Runtime.InteropServices;

namespace ScrollSeg.Volumes.Conversion;

/// <summary>How voxels of one type become voxels of another.</summary>
/// <remarks>Without a window: uint16 to uint8 keeps the high byte (value &gt;&gt; 8), uint8 to uint16 repeats it
/// (value * 257), bool becomes 0 and the greatest value, and to float32 goes what float32 holds exactly. Everything else
/// needs a window: LOW becomes 0, HIGH the greatest value, rounded, what lies outside is cut off, NaN becomes 0.</remarks>
public sealed class VoxelMapping
{
    private readonly (double Low, double High)? _window;

    /// <summary>Checks that the conversion loses nothing that was not agreed to.</summary>
    /// <param name="from">Type of the source.</param>
    /// <param name="to">uint8, uint16, float32, or the source's own type.</param>
    /// <param name="window">Values that become 0 and the greatest value of an integer type.</param>
    /// <exception cref="ArgumentException">The conversion needs a window, or cannot use the one given.</exception>
    public VoxelMapping(VoxelType from, VoxelType to, (double Low, double High)? window = null)
    {
        (From, To, _window) = (from, to, window);
        if (window is { } w && !(w.Low < w.High && double.IsFinite(w.High - w.Low)))
        {
            throw new ArgumentException($"The window {w.Low},{w.High} is empty: LOW must be less than HIGH.", nameof(window));
        }

        if (window is not null && to is not (VoxelType.UInt8 or VoxelType.UInt16))
        {
            throw new ArgumentException($"A window maps to uint8 or uint16, not to {to.NumpyName()}.", nameof(window));
        }

        if (window is null && !IsFullRange(from, to))
        {
            string cure = to == VoxelType.Float32 ? "float32 does not hold all its values" : "give the window LOW,HIGH that is to become the full range";
            throw new ArgumentException($"{from.NumpyName()} does not convert to {to.NumpyName()} by itself: {cure}.", nameof(to));
        }
    }

    /// <summary>Type of the source.</summary>
    public VoxelType From { get; }

    /// <summary>Type of the result.</summary>
    public VoxelType To { get; }

    /// <summary>Converts a run of voxels.</summary>
    /// <param name="source">Voxels of type <see cref="From"/>.</param>
    /// <param name="destination">As many of type <see cref="To"/>.</param>
    public void Convert(ReadOnlySpan<byte> source, Span<byte> destination)
    {
        if (From == To && _window is null)
        {
            source.CopyTo(destination);
            return;
        }

        if (_window is null && (From, To) == (VoxelType.UInt16, VoxelType.UInt8))
        {
            KeepHighBytes(MemoryMarshal.Cast<byte, ushort>(source), destination);
            return;
        }

        switch (From)
        {
            case VoxelType.Bool:
                Convert<byte>(source, destination, value => value == 0 ? 0 : To == VoxelType.Float32 ? 1 : Greatest);
                break;
            case VoxelType.UInt8:
                Convert<byte>(source, destination, value => To == VoxelType.UInt16 ? value * 257 : value);
                break;
            case VoxelType.UInt16:
                Convert<ushort>(source, destination, value => value);
                break;
            case VoxelType.UInt32:
                Convert<uint>(source, destination, value => value);
                break;
            case VoxelType.UInt64:
                Convert<ulong>(source, destination, value => value);
                break;
            case VoxelType.Int8:
                Convert<sbyte>(source, destination, value => value);
                break;
            case VoxelType.Int16:
                Convert<short>(source, destination, value => value);
                break;
            case VoxelType.Int32:
                Convert<int>(source, destination, value => value);
                break;
            case VoxelType.Int64:
                Convert<long>(source, destination, value => value);
                break;
            case VoxelType.Float16:
                Convert<Half>(source, destination, value => (double)value);
                break;
            case VoxelType.Float32:
                Convert<float>(source, destination, value => value);
                break;
            default:
                Convert<double>(source, destination, value => value);
                break;
        }
    }

    private double Greatest => To == VoxelType.UInt16 ? ushort.MaxValue : byte.MaxValue;

    private static bool IsFullRange(VoxelType from, VoxelType to) => from == to || (from, to) switch
    {
        (VoxelType.Bool or VoxelType.UInt8 or VoxelType.UInt16, VoxelType.UInt8 or VoxelType.UInt16) => true,
        (VoxelType.Bool or VoxelType.UInt8 or VoxelType.UInt16, VoxelType.Float32) => true,
        (VoxelType.Int8 or VoxelType.Int16 or VoxelType.Float16, VoxelType.Float32) => true,
        _ => false,
    };

    /// <summary>The usual conversion of a scan, apart because it is worth vectors.</summary>
    private static void KeepHighBytes(ReadOnlySpan<ushort> source, Span<byte> destination)
    {
        for (int i = 0; i < source.Length; i++)
        {
            destination[i] = (byte)(source[i] >> 8);
        }
    }

    private void Convert<T>(ReadOnlySpan<byte> source, Span<byte> destination, Func<T, double> fullRange)
        where T : unmanaged, System.Numerics.INumber<T>
    {
        ReadOnlySpan<T> values = MemoryMarshal.Cast<byte, T>(source);
        Func<T, double> map = _window is { } window ? value => Windowed(double.CreateTruncating(value), window) : fullRange;
        for (int i = 0; i < values.Length; i++)
        {
            double value = map(values[i]);
            switch (To)
            {
                case VoxelType.UInt8:
                    destination[i] = (byte)value;
                    break;
                case VoxelType.UInt16:
                    MemoryMarshal.Cast<byte, ushort>(destination)[i] = (ushort)value;
                    break;
                default:
                    MemoryMarshal.Cast<byte, float>(destination)[i] = (float)value;
                    break;
            }
        }
    }

    private double Windowed(double value, (double Low, double High) window)
    {
        double scaled = Math.Floor(((value - window.Low) / (window.High - window.Low) * Greatest) + 0.5);
        return double.IsNaN(scaled) ? 0 : Math.Clamp(scaled, 0, Greatest);
    }
}
