using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;
using ScrollSeg.Volumes.Storage;

namespace ScrollSeg.Volumes.Images;

/// <summary>
/// A volume in a folder of TIFF, PNG or JPEG files, one slice each, ordered by the last whole number in their names. All
/// slices have the same extent and type. Colour is read as its luminance.
/// </summary>
public sealed class SliceFolderVolume : VolumeReader
{
    private readonly SliceFolder _folder;
    private readonly SliceHeader _header;
    private readonly SemaphoreSlim _decoders;

    private SliceFolderVolume(VolumeInfo info, SliceFolder folder, SliceHeader header, ReaderOptions options)
        : base(info)
    {
        (_folder, _header) = (folder, header);
        _decoders = new SemaphoreSlim(options.DecodeThreads);
    }

    /// <summary>Whether a folder holds any file whose name ends like a slice's.</summary>
    public static bool HasSlices(string path) => SliceFolder.HasSlices(path);

    /// <summary>Opens a folder, reading the header of every slice.</summary>
    /// <param name="path">The folder.</param>
    /// <param name="options">How to read.</param>
    /// <param name="ct">Stops the look at the headers.</param>
    /// <exception cref="VolumeFormatException">The folder holds no slices, a slice is damaged, or one differs from the first:
    /// the message names it.</exception>
    public static async Task<SliceFolderVolume> OpenAsync(string path, ReaderOptions options, CancellationToken ct)
    {
        SliceFolder folder = SliceFolder.List(path);
        SliceHeader[] headers = await ReadHeadersAsync(folder, options, ct);
        SliceHeader first = headers[0];
        Shape3 shape = new(folder.Files.Count, first.Height, first.Width);
        VolpkgMetadata? metadata = VolpkgMetadata.Read(path);
        VolumeInfo info = new(path, $"{folder.Format.Name} slices", shape, first.Type, shape with { Z = 1 })
        {
            Codec = string.Join(", ", headers.Select(header => header.Codec).Distinct()),
            VoxelSize = metadata?.VoxelSize,
            Defects =
            [
                .. folder.Defects,
                .. metadata?.DefectsAgainst(shape) ?? [],
                .. headers.Select(header => header.Defect).OfType<string>().Distinct(),
                .. await Task.Run(() => ChannelDefects(folder, first, ct), ct),
            ],
        };
        return new SliceFolderVolume(info, folder, first, options);
    }

    /// <inheritdoc/>
    public override ValueTask<string> FingerprintAsync(bool withTimes, CancellationToken cancellationToken = default)
    {
        using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (string path in _folder.Files)
        {
            cancellationToken.ThrowIfCancellationRequested();
            FileInfo file = new(path);
            hash.AppendData(Encoding.UTF8.GetBytes(
                FormattableString.Invariant($"{file.Name}\t{file.Length}\t{(withTimes ? file.LastWriteTimeUtc.Ticks : 0)}\n")));
        }

        return ValueTask.FromResult(Convert.ToHexStringLower(hash.GetHashAndReset()));
    }

    /// <inheritdoc/>
    public override ValueTask DisposeAsync()
    {
        _decoders.Dispose();
        return ValueTask.CompletedTask;
    }

    /// <inheritdoc/>
    protected override async ValueTask<IReadOnlyList<Box3>> ReadCoreAsync(
        Box3 region, VoxelBuffer destination, CancellationToken cancellationToken)
    {
        ConcurrentBag<Box3> absent = [];
        await Parallel.ForAsync(region.Start.Z, region.End.Z, cancellationToken, async (z, ct) =>
        {
            await _decoders.WaitAsync(ct);
            try
            {
                foreach (Box3 part in Backoff.Default.Run(() => ReadSlice(z, region, destination, ct), cancellationToken: ct))
                {
                    absent.Add(part);
                }
            }
            finally
            {
                _decoders.Release();
            }
        });
        return [.. absent.OrderBy(part => part.Start)];
    }

    private List<Box3> ReadSlice(int z, Box3 region, VoxelBuffer destination, CancellationToken ct)
    {
        int size = _header.Type.ByteSize();
        SliceRead read = _folder.Format.ReadRows(
            _folder.Files[z],
            _header,
            region with { Start = region.Start with { Z = 0 }, Shape = region.Shape with { Z = 1 } },
            (y, x, pixels) =>
            {
                int count = pixels.Length / (_header.Channels * size);
                Span<byte> row = destination.Row(z - region.Start.Z, y - region.Start.Y);
                GreySamples.Convert(pixels, _header.Channels, _header.Type, row.Slice((x - region.Start.X) * size, count * size));
            },
            ct);
        Counters.AddChunk(read.EncodedBytes, read.DecodedBytes);
        return [.. read.Absent.Select(part => part with { Start = part.Start with { Z = z } })];
    }

    private static async Task<SliceHeader[]> ReadHeadersAsync(SliceFolder folder, ReaderOptions options, CancellationToken ct)
    {
        SliceHeader[] headers = new SliceHeader[folder.Files.Count];
        headers[0] = folder.Format.ReadHeader(folder.Files[0]);
        VolumeFormatException?[] problems = new VolumeFormatException?[headers.Length];
        ParallelOptions parallel = new() { MaxDegreeOfParallelism = options.DecodeThreads, CancellationToken = ct };
        await Parallel.ForAsync(1, headers.Length, parallel, (i, _) =>
        {
            problems[i] = TryReadHeader(folder, i, headers);
            return ValueTask.CompletedTask;
        });

        // the first file that is wrong is named, whichever thread found it
        VolumeFormatException[] found = [.. problems.OfType<VolumeFormatException>()];
        return found.Length switch
        {
            0 => headers,
            1 => throw found[0],
            _ => throw new VolumeFormatException(found[0].Path, $"{Problem(found[0])} (and {found.Length - 1} more slices)", found[0]),
        };
    }

    private static string Problem(VolumeFormatException e) => e.Message[(e.Path.Length + 2)..];

    private static VolumeFormatException? TryReadHeader(SliceFolder folder, int index, SliceHeader[] headers)
    {
        string file = folder.Files[index];
        try
        {
            headers[index] = folder.Format.ReadHeader(file);
        }
        catch (VolumeFormatException e)
        {
            return e;
        }

        return headers[index].IsSameAs(headers[0])
            ? null
            : new VolumeFormatException(
                file, $"the slice is {headers[index]}, expected {headers[0]} as in {Path.GetFileName(folder.Files[0])}.");
    }

    /// <summary>What the conversion to grey leaves out, as far as the first, the middle and the last slice show it.</summary>
    private static List<string> ChannelDefects(SliceFolder folder, SliceHeader header, CancellationToken ct)
    {
        if (header.Channels == 1)
        {
            return [];
        }

        (bool coloured, bool transparent) = (false, false);
        int last = folder.Files.Count - 1;
        foreach (int z in new SortedSet<int> { 0, last / 2, last })
        {
            Box3 whole = new((0, 0, 0), new Shape3(1, header.Height, header.Width));
            folder.Format.ReadRows(
                folder.Files[z],
                header,
                whole,
                (_, _, pixels) =>
                {
                    (bool c, bool t) = GreySamples.Inspect(pixels, header.Channels, header.Type);
                    (coloured, transparent) = (coloured || c, transparent || t);
                },
                ct);
        }

        List<string> defects = [];
        if (coloured)
        {
            defects.Add("the slices are coloured: what is read is the luminance (ITU-R BT.601).");
        }

        if (transparent)
        {
            defects.Add("the slices have an alpha channel that is not opaque everywhere: it is left out.");
        }

        return defects;
    }
}
