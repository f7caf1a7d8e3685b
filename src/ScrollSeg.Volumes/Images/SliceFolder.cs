using System.Globalization;

namespace ScrollSeg.Volumes.Images;

/// <summary>The files of a folder that are slices, in the order of the last whole number in their names.</summary>
/// <param name="Format">Their kind, by the first file's content.</param>
/// <param name="Files">Full paths, in slice order.</param>
/// <param name="Defects">Gaps in the numbering, and files left out.</param>
internal sealed record SliceFolder(SliceFormat Format, IReadOnlyList<string> Files, IReadOnlyList<string> Defects)
{
    private const int NamedAtMost = 5;

    /// <summary>Whether the folder holds any file whose name ends like a slice's.</summary>
    public static bool HasSlices(string path) => Directory.Exists(path) && Directory.EnumerateFiles(path).Any(IsSlice);

    /// <summary>Lists the slices of a folder.</summary>
    /// <exception cref="VolumeFormatException">No slices, slices of several kinds, or two with the same number.</exception>
    public static SliceFolder List(string path)
    {
        string[] files = [.. Directory.EnumerateFiles(path).Where(IsSlice).Order(StringComparer.Ordinal)];
        if (files.Length == 0)
        {
            throw new VolumeFormatException(path, "the folder holds no slices (.tif, .tiff, .png, .jpg, .jpeg).");
        }

        RefuseSeveralKinds(path, files);
        List<string> defects = [];
        (long Number, string File)[] numbered = Numbered(path, files, defects);
        RefuseDuplicates(numbered);
        ReportGaps(numbered, defects);
        string first = numbered[0].File;
        SliceFormat format = SliceFormat.Of(first) ?? throw new VolumeFormatException(
            first, new FileInfo(first).Length == 0 ? "the file is empty; a slice was expected." : "neither TIFF nor PNG nor JPEG, by its first bytes.");
        return new SliceFolder(format, [.. numbered.Select(slice => slice.File)], defects);
    }

    /// <summary>The last whole number in a file's name; <see langword="null"/> if it has none.</summary>
    public static long? NumberOf(string file)
    {
        string name = Path.GetFileNameWithoutExtension(file);
        int end = name.Length;
        while (end > 0 && !char.IsAsciiDigit(name[end - 1]))
        {
            end--;
        }

        int start = end;
        while (start > 0 && char.IsAsciiDigit(name[start - 1]))
        {
            start--;
        }

        return long.TryParse(name.AsSpan(start, end - start), NumberStyles.None, CultureInfo.InvariantCulture, out long number)
            ? number
            : null;
    }

    private static bool IsSlice(string file) => SliceFormat.OfName(file) is not null && !Path.GetFileName(file).StartsWith('.');

    private static void RefuseSeveralKinds(string path, string[] files)
    {
        string[] kinds = [.. files.GroupBy(file => SliceFormat.OfName(file)!.Name)
            .Select(kind => $"{kind.Count()} {kind.Key} ({Path.GetFileName(kind.First())})")];
        if (kinds.Length > 1)
        {
            throw new VolumeFormatException(
                path, $"the folder holds slices of several kinds: {string.Join(", ", kinds)}; keep one kind in it.");
        }
    }

    private static (long Number, string File)[] Numbered(string path, string[] files, List<string> defects)
    {
        if (files.Length == 1)
        {
            return [(NumberOf(files[0]) ?? 0, files[0])];
        }

        string[] others = [.. files.Where(file => NumberOf(file) is null).Select(file => Path.GetFileName(file))];
        if (others.Length == files.Length)
        {
            throw new VolumeFormatException(
                path, $"none of {files.Length} slices has a number in its name ({Names(others)}), so their order is not known.");
        }

        if (others.Length > 0)
        {
            defects.Add($"{others.Length} files without a number in their names are left out: {Names(others)}.");
        }

        return [.. files.Where(file => NumberOf(file) is not null).Select(file => (NumberOf(file)!.Value, file)).OrderBy(slice => slice.Value)];
    }

    private static void RefuseDuplicates((long Number, string File)[] numbered)
    {
        for (int i = 1; i < numbered.Length; i++)
        {
            if (numbered[i].Number == numbered[i - 1].Number)
            {
                throw new VolumeFormatException(
                    numbered[i].File, $"slice number {numbered[i].Number} is also {Path.GetFileName(numbered[i - 1].File)}'s.");
            }
        }
    }

    private static void ReportGaps((long Number, string File)[] numbered, List<string> defects)
    {
        List<string> gaps = [];
        long missing = 0;
        for (int i = 1; i < numbered.Length; i++)
        {
            (long first, long last) = (numbered[i - 1].Number + 1, numbered[i].Number - 1);
            if (first <= last)
            {
                missing += last - first + 1;
                gaps.Add(first == last ? $"{first}" : $"{first}..{last}");
            }
        }

        if (gaps.Count > 0)
        {
            defects.Add(
                $"the numbering {numbered[0].Number}..{numbered[^1].Number} lacks {missing} slices ({Names(gaps)}); " +
                "the slices beside a gap are taken as neighbours.");
        }
    }

    private static string Names(IReadOnlyList<string> names) =>
        string.Join(", ", names.Take(NamedAtMost)) + (names.Count > NamedAtMost ? $" and {names.Count - NamedAtMost} more" : "");
}
