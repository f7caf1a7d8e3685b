namespace ScrollSeg.Volumes.Codecs;

/// <summary>A stream, read forwards, with some bytes behind it.</summary>
/// <param name="stream">The stream; disposed with this one.</param>
/// <param name="end">What comes behind it.</param>
internal sealed class StreamWithEnd(Stream stream, byte[] end) : ForwardStream
{
    private int _given;

    /// <inheritdoc/>
    public override int Read(Span<byte> buffer)
    {
        int read = _given == 0 ? stream.Read(buffer) : 0;
        if (read > 0 || buffer.IsEmpty)
        {
            return read;
        }

        int count = Math.Min(buffer.Length, end.Length - _given);
        end.AsSpan(_given, count).CopyTo(buffer);
        _given += count;
        return count;
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            stream.Dispose();
        }

        base.Dispose(disposing);
    }
}
