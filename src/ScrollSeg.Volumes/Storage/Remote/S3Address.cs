using System.Text.RegularExpressions;

namespace ScrollSeg.Volumes.Storage.Remote;

/// <summary>A place in an S3 bucket that may be read without an account.</summary>
/// <param name="Bucket">Name of the bucket.</param>
/// <param name="Key">What the store's keys begin with, without the <c>/</c> behind it; may be empty.</param>
/// <param name="Endpoint">A server other than Amazon's; <see langword="null"/> for Amazon's.</param>
internal sealed partial record S3Address(string Bucket, string Key, Uri? Endpoint)
{
    /// <summary>What such an address begins with.</summary>
    public const string Scheme = "s3://";

    /// <summary>Reads <c>s3://bucket/key</c>.</summary>
    /// <exception cref="VolumeFormatException">It is none.</exception>
    public static S3Address Parse(string path, Uri? endpoint)
    {
        string[] parts = path[Scheme.Length..].TrimEnd('/').Split('/', 2);
        string key = parts.Length > 1 ? parts[1] : "";
        return BucketName().IsMatch(parts[0]) && (key.Length == 0 || ChunkStore.IsValidKey(key))
            ? new S3Address(parts[0], key, endpoint)
            : throw new VolumeFormatException(path, "is no S3 address: expected s3://BUCKET/KEY.");
    }

    /// <summary>The address of the store's root.</summary>
    /// <param name="region">Amazon's region, which the server tells when it is asked in the wrong place;
    /// <see langword="null"/> for the place that knows all buckets.</param>
    /// <returns>The bucket is part of the host's name; of the path if the bucket's name holds a dot, which no certificate
    /// covers, or the server is not Amazon's.</returns>
    public Uri RootIn(string? region)
    {
        if (region is not null && !RegionName().IsMatch(region))
        {
            throw new VolumeFormatException($"{Scheme}{Bucket}", $"the server names '{region}' as the bucket's region, which is none.");
        }

        string host = region is null ? "s3.amazonaws.com" : $"s3.{region}.amazonaws.com";
        string key = string.Join('/', Key.Split('/').Select(Uri.EscapeDataString));
        return Endpoint is not null ? new Uri($"{Endpoint.AbsoluteUri.TrimEnd('/')}/{Bucket}/{key}")
            : Bucket.Contains('.', StringComparison.Ordinal) ? new Uri($"https://{host}/{Bucket}/{key}")
            : new Uri($"https://{Bucket}.{host}/{key}");
    }

    // Amazon S3 user guide, "Bucket naming rules"
    [GeneratedRegex("^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$")]
    private static partial Regex BucketName();

    [GeneratedRegex("^[a-z0-9-]{1,40}$")]
    private static partial Regex RegionName();
}
