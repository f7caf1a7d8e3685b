using System.Globalization;
using ScrollSeg.Volumes.Raw;
using ScrollSeg.Volumes.Zarr;

namespace ScrollSeg.Volumes.Nrrd;

/// <summary>Nearly raw raster data: a header in text before the voxels (<c>.nrrd</c>) or beside them (<c>.nhdr</c>); Teem's
/// "Definition of NRRD File Format".</summary>
internal static class NrrdHeader
{
    private static readonly char[] Blanks = [' ', '\t'];

    /// <summary>Whether bytes begin as an NRRD file does.</summary>
    public static bool IsSignature(ReadOnlySpan<byte> start) =>
        start.Length >= 8 && start.StartsWith("NRRD000"u8) && char.IsAsciiDigit((char)start[7]);

    /// <summary>Reads the header.</summary>
    /// <exception cref="VolumeFormatException">It is damaged, or asks for what is not supported.</exception>
    public static FlatHeader Read(string path)
    {
        using FlatFile file = new(path);
        NrrdFields fields = NrrdFields.Read(file);
        VoxelType type = TypeOf(file, fields.Require("type"));
        Shape3 shape = ShapeOf(file, fields);
        string encoding = fields.Require("encoding").ToLowerInvariant();
        FlatCoding? coding = CodingOf(file, encoding);
        bool isBig = coding != FlatCoding.Text && type.ByteSize() > 1 && fields.Require("endian").ToLowerInvariant() switch
        {
            "little" => false,
            "big" => true,
            string other => throw file.Damaged($"endian is '{other}', expected little or big."),
        };
        FlatLayout layout = new(shape, type, isBig, 0);
        (string data, long start) = DataOf(file, fields);
        (VoxelSize? size, List<string> notes) = SizeOf(fields);
        using FlatFile content = new(data);
        long offset = SkipBytes(content, fields, SkipLines(content, fields, start), layout, coding);
        return new FlatHeader(path, $"NRRD ({encoding})", data, layout with { Offset = coding is null ? offset : 0 })
        {
            Coding = coding,
            CodedFrom = offset,
            VoxelSize = size,
            Notes = notes,
        };
    }

    private static VoxelType TypeOf(FlatFile file, string type) => type.ToLowerInvariant() switch
    {
        "signed char" or "int8" or "int8_t" => VoxelType.Int8,
        "uchar" or "unsigned char" or "uint8" or "uint8_t" => VoxelType.UInt8,
        "short" or "short int" or "signed short" or "signed short int" or "int16" or "int16_t" => VoxelType.Int16,
        "ushort" or "unsigned short" or "unsigned short int" or "uint16" or "uint16_t" => VoxelType.UInt16,
        "int" or "signed int" or "int32" or "int32_t" => VoxelType.Int32,
        "uint" or "unsigned int" or "uint32" or "uint32_t" => VoxelType.UInt32,
        "longlong" or "long long" or "long long int" or "signed long long" or "signed long long int" or "int64" or "int64_t" => VoxelType.Int64,
        "ulonglong" or "unsigned long long" or "unsigned long long int" or "uint64" or "uint64_t" => VoxelType.UInt64,
        "float" => VoxelType.Float32,
        "double" => VoxelType.Float64,
        _ => throw file.Damaged($"voxels of type '{type}' are not supported."),
    };

    private static FlatCoding? CodingOf(FlatFile file, string encoding) => encoding switch
    {
        "raw" => null,
        "gzip" or "gz" => FlatCoding.Gzip,
        "bzip2" or "bz2" => FlatCoding.Bzip2,
        "txt" or "text" or "ascii" => FlatCoding.Text,
        _ => throw file.Damaged($"encoding '{encoding}' is not supported; raw, gzip, bzip2 and ascii are read."),
    };

    /// <summary>The first axis varies fastest.</summary>
    private static Shape3 ShapeOf(FlatFile file, NrrdFields fields)
    {
        string[] sizes = fields.Require("sizes").Split(Blanks, StringSplitOptions.RemoveEmptyEntries);
        bool isDimension = int.TryParse(fields.Require("dimension"), NumberStyles.None, CultureInfo.InvariantCulture, out int dimension);
        if (!isDimension || dimension != sizes.Length || dimension is < 1 or > 16)
        {
            throw file.Damaged($"dimension is {fields.Require("dimension")}, and there are {sizes.Length} sizes.");
        }

        return FlatLayout.ShapeOf(file.Path, [.. sizes.Reverse().Select(size =>
            long.TryParse(size, NumberStyles.None, CultureInfo.InvariantCulture, out long extent) ? extent : 0)]);
    }

    private static (string File, long Start) DataOf(FlatFile file, NrrdFields fields)
    {
        if (fields.Find("data file", "datafile") is not string data)
        {
            return (file.Path, fields.End ?? throw file.Damaged("no empty line ends the header, and no field names a data file."));
        }

        if (data.Contains('\0', StringComparison.Ordinal))
        {
            throw file.Damaged("the name of the data file has a zero byte in it.");
        }

        if (data.StartsWith("LIST", StringComparison.Ordinal) || data.Contains('%', StringComparison.Ordinal))
        {
            throw file.Damaged($"voxels in several data files ('{data}') are not supported.");
        }

        string path = Path.GetFullPath(data, Path.GetDirectoryName(Path.GetFullPath(file.Path))!);
        return File.Exists(path)
            ? (path, 0)
            : throw file.Damaged($"the data file '{data}' is not there.");
    }

    private static long SkipLines(FlatFile content, NrrdFields fields, long start)
    {
        const int Window = 1 << 16;
        long lines = NumberOf(content, fields, "line skip", "lineskip");
        byte[] window = new byte[Window];
        while (lines > 0)
        {
            Span<byte> part = window.AsSpan(0, (int)Math.Min(Window, content.Length - start));
            content.Read(part, start, "a line to skip");
            int end = part.IndexOf((byte)'\n');
            if (part.IsEmpty)
            {
                throw content.Damaged("the file ends within the lines to skip (line skip).");
            }

            start += end < 0 ? part.Length : end + 1;
            lines -= end < 0 ? 0 : 1;
        }

        return start;
    }

    private static long SkipBytes(FlatFile content, NrrdFields fields, long start, FlatLayout layout, FlatCoding? coding)
    {
        long bytes = NumberOf(content, fields, "byte skip", "byteskip");
        if (bytes >= 0 && (coding is null || bytes == 0))
        {
            return checked(start + Math.Min(bytes, content.Length + 1));
        }

        return bytes == -1 && coding is null
            ? content.Length - layout.ByteCount // -1: the voxels are the end of the file
            : throw content.Damaged($"byte skip {bytes} with encoding {fields.Require("encoding")} is not supported.");
    }

    private static long NumberOf(FlatFile file, NrrdFields fields, params string[] names) =>
        fields.Find(names) is not string text ? 0
        : long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long number) ? number
        : throw file.Damaged($"{names[0]} is '{text}', expected a whole number.");

    /// <summary>The edges of a voxel, from spacings or the lengths of the axes' directions.</summary>
    private static (VoxelSize? Size, List<string> Notes) SizeOf(NrrdFields fields)
    {
        string[] spacings = fields.Find("space directions") is string directions
            ? [.. SplitVectors(directions).Select(LengthOf)]
            : fields.Find("spacings")?.Split(Blanks, StringSplitOptions.RemoveEmptyEntries) ?? [];
        double[] edges = [.. spacings.Select(text => double.TryParse(text, CultureInfo.InvariantCulture, out double edge) ? Math.Abs(edge) : double.NaN)];
        if (edges.Length is < 1 or > 3 || !edges.All(edge => double.IsFinite(edge) && edge > 0))
        {
            return (null, []);
        }

        string units = fields.Find("space units", "units") ?? "";
        string[] named = [.. units.Split('"', StringSplitOptions.RemoveEmptyEntries).Select(unit => unit.Trim()).Where(unit => unit.Length > 0).Distinct()];
        if (named.Length != 1 || NgffUnits.Micrometres(named[0]) is not double factor)
        {
            return (null, [$"the header gives spacings {string.Join(" x ", spacings.Reverse())} (z, y, x) in no unit of length."]);
        }

        double[] last = [factor, factor, factor, .. edges.Reverse().Select(edge => edge * factor)];
        return (VoxelSize.IfBelievable(last[^3], last[^2], last[^1]), []);
    }

    private static IEnumerable<string> SplitVectors(string directions) =>
        directions.Split(')', StringSplitOptions.RemoveEmptyEntries).Select(vector => vector.Trim().TrimStart('(')).Where(vector => vector.Length > 0 && vector != "none");

    private static string LengthOf(string vector)
    {
        double[] parts = [.. vector.Split(',').Select(part => double.TryParse(part.Trim(), CultureInfo.InvariantCulture, out double value) ? value : double.NaN)];
        return Math.Sqrt(parts.Sum(part => part * part)).ToString("R", CultureInfo.InvariantCulture);
    }
}
