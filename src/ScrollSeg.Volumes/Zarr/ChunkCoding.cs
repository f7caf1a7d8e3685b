using ScrollSeg.Volumes.Codecs;

namespace ScrollSeg.Volumes.Zarr;

/// <summary>How the voxels of one chunk of any rank become bytes, put together once per array.</summary>
/// <param name="Shape">Extent per axis, in elements, slowest axis first.</param>
/// <param name="Strides">Distance in a decoded chunk from one element to the next along each axis, in elements. This is all
/// that order F (Zarr v2) and <c>transpose</c> (v3) change.</param>
/// <param name="DataType">Type and byte order of the elements.</param>
/// <param name="Chain">The codecs from bytes to bytes.</param>
internal sealed record ChunkCoding(int[] Shape, int[] Strides, ZarrDataType DataType, CodecChain Chain)
{
    /// <summary>Bytes of a decoded chunk.</summary>
    public int Bytes => Chain.DecodedLength;

    /// <summary>Whether elements lie in a decoded chunk in the machine's own byte order before they are turned.</summary>
    public bool IsNative => DataType.Type.ByteSize() == 1 || DataType.BigEndian != BitConverter.IsLittleEndian;

    /// <summary>Decodes a chunk: native byte order, the order of <see cref="Strides"/>.</summary>
    /// <exception cref="InvalidDataException">The chunk is damaged.</exception>
    public void Decode(ReadOnlySpan<byte> encoded, Span<byte> decoded)
    {
        Chain.Decode(encoded, decoded);
        ToNativeOrder(decoded);
    }

    /// <summary>Turns decoded elements into the machine's byte order.</summary>
    public void ToNativeOrder(Span<byte> elements)
    {
        if (!IsNative)
        {
            ByteOrder.Reverse(elements, DataType.Type.ByteSize());
        }
    }

    /// <summary>Encodes a chunk.</summary>
    /// <param name="decoded">Its elements, native byte order, in C order.</param>
    /// <param name="encoded">Receives the result.</param>
    /// <returns>Bytes written.</returns>
    /// <exception cref="NotSupportedException">The order or byte order is one that is only read.</exception>
    public int Encode(ReadOnlySpan<byte> decoded, Span<byte> encoded) => IsNative && Strides.SequenceEqual(RowMajor(Shape))
        ? Chain.Encode(decoded, encoded)
        : throw new NotSupportedException("Chunks are written in C order and little-endian.");

    /// <summary>The strides of C order: the last axis fastest.</summary>
    public static int[] RowMajor(int[] shape)
    {
        int[] strides = new int[shape.Length];
        int stride = 1;
        for (int axis = shape.Length - 1; axis >= 0; axis--)
        {
            strides[axis] = stride;
            stride *= shape[axis];
        }

        return strides;
    }
}
