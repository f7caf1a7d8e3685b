using System.Globalization;
using ScrollSeg.Volumes.Zarr;

namespace ScrollSeg.Volumes.Raw;

/// <summary>A file without a header, described in its path:
/// <c>file.raw?shape=Z,Y,X&amp;dtype=u2&amp;order=little&amp;offset=N</c>.</summary>
internal static class RawPath
{
    /// <summary>What is to be written, for messages and help.</summary>
    public const string Form = "file.raw?shape=Z,Y,X&dtype=u2&order=little&offset=0";

    /// <summary>Whether a path has a question mark behind the name of a file.</summary>
    public static bool IsMatch(string path) => FileOf(path) is string file && File.Exists(file);

    /// <summary>Reads the description.</summary>
    /// <exception cref="VolumeFormatException">It is incomplete, or does not fit the file.</exception>
    public static FlatHeader Read(string path)
    {
        string name = FileOf(path)!;
        Dictionary<string, string> fields = FieldsOf(path, path[(name.Length + 1)..]);
        Shape3 shape = FlatLayout.ShapeOf(path, [.. Require(path, fields, "shape").Split(',').Select(text =>
            long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out long extent) ? extent : 0)]);
        VoxelType type = TypeOf(path, Require(path, fields, "dtype"));
        bool isBig = fields.GetValueOrDefault("order", "little") switch
        {
            "little" => false,
            "big" => true,
            string other => throw Wrong(path, $"order is '{other}', expected little or big"),
        };
        string offset = fields.GetValueOrDefault("offset", "0");
        FlatLayout layout = new(shape, type, isBig, long.TryParse(offset, NumberStyles.None, CultureInfo.InvariantCulture, out long first)
            ? first
            : throw Wrong(path, $"offset is '{offset}', expected a whole number of bytes"));
        using FlatFile file = new(name);
        bool isGzip = file.Start(2) is [0x1f, 0x8b] && name.EndsWith(".gz", StringComparison.OrdinalIgnoreCase);
        long rest = isGzip ? 0 : file.Length - layout.Offset - layout.ByteCount;
        return new FlatHeader(path, isGzip ? "raw (gzip)" : "raw", name, layout)
        {
            Coding = isGzip ? FlatCoding.Gzip : null,
            PassOver = layout.Offset,
            Defects = rest > 0 ? [$"{rest} bytes follow the voxels: are shape, dtype and offset right?"] : [],
        };
    }

    /// <summary>The file's part of the path; <see langword="null"/> if nothing describes it.</summary>
    public static string? FileOf(string path)
    {
        int mark = path.LastIndexOf('?');
        return mark > 0 ? path[..mark] : null;
    }

    private static Dictionary<string, string> FieldsOf(string path, string query)
    {
        Dictionary<string, string> fields = [];
        foreach (string field in query.Split('&', StringSplitOptions.RemoveEmptyEntries))
        {
            string[] parts = field.Split('=', 2);
            if (parts.Length != 2 || parts[0] is not ("shape" or "dtype" or "order" or "offset"))
            {
                throw Wrong(path, $"'{field}' is not understood");
            }

            if (!fields.TryAdd(parts[0], parts[1]))
            {
                throw Wrong(path, $"{parts[0]} is given twice");
            }
        }

        return fields;
    }

    private static string Require(string path, Dictionary<string, string> fields, string name) =>
        fields.GetValueOrDefault(name) ?? throw Wrong(path, $"{name} is missing");

    private static VoxelType TypeOf(string path, string name)
    {
        foreach (VoxelType type in Enum.GetValues<VoxelType>())
        {
            if (name == type.NumpyName() || name == ZarrDataType.Format(type)[1..])
            {
                return type;
            }
        }

        throw Wrong(path, $"dtype is '{name}', expected u1, i1, u2, i2, u4, i4, u8, i8, f2, f4, f8 or b1");
    }

    private static VolumeFormatException Wrong(string path, string problem) => new(path, $"{problem}; expected {Form}.");
}
