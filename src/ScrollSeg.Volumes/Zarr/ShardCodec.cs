using System.Buffers;
using System.Buffers.Binary;
using ScrollSeg.Volumes.Codecs;

namespace ScrollSeg.Volumes.Zarr;

/// <summary>
/// Many chunks in one object, with an index that says where each lies (Zarr v3, sharding_indexed codec 1.0). As a codec it
/// takes and gives a whole shard, C order, native byte order; chunks can be read one at a time through
/// <see cref="ReadIndex"/> as well.
/// </summary>
internal sealed class ShardCodec : ChunkCodec
{
    private readonly CodecChain _indexChain;
    private readonly bool _isIndexBigEndian;
    private readonly ZarrFillValue _fill;
    private readonly int[] _strides;

    /// <param name="shape">Extent of a shard per axis.</param>
    /// <param name="chunk">How a chunk within it is encoded.</param>
    /// <param name="indexCodecs">What is done to the index.</param>
    /// <param name="isIndexBigEndian">Byte order of the index.</param>
    /// <param name="isIndexAtEnd">Whether the index stands behind the chunks, not before them.</param>
    /// <param name="fill">What absent chunks hold.</param>
    /// <exception cref="InvalidDataException">The chunks do not fill the shard, or are too many.</exception>
    /// <exception cref="NotSupportedException">The index would have no fixed length.</exception>
    public ShardCodec(
        int[] shape, ChunkCoding chunk, IReadOnlyList<ChunkCodec> indexCodecs, bool isIndexBigEndian, bool isIndexAtEnd, ZarrFillValue fill)
    {
        if (shape.Length != chunk.Shape.Length || shape.Zip(chunk.Shape).Any(axis => axis.First % axis.Second != 0))
        {
            throw new InvalidDataException(
                $"shards of [{string.Join(", ", shape)}] cannot be cut into chunks of [{string.Join(", ", chunk.Shape)}].");
        }

        if (indexCodecs.FirstOrDefault(codec => !codec.IsFixedLength) is ChunkCodec variable)
        {
            throw new NotSupportedException($"the index codec '{variable.Name}' is not read: its output has no fixed length.");
        }

        Shape = shape;
        Chunk = chunk;
        Count = [.. shape.Zip(chunk.Shape, (whole, part) => whole / part)];
        long chunks = Count.Aggregate(1L, (product, count) => product * count);
        if (chunks * ShardIndex.EntryLength > Array.MaxLength / 2)
        {
            throw new InvalidDataException($"shards of {chunks} chunks have an index that is too large to be read.");
        }

        ChunkCount = (int)chunks;
        _indexChain = new CodecChain(indexCodecs, ChunkCount * ShardIndex.EntryLength);
        IndexLength = _indexChain.MaxEncodedLength();
        _isIndexBigEndian = isIndexBigEndian;
        IsIndexAtEnd = isIndexAtEnd;
        _fill = fill;
        _strides = ChunkCoding.RowMajor(shape);
    }

    /// <summary>Extent of a shard per axis, in elements.</summary>
    public int[] Shape { get; }

    /// <summary>How a chunk within it is encoded.</summary>
    public ChunkCoding Chunk { get; }

    /// <summary>Chunks along each axis.</summary>
    public int[] Count { get; }

    /// <summary>Chunks of a shard.</summary>
    public int ChunkCount { get; }

    /// <summary>Bytes of the index as stored.</summary>
    public int IndexLength { get; }

    /// <summary>Whether the index stands behind the chunks.</summary>
    public bool IsIndexAtEnd { get; }

    /// <inheritdoc/>
    public override string Name => "sharding_indexed";

    /// <inheritdoc/>
    public override string Description => $"{Chunk.Chain.Description} in shards";

    /// <summary>Reads the index.</summary>
    /// <param name="encoded">As stored, <see cref="IndexLength"/> bytes.</param>
    /// <param name="shardLength">Bytes of the whole shard as stored.</param>
    /// <exception cref="InvalidDataException">It is damaged.</exception>
    public ShardIndex ReadIndex(ReadOnlySpan<byte> encoded, long shardLength)
    {
        if (encoded.Length != IndexLength)
        {
            throw new InvalidDataException($"the shard of {shardLength} bytes is smaller than its index, which has {IndexLength}.");
        }

        byte[] rented = ArrayPool<byte>.Shared.Rent(_indexChain.DecodedLength);
        try
        {
            Span<byte> decoded = rented.AsSpan(0, _indexChain.DecodedLength);
            _indexChain.Decode(encoded, decoded);
            return new ShardIndex(
                decoded, _isIndexBigEndian, IsIndexAtEnd ? 0 : IndexLength, IsIndexAtEnd ? shardLength - IndexLength : shardLength);
        }
        catch (InvalidDataException e)
        {
            throw new InvalidDataException($"the shard's index is damaged: {e.Message}", e);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(rented);
        }
    }

    /// <inheritdoc/>
    public override void Decode(ReadOnlySpan<byte> encoded, Span<byte> decoded)
    {
        int stored = Math.Min(IndexLength, encoded.Length);
        ShardIndex index = ReadIndex(IsIndexAtEnd ? encoded[^stored..] : encoded[..stored], encoded.Length);
        int size = Chunk.DataType.Type.ByteSize();
        byte[] rented = ArrayPool<byte>.Shared.Rent(Chunk.Bytes);
        try
        {
            Span<byte> chunk = rented.AsSpan(0, Chunk.Bytes);
            for (int i = 0; i < ChunkCount; i++)
            {
                if (index[i] is (long offset, int length))
                {
                    DecodeChunk(encoded.Slice((int)offset, length), chunk, i);
                }
                else
                {
                    _fill.Fill(chunk);
                }

                StridedCopy.Copy(chunk, Chunk.Strides, decoded[(OffsetOf(i) * size)..], _strides, Chunk.Shape, size);
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(rented);
        }
    }

    /// <inheritdoc/>
    public override int MaxEncodedLength(int decodedLength) => checked(IndexLength + (ChunkCount * Chunk.Chain.MaxEncodedLength()));

    /// <inheritdoc/>
    /// <remarks>Chunks of nothing but the fill value are left out, bit for bit as <see cref="ZarrFillValue.FillsAll"/>
    /// says.</remarks>
    public override int Encode(ReadOnlySpan<byte> decoded, Span<byte> encoded)
    {
        EncodedSpan.Check(encoded.Length, MaxEncodedLength(decoded.Length));
        int size = Chunk.DataType.Type.ByteSize();
        int[] chunkStrides = ChunkCoding.RowMajor(Chunk.Shape);
        byte[] rented = ArrayPool<byte>.Shared.Rent(Chunk.Bytes);
        byte[] index = ArrayPool<byte>.Shared.Rent(_indexChain.DecodedLength);
        try
        {
            Span<byte> entries = index.AsSpan(0, _indexChain.DecodedLength);
            entries.Fill(0xff);
            Span<byte> chunk = rented.AsSpan(0, Chunk.Bytes);
            int end = IsIndexAtEnd ? 0 : IndexLength;
            for (int i = 0; i < ChunkCount; i++)
            {
                StridedCopy.Copy(decoded[(OffsetOf(i) * size)..], _strides, chunk, chunkStrides, Chunk.Shape, size);
                if (!_fill.FillsAll(chunk))
                {
                    int length = Chunk.Encode(chunk, encoded[end..]);
                    WriteEntry(entries[(i * ShardIndex.EntryLength)..], end, length);
                    end += length;
                }
            }

            _indexChain.Encode(entries, encoded[(IsIndexAtEnd ? end : 0)..]);
            return IsIndexAtEnd ? end + IndexLength : end;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(rented);
            ArrayPool<byte>.Shared.Return(index);
        }
    }

    private void WriteEntry(Span<byte> entry, long offset, long length)
    {
        if (_isIndexBigEndian)
        {
            throw new NotSupportedException("The index of a shard is written little-endian.");
        }

        BinaryPrimitives.WriteInt64LittleEndian(entry, offset);
        BinaryPrimitives.WriteInt64LittleEndian(entry[sizeof(long)..], length);
    }

    private void DecodeChunk(ReadOnlySpan<byte> encoded, Span<byte> decoded, int number)
    {
        try
        {
            Chunk.Decode(encoded, decoded);
        }
        catch (InvalidDataException e)
        {
            throw new InvalidDataException($"chunk {number} of {ChunkCount} in the shard: {e.Message}", e);
        }
    }

    /// <summary>Where a chunk's first element lies in the shard, in elements.</summary>
    private int OffsetOf(int number)
    {
        int offset = 0;
        for (int axis = Count.Length - 1; axis >= 0; axis--)
        {
            offset += number % Count[axis] * Chunk.Shape[axis] * _strides[axis];
            number /= Count[axis];
        }

        return offset;
    }
}
