using System.Buffers.Binary;
using System.Globalization;
using System.Text;
using System.Text.Json;
using ScrollSeg.Volumes.Raw;
using ScrollSeg.Volumes.Zarr;

namespace ScrollSeg.Volumes.Numpy;

/// <summary>What <c>numpy.save</c> writes before an array: a magic, a version, and a Python dictionary (NEP 1).</summary>
/// <param name="Layout">Where the voxels lie, counted from the first byte of the header.</param>
internal sealed record NpyHeader(FlatLayout Layout)
{
    /// <summary>A header beyond this is damage; NumPy refuses those above 10,000 itself.</summary>
    private const int MostBytes = 1 << 16;

    /// <summary>Bytes of which the header is one part, at most.</summary>
    public const int ReadAtMost = MostBytes + 12;

    /// <summary>Whether bytes begin as an array of NumPy does.</summary>
    public static bool IsSignature(ReadOnlySpan<byte> start) =>
        start.Length >= 6 && start[0] == 0x93 && start[1..].StartsWith("NUMPY"u8);

    /// <summary>Reads the header.</summary>
    /// <param name="path">The file, for messages.</param>
    /// <param name="start">The file's first bytes.</param>
    /// <exception cref="VolumeFormatException">It is damaged, or the array's elements are no voxels.</exception>
    public static NpyHeader Parse(string path, ReadOnlySpan<byte> start)
    {
        if (!IsSignature(start) || start.Length < 10)
        {
            throw new VolumeFormatException(path, "it does not begin as an array of NumPy does (0x93 NUMPY), or ends within the header.");
        }

        int version = start[6];
        int textAt = version == 1 ? 10 : 12;
        long length = version switch
        {
            1 => BinaryPrimitives.ReadUInt16LittleEndian(start[8..]),
            2 or 3 when start.Length >= textAt => BinaryPrimitives.ReadUInt32LittleEndian(start[8..]),
            _ => throw new VolumeFormatException(path, $"version {version} of NumPy's format is not known, or the file ends within the header."),
        };
        if (length > MostBytes || length > start.Length - textAt)
        {
            throw new VolumeFormatException(path, $"the header has {length} bytes, more than {MostBytes} or than the file.");
        }

        string text = Encoding.UTF8.GetString(start.Slice(textAt, (int)length));
        return new NpyHeader(LayoutOf(path, text, textAt + length));
    }

    private static FlatLayout LayoutOf(string path, string text, long offset)
    {
        ZarrDataType type = TypeOf(path, ValueOf(path, text, "descr"));
        bool isFortran = ValueOf(path, text, "fortran_order") switch
        {
            "False" => false,
            "True" => true,
            string other => throw new VolumeFormatException(path, $"fortran_order is {other}, expected True or False."),
        };
        string tuple = ValueOf(path, text, "shape").Trim('(', ')', ' ');
        long[] extents = [.. tuple.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).Select(extent =>
            long.TryParse(extent.TrimEnd('L'), NumberStyles.None, CultureInfo.InvariantCulture, out long number) ? number : 0)];
        return new FlatLayout(FlatLayout.ShapeOf(path, extents), type.Type, type.BigEndian, offset, isFortran && extents.Length > 1);
    }

    private static ZarrDataType TypeOf(string path, string descr)
    {
        try
        {
            string quoted = descr.Length > 1 && descr[0] is '\'' or '"' ? descr[1..^1] : throw new InvalidDataException($"dtype is {descr}, a structure or nothing; only single numbers are read as voxels.");
            quoted = quoted.StartsWith('=') ? $"<{quoted[1..]}" : quoted;
            return ZarrDataType.Parse(JsonSerializer.SerializeToElement(quoted));
        }
        catch (InvalidDataException e)
        {
            throw new VolumeFormatException(path, e.Message, e);
        }
    }

    /// <summary>The value of a key in the dictionary, as text: up to the comma that no bracket or quote encloses.</summary>
    private static string ValueOf(string path, string text, string key)
    {
        int at = text.IndexOf($"'{key}'", StringComparison.Ordinal);
        int colon = at < 0 ? -1 : text.IndexOf(':', at + key.Length + 2);
        if (colon < 0)
        {
            throw new VolumeFormatException(path, $"the header has no '{key}'.");
        }

        int depth = 0;
        char quote = '\0';
        int end = colon + 1;
        for (; end < text.Length; end++)
        {
            char c = text[end];
            if (quote != '\0')
            {
                quote = c == quote ? '\0' : quote;
            }
            else if (c is '\'' or '"')
            {
                quote = c;
            }
            else if (depth == 0 && c is (',' or '}'))
            {
                break;
            }
            else
            {
                depth += c is '(' or '[' or '{' ? 1 : c is ')' or ']' or '}' ? -1 : 0;
            }
        }

        return text[(colon + 1)..end].Trim();
    }
}
