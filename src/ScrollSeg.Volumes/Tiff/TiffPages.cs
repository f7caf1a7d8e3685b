namespace ScrollSeg.Volumes.Tiff;

/// <summary>Finds the pages of a file: one pass over the chain of directories.</summary>
internal static class TiffPages
{
    /// <summary>More pages than any scan has slices: a chain beyond it is damage.</summary>
    public const int MaxPages = 1 << 22;

    /// <summary>Walks through the directories; each is read when it is asked for.</summary>
    /// <exception cref="VolumeFormatException">The chain leaves the file, or comes back to a directory it has passed.</exception>
    public static IEnumerable<TiffDirectory> Walk(TiffSource source)
    {
        if (source.FirstDirectory == 0)
        {
            throw source.Damaged("the file has no page: the offset of its first directory is 0.");
        }

        HashSet<long> seen = [];
        for (long offset = source.FirstDirectory; offset != 0;)
        {
            if (!seen.Add(offset))
            {
                throw source.Damaged($"the chain of pages comes back to the directory at byte {offset} after {seen.Count} pages.");
            }

            if (seen.Count > MaxPages)
            {
                throw source.Damaged($"more than {MaxPages} pages.");
            }

            TiffDirectory directory = TiffDirectory.Read(source, offset, seen.Count - 1);
            yield return directory;
            offset = directory.Next;
        }
    }
}
