using System.Runtime.CompilerServices;
using PureHDF;
using ScrollSeg.Volumes.Raw;

namespace ScrollSeg.Volumes.Hdf5;

/// <summary>
/// Gives PureHDF the bytes of a file, and keeps it from what a damaged file would make it do: no read goes beyond the
/// file's end, no recursion until the stack is full, and no operation reads without end. Not thread-safe.
/// </summary>
/// <remarks>While <see cref="Capture"/> is on, reads of voxels are not made but noted: where they lie and how many bytes
/// they are. So PureHDF finds chunks, and we read them.</remarks>
/// <param name="file">The file; stays the caller's.</param>
internal sealed class Hdf5Stream(FlatFile file) : Stream, IDatasetStream
{
    /// <summary>Headers are read a few bytes at a time.</summary>
    private const int WindowBytes = 8192;

    /// <summary>Reads that one operation may make: headers are read a few bytes at a time, and few of them more than
    /// once.</summary>
    private readonly long _mostReads = 200_000 + (4 * file.Length);

    private readonly byte[] _window = new byte[WindowBytes];
    private long _windowStart;
    private int _windowLength;
    private long _position;
    private long _reads;

    /// <summary>Whether voxels are only looked for.</summary>
    public bool Capture { get; set; }

    /// <summary>Where voxels were looked for last, and how many bytes; <see langword="null"/> if they were not.</summary>
    public (long Offset, int Length)? Captured { get; private set; }

    /// <inheritdoc/>
    public override bool CanRead => true;

    /// <inheritdoc/>
    public override bool CanSeek => true;

    /// <inheritdoc/>
    public override bool CanWrite => false;

    /// <inheritdoc/>
    public override long Length => file.Length;

    /// <inheritdoc/>
    public override long Position
    {
        get => _position;
        set => Seek(value, SeekOrigin.Begin);
    }

    /// <summary>Begins an operation: what was counted and noted is forgotten.</summary>
    public void Begin() => (_reads, Captured) = (0, null);

    /// <inheritdoc/>
    public void ReadDataset(Span<byte> buffer)
    {
        if (!Capture)
        {
            ReadExactly(buffer);
            return;
        }

        Captured = (_position, buffer.Length);
    }

    /// <inheritdoc/>
    public override int Read(Span<byte> buffer)
    {
        RuntimeHelpers.EnsureSufficientExecutionStack();
        if (++_reads > _mostReads)
        {
            throw file.Damaged($"the headers lead in a circle: more than {_mostReads} reads without an end.");
        }

        if (_position > file.Length - buffer.Length)
        {
            throw file.Damaged(
                $"a header points to {buffer.Length} bytes at byte {_position}, outside the file of {file.Length}; is it truncated?");
        }

        if (buffer.Length > WindowBytes)
        {
            file.Read(buffer, _position, "a header");
        }
        else
        {
            if (_position < _windowStart || _position + buffer.Length > _windowStart + _windowLength)
            {
                _windowLength = (int)Math.Min(WindowBytes, file.Length - _position);
                _windowStart = _position;
                file.Read(_window.AsSpan(0, _windowLength), _windowStart, "a header");
            }

            _window.AsSpan((int)(_position - _windowStart), buffer.Length).CopyTo(buffer);
        }

        _position += buffer.Length;
        return buffer.Length;
    }

    /// <inheritdoc/>
    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    /// <inheritdoc/>
    public override long Seek(long offset, SeekOrigin origin)
    {
        long target = origin switch
        {
            SeekOrigin.Begin => offset,
            SeekOrigin.Current => unchecked(_position + offset),
            _ => unchecked(file.Length + offset),
        };
        if (target < 0 || target > file.Length)
        {
            throw file.Damaged($"a header points to byte {(ulong)target}, outside the file of {file.Length}; is it truncated?");
        }

        return _position = target;
    }

    /// <inheritdoc/>
    public override void Flush()
    {
    }

    /// <inheritdoc/>
    public override void SetLength(long value) => throw new NotSupportedException();

    /// <inheritdoc/>
    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
}
