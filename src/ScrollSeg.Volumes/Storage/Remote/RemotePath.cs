namespace ScrollSeg.Volumes.Storage.Remote;

/// <summary>Tells addresses from paths of the file system, and makes stores of them.</summary>
public static class RemotePath
{
    private static readonly string[] Schemes = ["http://", "https://", S3Address.Scheme];

    /// <summary>Whether a path is an address that volumes can be read from.</summary>
    public static bool IsRemote(string path) =>
        Array.Exists(Schemes, scheme => path.StartsWith(scheme, StringComparison.OrdinalIgnoreCase));

    /// <summary>A path as it is to be remembered: an address as it is, else the full path of the file system.</summary>
    public static string Full(string path) => IsRemote(path) ? path.TrimEnd('/') : Path.GetFullPath(path);

    /// <summary>The store at an address.</summary>
    /// <exception cref="VolumeFormatException">It is no address, or one with parts that a store cannot have.</exception>
    public static ChunkStore Open(string path, RemoteOptions options)
    {
        if (path.StartsWith(S3Address.Scheme, StringComparison.OrdinalIgnoreCase))
        {
            S3Address address = S3Address.Parse(path, options.S3Endpoint);
            return new HttpStore(address.RootIn(region: null), options, address.RootIn);
        }

        if (!Uri.TryCreate(path, UriKind.Absolute, out Uri? root) || root.Host.Length == 0)
        {
            throw new VolumeFormatException(path, "is no address: expected http://HOST/PATH or https://HOST/PATH.");
        }

        return root.Query.Length > 0 || root.Fragment.Length > 0 || root.UserInfo.Length > 0
            ? throw new VolumeFormatException(
                $"{root.Scheme}://{root.Authority}{root.AbsolutePath}", "has a query, a fragment or a password in its address, which is not supported.")
            : new HttpStore(root, options);
    }
}
