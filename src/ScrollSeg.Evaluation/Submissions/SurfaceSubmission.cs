using System.IO.Compression;
using ScrollSeg.Volumes;
using ScrollSeg.Volumes.Tiff;

namespace ScrollSeg.Evaluation.Submissions;

/// <summary><c>submission.zip</c> of the 2025-26 surface contest: a multi-page TIFF of uint8 per volume, 0 and 1, named for it.</summary>
public static class SurfaceSubmission
{
    /// <summary>No clock: the same masks give the same bytes.</summary>
    private static readonly DateTimeOffset Epoch = new(1980, 1, 1, 0, 0, 0, TimeSpan.Zero);

    /// <summary>Writes the file.</summary>
    /// <param name="masks">Names and masks.</param>
    /// <param name="output">Receives the archive.</param>
    /// <param name="cancellationToken">Stops between slices.</param>
    public static async Task WriteAsync(
        IEnumerable<(string Id, VolumeReader Mask)> masks, Stream output, CancellationToken cancellationToken = default)
    {
        await using ZipArchive archive = new(output, ZipArchiveMode.Create, leaveOpen: true);
        foreach ((string id, VolumeReader mask) in masks)
        {
            using MemoryStream file = new();
            TiffPageWriter pages = new(file);
            for (int z = 0; z < mask.Info.Shape.Z; z++)
            {
                pages.AddPage(await MaskRows.ReadSliceAsync(mask, z, cancellationToken), mask.Info.Shape.Y, mask.Info.Shape.X);
            }

            ZipArchiveEntry entry = archive.CreateEntry($"{id}.tif", CompressionLevel.Fastest);
            entry.LastWriteTime = Epoch;
            await using Stream content = entry.Open();
            file.Position = 0;
            await file.CopyToAsync(content, cancellationToken);
        }
    }

    /// <summary>Unpacks the volumes of a file.</summary>
    /// <param name="path">The archive.</param>
    /// <param name="folder">Receives the TIFF files; must exist.</param>
    /// <param name="largest">Bytes that one may have; an archive may claim anything.</param>
    /// <returns>The files.</returns>
    /// <exception cref="VolumeFormatException">The archive holds something else.</exception>
    public static IReadOnlyList<string> Unpack(string path, string folder, long largest = 4L << 30)
    {
        try
        {
            using ZipArchive archive = ZipFile.OpenRead(path);
            List<string> files = [];
            foreach (ZipArchiveEntry entry in archive.Entries)
            {
                if (entry.Name != entry.FullName || !entry.Name.EndsWith(".tif", StringComparison.Ordinal) || entry.Name.StartsWith('.'))
                {
                    throw new VolumeFormatException(path, $"holds '{entry.FullName}'; expected files named ID.tif and nothing else.");
                }

                if (entry.Length > largest)
                {
                    throw new VolumeFormatException(path, $"{entry.Name} has {entry.Length} bytes; at most {largest} are unpacked.");
                }

                string file = Path.Combine(folder, entry.Name);
                entry.ExtractToFile(file);
                files.Add(file);
            }

            return files;
        }
        catch (InvalidDataException e)
        {
            throw new VolumeFormatException(path, $"is no zip archive, or a damaged one: {e.Message}", e);
        }
    }
}
