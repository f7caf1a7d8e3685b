using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace ScrollSeg.Volumes.Images;

/// <summary>Stored samples of a PNG row to pixels: bits spread to bytes, palette looked up, transparent colour turned into
/// alpha, 16 bits from big-endian to the machine's order.</summary>
/// <param name="layout">How the samples are stored.</param>
internal sealed class PngPixels(PngLayout layout)
{
    private readonly int _channels = layout.Channels;
    private readonly int _stored = layout.StoredChannels;

    /// <summary>Greatest stored sample; 1, 2 and 4 bits are scaled to the full range of 8 (PNG, section 13.12).</summary>
    private readonly int _maximum = (1 << layout.BitDepth) - 1;

    /// <summary>Writes the pixels of a stored row.</summary>
    /// <param name="row">Samples as stored, filter undone.</param>
    /// <param name="count">Pixels in the row.</param>
    /// <param name="target">The whole row of the image.</param>
    /// <param name="start">Column of the first pixel.</param>
    /// <param name="step">Columns from one pixel to the next: more than 1 in an interlaced image.</param>
    /// <exception cref="InvalidDataException">A palette index without entry.</exception>
    public void Write(ReadOnlySpan<byte> row, int count, Span<byte> target, int start, int step)
    {
        bool plain = step == 1 && layout.Transparency is null && layout.Colour != PngColour.Palette;
        if (plain && layout.BitDepth == 8)
        {
            row[..(count * _stored)].CopyTo(target[(start * _stored)..]);
        }
        else if (plain && layout.BitDepth == 16)
        {
            Swap(MemoryMarshal.Cast<byte, ushort>(row)[..(count * _stored)], MemoryMarshal.Cast<byte, ushort>(target)[(start * _stored)..]);
        }
        else if (layout.Colour == PngColour.Palette)
        {
            WritePalette(row, count, target, start, step);
        }
        else if (layout.BitDepth == 16)
        {
            WriteWide(row, count, MemoryMarshal.Cast<byte, ushort>(target), start, step);
        }
        else
        {
            WriteNarrow(row, count, target, start, step);
        }
    }

    private static void Swap(ReadOnlySpan<ushort> source, Span<ushort> target)
    {
        if (BitConverter.IsLittleEndian)
        {
            BinaryPrimitives.ReverseEndianness(source, target);
        }
        else
        {
            source.CopyTo(target);
        }
    }

    private void WritePalette(ReadOnlySpan<byte> row, int count, Span<byte> target, int start, int step)
    {
        int entries = layout.Palette.Length / 3;
        for (int i = 0; i < count; i++)
        {
            int index = SampleAt(row, i);
            if (index >= entries)
            {
                throw new InvalidDataException($"palette index {index}, but the palette has {entries} entries");
            }

            Span<byte> pixel = target.Slice((start + (i * step)) * _channels, _channels);
            layout.Palette.AsSpan(index * 3, 3).CopyTo(pixel);
            if (layout.Transparency is not null)
            {
                pixel[3] = index < layout.Transparency.Length ? layout.Transparency[index] : byte.MaxValue;
            }
        }
    }

    private void WriteWide(ReadOnlySpan<byte> row, int count, Span<ushort> target, int start, int step)
    {
        for (int i = 0; i < count; i++)
        {
            Span<ushort> pixel = target.Slice((start + (i * step)) * _channels, _channels);
            bool transparent = layout.Transparency is not null;
            for (int c = 0; c < _stored; c++)
            {
                pixel[c] = BinaryPrimitives.ReadUInt16BigEndian(row[(((i * _stored) + c) * 2)..]);
                transparent = transparent && pixel[c] == TransparentSample(c);
            }

            SetAlpha(pixel, transparent, ushort.MaxValue);
        }
    }

    private void WriteNarrow(ReadOnlySpan<byte> row, int count, Span<byte> target, int start, int step)
    {
        int scale = byte.MaxValue / _maximum; // 255, 85, 17, 1: exact
        for (int i = 0; i < count; i++)
        {
            Span<byte> pixel = target.Slice((start + (i * step)) * _channels, _channels);
            bool transparent = layout.Transparency is not null;
            for (int c = 0; c < _stored; c++)
            {
                int sample = SampleAt(row, (i * _stored) + c);
                pixel[c] = (byte)(sample * scale);
                transparent = transparent && sample == (TransparentSample(c) & _maximum);
            }

            SetAlpha(pixel, transparent, byte.MaxValue);
        }
    }

    private void SetAlpha<T>(Span<T> pixel, bool transparent, T opaque)
        where T : unmanaged
    {
        if (layout.Transparency is not null)
        {
            pixel[_stored] = transparent ? default : opaque;
        }
    }

    private int TransparentSample(int channel) =>
        BinaryPrimitives.ReadUInt16BigEndian(layout.Transparency.AsSpan(channel * 2));

    /// <summary>A sample of up to 8 bits; the leftmost lies in the high-order bits.</summary>
    private int SampleAt(ReadOnlySpan<byte> row, int index)
    {
        int bit = index * layout.BitDepth;
        return (row[bit >> 3] >> (8 - layout.BitDepth - (bit & 7))) & _maximum;
    }
}
