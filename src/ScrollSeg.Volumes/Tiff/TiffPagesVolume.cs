using System.Collections.Concurrent;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using ScrollSeg.Volumes.Images;
using ScrollSeg.Volumes.Storage;

namespace ScrollSeg.Volumes.Tiff;

/// <summary>A volume in one TIFF or BigTIFF file, a page for each slice, or an ImageJ stack whose planes follow the first
/// page. All pages have the same extent and type. Colour is read as its luminance.</summary>
public sealed class TiffPagesVolume : VolumeReader
{
    private readonly TiffSource _source;
    private readonly TiffPage _first;

    /// <summary>Where each page's directory lies; <see langword="null"/> for an ImageJ stack, which has one directory.</summary>
    private readonly long[]? _directories;

    private readonly SemaphoreSlim _decoders;

    private TiffPagesVolume(VolumeInfo info, TiffSource source, TiffPage first, long[]? directories, ReaderOptions options)
        : base(info)
    {
        (_source, _first, _directories) = (source, first, directories);
        _decoders = new SemaphoreSlim(options.DecodeThreads);
    }

    /// <summary>Opens a file, reading the directory of every page.</summary>
    /// <param name="path">The file.</param>
    /// <param name="options">How to read.</param>
    /// <param name="ct">Stops the look at the directories.</param>
    /// <exception cref="VolumeFormatException">The file is damaged, stores samples in a way that is not read, or a page
    /// differs from the first: the message names it.</exception>
    public static Task<TiffPagesVolume> OpenAsync(string path, ReaderOptions options, CancellationToken ct) =>
        Task.Run(() => Open(path, options, ct), ct);

    /// <inheritdoc/>
    public override ValueTask<string> FingerprintAsync(bool withTimes, CancellationToken cancellationToken = default)
    {
        FileInfo file = new(_source.Path);
        string text = string.Create(
            CultureInfo.InvariantCulture,
            $"{file.Name}\t{file.Length}\t{(withTimes ? file.LastWriteTimeUtc.Ticks : 0)}\n{_first}\n{string.Join(',', _directories ?? [])}");
        return ValueTask.FromResult(Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text))));
    }

    /// <inheritdoc/>
    public override ValueTask DisposeAsync()
    {
        _source.Dispose();
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
                foreach (Box3 part in Backoff.Default.Run(() => ReadPage(z, region, destination, ct), cancellationToken: ct))
                {
                    absent.Add(part with { Start = part.Start with { Z = z } });
                }
            }
            finally
            {
                _decoders.Release();
            }
        });
        return [.. absent.OrderBy(part => part.Start)];
    }

    private List<Box3> ReadPage(int z, Box3 region, VoxelBuffer destination, CancellationToken ct)
    {
        TiffPage page = PageAt(z);
        int size = page.Type.ByteSize();
        TiffRegionReader reader = new(
            _source,
            page,
            region with { Start = region.Start with { Z = 0 }, Shape = region.Shape with { Z = 1 } },
            (y, x, pixels) =>
            {
                Span<byte> row = destination.Row(z - region.Start.Z, y - region.Start.Y)[((x - region.Start.X) * size)..];
                GreySamples.Convert(pixels, page.Samples, page.Type, row[..(pixels.Length / page.Samples)]);
            });
        reader.Read(ct);
        Counters.AddChunk(reader.EncodedBytes, reader.DecodedBytes);
        return reader.Absent;
    }

    private TiffPage PageAt(int z)
    {
        if (_directories is not null)
        {
            return TiffPage.Read(_source, TiffDirectory.Read(_source, _directories[z], z));
        }

        long planeBytes = _first.SegmentRowBytes * _first.Height;
        return _first with
        {
            Index = z,
            SegmentHeight = _first.Height,
            Offsets = [_first.Offsets[0] + (z * planeBytes)],
            ByteCounts = [planeBytes],
        };
    }

    private static TiffPagesVolume Open(string path, ReaderOptions options, CancellationToken ct)
    {
        TiffSource source = new(path);
        try
        {
            return Open(source, options, ct);
        }
        catch
        {
            source.Dispose();
            throw;
        }
    }

    private static TiffPagesVolume Open(TiffSource source, ReaderOptions options, CancellationToken ct)
    {
        TiffPage? first = null;
        ImageJStack? stack = null;
        TiffDirectory? firstDirectory = null;
        List<long> directories = [];
        foreach (TiffDirectory directory in TiffPages.Walk(source))
        {
            ct.ThrowIfCancellationRequested();
            TiffPage page = TiffPage.Read(source, directory);
            TiffDescription.RequireWholeChain(source, directory);
            first ??= page;
            firstDirectory ??= directory;
            stack ??= directories.Count == 0 ? ImageJStack.Of(directory) : null;
            RequireSame(source, first, page);
            directories.Add(directory.Offset);
        }

        bool isContiguous = directories.Count == 1 && stack is { Planes: > 1 };
        if (isContiguous)
        {
            RequireContiguous(source, first!, stack!);
        }

        Shape3 shape = new(isContiguous ? (int)stack!.Planes : directories.Count, first!.Height, first.Width);
        string kind = (source.IsBigTiff ? "BigTIFF" : "TIFF") + (isContiguous ? " (ImageJ stack)" : "");
        VolumeInfo info = new(source.Path, kind, shape, first.Type, shape with { Z = 1 })
        {
            Codec = first.Codec,
            Defects = [.. DefectsOf(source, first, stack, TiffDescription.OmeDefect(firstDirectory!, directories.Count), directories.Count, ct)],
        };
        return new TiffPagesVolume(info, source, first, isContiguous ? null : [.. directories], options);
    }

    private static void RequireSame(TiffSource source, TiffPage first, TiffPage page)
    {
        if ((page.Height, page.Width, page.Samples, page.Type) != (first.Height, first.Width, first.Samples, first.Type))
        {
            throw source.Damaged($"page {page.Index} is {Describe(page)}, expected {Describe(first)} as page 0.");
        }
    }

    private static string Describe(TiffPage page) => $"{page.Height} x {page.Width} {page.Type.NumpyName()} x {page.Samples}";

    /// <summary>A stack that says more planes than it has is an error, never a short volume.</summary>
    private static void RequireContiguous(TiffSource source, TiffPage first, ImageJStack stack)
    {
        long planeBytes = first.SegmentRowBytes * first.Height;
        bool plain = first is { Compression: TiffCodes.Uncompressed, IsTiled: false, Planes: 1 };
        bool unbroken = Enumerable.Range(1, first.Offsets.Length - 1)
            .All(i => first.Offsets[i] == first.Offsets[i - 1] + first.DecodedBytes(i - 1));
        if (!plain || !unbroken || stack.Planes > int.MaxValue || stack.Planes > (source.Length - first.Offsets[0]) / planeBytes)
        {
            throw source.Damaged(
                $"ImageJ's description says {stack.Planes} planes of {planeBytes} bytes; the file has one page ({first.Codec}, " +
                $"{(first.IsTiled ? "tiles" : "strips")}, samples in {first.Planes} planes), and {source.Length - first.Offsets[0]} bytes from its samples on.");
        }
    }

    private static IEnumerable<string> DefectsOf(
        TiffSource source, TiffPage first, ImageJStack? stack, string? omeDefect, int pages, CancellationToken ct)
    {
        if (TiffSliceFormat.DefectOf(first) is string defect)
        {
            yield return defect;
        }

        if (omeDefect is not null)
        {
            yield return omeDefect;
        }

        if (stack is not null && stack.Planes != pages && pages > 1)
        {
            yield return $"ImageJ's description says {stack.Planes} planes, the file has {pages} pages.";
        }

        if (stack is { Channels: > 1 } or { Frames: > 1 })
        {
            yield return $"a hyperstack of {stack.Channels} channels and {stack.Frames} frames: its planes are read as slices, one after the other.";
        }

        if (first.Samples == 1)
        {
            yield break;
        }

        (bool coloured, bool transparent) = (false, false);
        Box3 whole = new((0, 0, 0), new Shape3(1, first.Height, first.Width));
        new TiffRegionReader(source, first, whole, (_, _, pixels) =>
        {
            (bool c, bool t) = GreySamples.Inspect(pixels, first.Samples, first.Type);
            (coloured, transparent) = (coloured || c, transparent || t);
        }).Read(ct);
        if (coloured)
        {
            yield return "the pages are coloured: what is read is the luminance (ITU-R BT.601).";
        }

        if (transparent)
        {
            yield return "the pages have a further channel that is not opaque everywhere: it is left out.";
        }
    }
}
