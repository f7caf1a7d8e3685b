using ScrollSeg.Volumes.Storage.Remote;
using ScrollSeg.Volumes.Storage.Zip;

namespace ScrollSeg.Volumes.Storage;

/// <summary>Finds the store that a path means: a folder, a zip or a folder in it, or either behind a web server.</summary>
public static class StorePath
{
    private const string ZipExtension = ".zip";

    /// <summary>Whether a path of the file system names a zip, or something in one.</summary>
    public static bool IsInZip(string path) => !RemotePath.IsRemote(path) && ZipOf(path) is not null;

    /// <summary>Opens the store.</summary>
    /// <param name="path">A path or an address.</param>
    /// <param name="options">How to read.</param>
    /// <param name="ct">Stops the look into a zip.</param>
    /// <exception cref="FileNotFoundException">There is no such zip.</exception>
    /// <exception cref="VolumeFormatException">It is no address or zip.</exception>
    public static async ValueTask<ChunkStore> OpenAsync(string path, ReaderOptions options, CancellationToken ct)
    {
        if (!RemotePath.IsRemote(path))
        {
            return ZipOf(path) is (string zip, string inside)
                ? await ZipStore.OpenAsync(Folder(Path.GetDirectoryName(zip)!), Path.GetFileName(zip), inside, ct)
                : Folder(path);
        }

        string address = path.TrimEnd('/');
        int end = (address + '/').IndexOf(ZipExtension + '/', StringComparison.OrdinalIgnoreCase);
        if (end < 0)
        {
            return RemotePath.Open(address, options.Remote);
        }

        end += ZipExtension.Length;
        return RemotePath.Open(address[..end], options.Remote).Above(out string name) is ChunkStore container
            ? await ZipStore.OpenAsync(container, name, address[end..].Trim('/'), ct)
            : throw new VolumeFormatException(path, "names no file on the server.");

        FolderStore Folder(string folder) => new(folder, options.Files, options.Backoff);
    }

    /// <summary>The zip that a path leads to or through, and what comes behind it.</summary>
    private static (string Zip, string Inside)? ZipOf(string path)
    {
        string full = Path.TrimEndingDirectorySeparator(Path.GetFullPath(path));
        for (string? zip = full; zip is not null; zip = Path.GetDirectoryName(zip))
        {
            if (zip.EndsWith(ZipExtension, StringComparison.OrdinalIgnoreCase) && File.Exists(zip))
            {
                return (zip, full[zip.Length..].Trim(Path.DirectorySeparatorChar).Replace(Path.DirectorySeparatorChar, '/'));
            }
        }

        return null;
    }
}
