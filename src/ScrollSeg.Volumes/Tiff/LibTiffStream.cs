using System.Globalization;
using BitMiracle.LibTiff.Classic;
using LibTiff = BitMiracle.LibTiff.Classic.Tiff;

namespace ScrollSeg.Volumes.Tiff;

/// <summary>Gives LibTiff.NET the bytes of an opened file, and takes the messages that it would otherwise print.</summary>
/// <param name="source">The file; stays the caller's.</param>
internal sealed class LibTiffStream(TiffSource source) : TiffStream
{
    private static readonly MessageSink Sink = InstallSink();
    private readonly List<string> _errors = [];
    private long _position;

    /// <summary>Opens the file for LibTiff.NET without reading any directory.</summary>
    public static LibTiff Open(TiffSource source, LibTiffStream stream)
    {
        GC.KeepAlive(Sink);

        // r: read, h: no directory yet, c: strips as they are in the file
        return LibTiff.ClientOpen(source.Path, "rhc", stream, stream)
            ?? throw source.Damaged($"LibTiff.NET cannot open it: {stream.Errors}.");
    }

    /// <summary>What LibTiff.NET complained of since the stream was made.</summary>
    public string Errors => _errors.Count == 0 ? "no reason given" : string.Join("; ", _errors);

    /// <summary>Whether LibTiff.NET complained of anything; some of its codecs do so and still return success.</summary>
    public bool HasErrors => _errors.Count > 0;

    public override int Read(object clientData, byte[] buffer, int offset, int count)
    {
        int total = 0;
        while (total < count)
        {
            int read = RandomAccess.Read(source.Handle, buffer.AsSpan(offset + total, count - total), _position);
            if (read == 0)
            {
                break;
            }

            total += read;
            _position += read;
        }

        return total;
    }

    public override void Write(object clientData, byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override long Seek(object clientData, long offset, SeekOrigin origin) => _position = origin switch
    {
        SeekOrigin.Begin => offset,
        SeekOrigin.Current => _position + offset,
        _ => source.Length + offset,
    };

    public override void Close(object clientData)
    {
        // the file stays the caller's
    }

    public override long Size(object clientData) => source.Length;

    /// <summary>The handler is one for the whole process; each message finds its file through the client data.</summary>
    private static MessageSink InstallSink()
    {
        MessageSink sink = new();
        LibTiff.SetErrorHandler(sink);
        return sink;
    }

    private sealed class MessageSink : TiffErrorHandler
    {
        private const int MaxMessages = 4;

        public override void ErrorHandler(LibTiff tif, string method, string format, params object[] args)
        {
            // the same message comes through ErrorHandlerExt
        }

        public override void ErrorHandlerExt(LibTiff tif, object clientData, string method, string format, params object[] args)
        {
            if (clientData is LibTiffStream { _errors.Count: < MaxMessages } stream)
            {
                stream._errors.Add(string.Format(CultureInfo.InvariantCulture, format, args).TrimEnd('.'));
            }
        }

        public override void WarningHandler(LibTiff tif, string method, string format, params object[] args)
        {
            // unknown tags and the like
        }

        public override void WarningHandlerExt(LibTiff tif, object clientData, string method, string format, params object[] args)
        {
            // unknown tags and the like
        }
    }
}
