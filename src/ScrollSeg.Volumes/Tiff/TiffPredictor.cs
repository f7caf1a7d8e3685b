using System.Numerics;
using System.Runtime.InteropServices;

namespace ScrollSeg.Volumes.Tiff;

/// <summary>Undoes a predictor on one row, each row by itself, and the file's byte order with it.</summary>
internal static class TiffPredictor
{
    /// <summary>Makes a decoded row what it was.</summary>
    /// <param name="row">The row as decompressed; in the machine's byte order afterwards.</param>
    /// <param name="page">How samples are stored.</param>
    /// <param name="isForeign">Whether the file's byte order is not the machine's.</param>
    public static void Undo(Span<byte> row, TiffPage page, bool isForeign)
    {
        int size = Math.Max(1, page.Bits / 8);
        if (page.Predictor == 3)
        {
            UndoFloat(row, size, page.Samples);
            return;
        }

        if (isForeign && page.IsOfWholeBytes)
        {
            ByteOrder.Reverse(row, size);
        }

        if (page.Predictor == 2)
        {
            UndoHorizontal(row, size, page.Samples);
        }
    }

    /// <summary>Differences to the sample of the same channel to the left, modulo 2^n (TIFF 6.0, section 14).</summary>
    private static void UndoHorizontal(Span<byte> row, int size, int stride)
    {
        switch (size)
        {
            case 1:
                Accumulate(row, stride);
                break;
            case 2:
                Accumulate(MemoryMarshal.Cast<byte, ushort>(row), stride);
                break;
            case 4:
                Accumulate(MemoryMarshal.Cast<byte, uint>(row), stride);
                break;
            default:
                Accumulate(MemoryMarshal.Cast<byte, ulong>(row), stride);
                break;
        }
    }

    private static void Accumulate<T>(Span<T> samples, int stride)
        where T : struct, IAdditionOperators<T, T, T>
    {
        for (int i = stride; i < samples.Length; i++)
        {
            samples[i] = unchecked(samples[i] + samples[i - stride]);
        }
    }

    /// <summary>Differences of bytes, the high-order bytes of all samples first, whatever the file's byte order (Adobe, TIFF
    /// Technical Note 3).</summary>
    private static void UndoFloat(Span<byte> row, int size, int stride)
    {
        Accumulate(row, stride);
        byte[] planes = row.ToArray();
        int count = row.Length / size;
        for (int b = 0; b < size; b++)
        {
            int place = BitConverter.IsLittleEndian ? size - 1 - b : b;
            for (int i = 0; i < count; i++)
            {
                row[(i * size) + place] = planes[(b * count) + i];
            }
        }
    }
}
