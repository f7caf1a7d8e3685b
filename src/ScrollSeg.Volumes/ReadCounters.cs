namespace ScrollSeg.Volumes;

/// <summary>How much a reader fetched and decoded. Thread-safe.</summary>
public sealed class ReadCounters
{
    private long _chunks;
    private long _absentChunks;
    private long _encodedBytes;
    private long _decodedBytes;

    /// <summary>Chunks fetched and decoded; a chunk fetched twice counts twice.</summary>
    public long Chunks => Volatile.Read(ref _chunks);

    /// <summary>Chunks asked for that the store does not have.</summary>
    public long AbsentChunks => Volatile.Read(ref _absentChunks);

    /// <summary>Bytes fetched, as stored.</summary>
    public long EncodedBytes => Volatile.Read(ref _encodedBytes);

    /// <summary>Bytes that came out of the decoders, overhang included.</summary>
    public long DecodedBytes => Volatile.Read(ref _decodedBytes);

    /// <summary>Counts one chunk.</summary>
    public void AddChunk(long encodedBytes, long decodedBytes)
    {
        Interlocked.Increment(ref _chunks);
        Interlocked.Add(ref _encodedBytes, encodedBytes);
        Interlocked.Add(ref _decodedBytes, decodedBytes);
    }

    /// <summary>Counts one chunk that is not there.</summary>
    public void AddAbsent() => Interlocked.Increment(ref _absentChunks);
}
