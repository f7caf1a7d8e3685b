using System.Security.Cryptography;
using System.Text;
using ScrollSeg.Volumes.Storage;

namespace ScrollSeg.Volumes.Zarr;

/// <summary>Tells one state of an array from another without reading voxels.</summary>
internal static class ZarrFingerprint
{
    /// <summary>Hashes headers, and what the store says of its chunks; see <see cref="ZarrVolume.FingerprintAsync"/>.</summary>
    public static async ValueTask<string> OfAsync(ZarrArray array, NgffMultiscales? group, bool withTimes, CancellationToken ct)
    {
        using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(array.HeaderBytes.Span);
        hash.AppendData(group?.Raw ?? []);
        if (!array.Store.CanList)
        {
            string?[] documents = [array.HeaderKey, group?.Key];
            foreach (string document in withTimes ? documents.OfType<string>() : [])
            {
                string? version = await array.Store.VersionOfAsync(document, ct);
                hash.AppendData(Encoding.UTF8.GetBytes($"{document}\t{version}\n"));
            }

            return Convert.ToHexStringLower(hash.GetHashAndReset());
        }

        await foreach (StoreEntry entry in array.Store.ListAsync(array.Prefix, ct))
        {
            string key = entry.Key[array.Prefix.Length..];
            if (!ZarrNode.IsDocument(key))
            {
                hash.AppendData(Encoding.UTF8.GetBytes(
                    FormattableString.Invariant($"{key}\t{entry.Bytes}\t{(withTimes ? entry.LastWriteUtc.Ticks : 0)}\n")));
            }
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }
}
