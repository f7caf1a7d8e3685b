using System.Text;
using ScrollSeg.Volumes.Raw;

namespace ScrollSeg.Volumes.Nrrd;

/// <summary>The lines of an NRRD header: <c>field: value</c> up to an empty line or the file's end.</summary>
internal sealed class NrrdFields
{
    /// <summary>A header is a few hundred bytes; comments and key/value pairs may make it longer.</summary>
    private const int MostBytes = 1 << 20;

    private readonly FlatFile _file;
    private readonly Dictionary<string, string> _fields = new(StringComparer.OrdinalIgnoreCase);

    private NrrdFields(FlatFile file) => _file = file;

    /// <summary>Byte behind the empty line that ends the header; <see langword="null"/> if there is none.</summary>
    public long? End { get; private set; }

    /// <summary>Reads the header.</summary>
    /// <exception cref="VolumeFormatException">It is no NRRD header.</exception>
    public static NrrdFields Read(FlatFile file)
    {
        byte[] start = file.Start(MostBytes);
        if (!NrrdHeader.IsSignature(start))
        {
            throw file.Damaged("the file does not begin as an NRRD file does (NRRD000 and a digit).");
        }

        NrrdFields fields = new(file);
        int from = 0;
        bool isFirst = true;
        while (from < start.Length)
        {
            int end = start.AsSpan(from).IndexOf((byte)'\n');
            end = end < 0 ? start.Length : from + end;
            string line = Encoding.UTF8.GetString(start.AsSpan(from, end - from)).TrimEnd('\r');
            from = Math.Min(end + 1, start.Length);
            if (line.Length == 0)
            {
                fields.End = from;
                return fields;
            }

            if (!isFirst)
            {
                fields.Add(line);
            }

            isFirst = false;
        }

        return file.Length <= MostBytes
            ? fields
            : throw file.Damaged($"no empty line ends the header within {MostBytes} bytes.");
    }

    /// <summary>A field's value; <see langword="null"/> if it is absent.</summary>
    /// <param name="names">Its spellings.</param>
    public string? Find(params string[] names)
    {
        foreach (string name in names)
        {
            if (_fields.TryGetValue(name, out string? value))
            {
                return value;
            }
        }

        return null;
    }

    /// <summary>The value of a field that must be there.</summary>
    public string Require(string name) => Find(name) ?? throw _file.Damaged($"the header has no field '{name}'.");

    private void Add(string line)
    {
        int colon = line.IndexOf(": ", StringComparison.Ordinal);
        bool isField = line[0] != '#' && colon > 0 && !line[..colon].Contains(":=", StringComparison.Ordinal);
        if (isField && !_fields.TryAdd(line[..colon].Trim(), line[(colon + 2)..].Trim()))
        {
            throw _file.Damaged($"the header has the field '{line[..colon]}' twice.");
        }
    }
}
