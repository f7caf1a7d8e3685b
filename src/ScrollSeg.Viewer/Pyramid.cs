using ScrollSeg.Volumes;

namespace ScrollSeg.Viewer;

/// <summary>A volume with the coarser resolutions that lie beside it, the opened one first.</summary>
internal sealed class Pyramid : IAsyncDisposable
{
    private readonly List<VolumeReader> _levels;

    private Pyramid(List<VolumeReader> levels, string? group) => (_levels, Group) = (levels, group);

    /// <summary>What was opened.</summary>
    public VolumeInfo Info => _levels[0].Info;

    /// <summary>The resolutions, finest first.</summary>
    public IReadOnlyList<VolumeReader> Levels => _levels;

    /// <summary>The folder of the multiscale image; <see langword="null"/> if the volume belongs to none.</summary>
    public string? Group { get; }

    /// <summary>Opens a volume, and the coarser levels if it is one of a multiscale image.</summary>
    /// <exception cref="VolumeFormatException">One of them is damaged.</exception>
    public static async Task<Pyramid> OpenAsync(string path, CancellationToken ct)
    {
        VolumeReader finest = await VolumeFormats.OpenAsync(path, new ReaderOptions(), ct);
        List<VolumeReader> levels = [finest];
        if (finest.Info.Group is not string group)
        {
            return new Pyramid(levels, null);
        }

        try
        {
            foreach (VolumeLevel level in finest.Info.Levels.Skip(finest.Info.Level + 1).Where(level => level.Shape is not null))
            {
                levels.Add(await VolumeFormats.OpenAsync($"{group}/{level.Path}", new ReaderOptions(), ct));
            }
        }
        catch
        {
            await new Pyramid(levels, group).DisposeAsync();
            throw;
        }

        return new Pyramid(levels, group);
    }

    /// <summary>The finest level of whose slices neither side is longer than a picture may be; the coarsest, if none is.</summary>
    public int LevelFor(Axis axis, int maxSide)
    {
        (Axis row, Axis column) = PlaneReader.AxesOf(axis);
        int level = _levels.FindIndex(reader => reader.Info.Shape[row] <= maxSide && reader.Info.Shape[column] <= maxSide);
        return level >= 0 ? level : _levels.Count - 1;
    }

    /// <summary>Where a slice of the finest level lies in another.</summary>
    public int IndexIn(int level, Axis axis, int index)
    {
        if (level == 0)
        {
            return index;
        }

        int fine = Info.Shape[axis];
        int coarse = _levels[level].Info.Shape[axis];
        double factor = Math.Max(1, Math.Round(ScaleOf(level, axis) / ScaleOf(0, axis)));
        return CoversWith(factor, fine, coarse)
            ? Math.Min((int)(index / factor), coarse - 1)
            : (int)((long)index * coarse / fine);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        foreach (VolumeReader level in _levels)
        {
            await level.DisposeAsync();
        }
    }

    /// <summary>Whether declared scales agree with the shapes, to a voxel.</summary>
    private static bool CoversWith(double factor, int fine, int coarse) => Math.Abs((fine / factor) - coarse) <= 1;

    private double ScaleOf(int level, Axis axis)
    {
        VolumeInfo info = _levels[level].Info;
        (double z, double y, double x) = info.Levels[info.Level].Scale;
        return axis switch { Axis.Z => z, Axis.Y => y, _ => x };
    }
}
