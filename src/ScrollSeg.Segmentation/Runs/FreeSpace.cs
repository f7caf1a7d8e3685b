namespace ScrollSeg.Segmentation.Runs;

/// <summary>Room on the disk that a run writes to.</summary>
public static class FreeSpace
{
    /// <summary>Free bytes where a path lies or would lie; <see langword="null"/> where the system does not say.</summary>
    public static long? At(string path)
    {
        DirectoryInfo? folder = new(Path.GetFullPath(path));
        while (folder is { Exists: false })
        {
            folder = folder.Parent;
        }

        try
        {
            return folder is null ? null : new DriveInfo(folder.FullName).AvailableFreeSpace;
        }
        catch (IOException)
        {
            return null;
        }
    }
}
