using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using ScrollSeg.Volumes.Storage;

namespace ScrollSeg.Volumes.Raw;

/// <summary>A volume whose voxels lie in one block of a file, behind a header or alone: NRRD, NIfTI, NPY, MRC, raw, and
/// HDF5's contiguous datasets.</summary>
internal sealed class FlatVolume : VolumeReader
{
    private readonly FlatFile _file;
    private readonly FlatLayout _layout;
    private readonly FlatBlock _block;
    private readonly SemaphoreSlim _readers;

    /// <param name="info">What the header says.</param>
    /// <param name="file">The file with the voxels; becomes the volume's.</param>
    /// <param name="layout">Where they lie; checked here.</param>
    /// <param name="options">How to read.</param>
    /// <exception cref="VolumeFormatException">The file is too short.</exception>
    public FlatVolume(VolumeInfo info, FlatFile file, FlatLayout layout, ReaderOptions options)
        : base(info)
    {
        file.Require(layout);
        (_file, _layout, _block) = (file, layout, new FlatBlock(file, layout));
        _readers = new SemaphoreSlim(options.DecodeThreads);
    }

    /// <inheritdoc/>
    public override ValueTask<string> FingerprintAsync(bool withTimes, CancellationToken cancellationToken = default) =>
        ValueTask.FromResult(FingerprintOf(withTimes, $"{_layout}", Info.Path, _file.Path));

    /// <summary>A hash over names, lengths and perhaps times of files, and what was read from their headers.</summary>
    public static string FingerprintOf(bool withTimes, string header, params string[] files)
    {
        StringBuilder text = new(header);
        foreach (string path in files.Where(File.Exists).Distinct())
        {
            FileInfo file = new(path);
            text.Append(CultureInfo.InvariantCulture, $"\n{file.Name}\t{file.Length}\t{(withTimes ? file.LastWriteTimeUtc.Ticks : 0)}");
        }

        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text.ToString())));
    }

    /// <inheritdoc/>
    public override ValueTask DisposeAsync()
    {
        _file.Dispose();
        _readers.Dispose();
        return ValueTask.CompletedTask;
    }

    /// <inheritdoc/>
    protected override async ValueTask<IReadOnlyList<Box3>> ReadCoreAsync(
        Box3 region, VoxelBuffer destination, CancellationToken cancellationToken)
    {
        (int first, int end) = _layout.IsColumnMajor ? (region.Start.X, region.End.X) : (region.Start.Z, region.End.Z);
        await Parallel.ForAsync(first, end, cancellationToken, async (piece, ct) =>
        {
            await _readers.WaitAsync(ct);
            try
            {
                long bytes = Backoff.Default.Run(() => _block.ReadPiece(piece, region, destination), cancellationToken: ct);
                Counters.AddChunk(bytes, bytes);
            }
            finally
            {
                _readers.Release();
            }
        });
        return [];
    }
}
