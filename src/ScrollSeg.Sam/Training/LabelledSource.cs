using System.Globalization;
using ScrollSeg.Segmentation;
using ScrollSeg.Segmentation.Planning;
using ScrollSeg.Segmentation.Slicing;
using ScrollSeg.Volumes;

namespace ScrollSeg.Sam.Training;

/// <summary>Patches of a volume with its labels, read as they are needed. Flat labels of one slice may stand for a stack of
/// layers, as those of a flattened fragment do.</summary>
public sealed class LabelledSource : TrainingSource
{
    private const int Tries = 24;
    private const int Draws = 10_000; // of a place: little may be left beside what is held out
    private const int SampledVoxels = 1 << 20;

    private readonly VolumeReader _volume;
    private readonly VolumeReader _labels;
    private readonly VolumeReader? _mask;
    private readonly LabelledOptions _options;
    private readonly string _fingerprint;

    private LabelledSource(VolumeReader volume, VolumeReader labels, VolumeReader? mask, LabelledOptions options, string fingerprint) =>
        (_volume, _labels, _mask, _options, _fingerprint) = (volume, labels, mask, options, fingerprint);

    /// <summary>What was noticed about the labels that a user should know.</summary>
    public IReadOnlyList<string> Notes { get; private init; } = [];

    /// <summary>What is black and what is white.</summary>
    public IntensityRange Range { get; private init; }

    /// <inheritdoc/>
    public override string Description => string.Create(
        CultureInfo.InvariantCulture, $"{_fingerprint}, grey {Range.Low:R}..{Range.High:R}, {_options}");

    /// <inheritdoc/>
    public override long? Count(int side)
    {
        int tile = TileOf(side);
        Box3 within = _options.Within ?? _volume.Info.Bounds;
        return _options.InOrder ? (long)Slices().Count * ((within.Shape.Y + tile - 1) / tile) * ((within.Shape.X + tile - 1) / tile) : null;
    }

    /// <summary>Looks at a volume and its labels.</summary>
    /// <param name="volume">The scan or photograph; stays the caller's.</param>
    /// <param name="labels">As large as the volume, or one slice of it; stays the caller's.</param>
    /// <param name="mask">0 where there is nothing to see or to learn, as large as the labels; stays the caller's.</param>
    /// <param name="options">What is shown.</param>
    /// <param name="cancellationToken">Stops between reads.</param>
    /// <exception cref="VolumeFormatException">The labels do not fit the volume, or are all of one class.</exception>
    public static async Task<LabelledSource> OpenAsync(
        VolumeReader volume, VolumeReader labels, VolumeReader? mask, LabelledOptions options, CancellationToken cancellationToken = default)
    {
        RequireFit(volume, labels, "labels");
        if (mask is not null)
        {
            RequireFit(volume, mask, "mask");
        }

        if (options.Spacing.IsDrawn && options.Spacing.Needs(options.Channels) > volume.Info.Shape.Z)
        {
            throw new InvalidRequestException(
                $"{options.Channels} slices, {options.Spacing}, are drawn from {volume.Info.Path}, which has {volume.Info.Shape.Z}.");
        }

        List<string> notes = await CheckLabelsAsync(labels, options, cancellationToken);
        string fingerprint = $"{await volume.FingerprintAsync(false, cancellationToken)}+{options.LabelsName ?? await labels.FingerprintAsync(false, cancellationToken)}";
        LabelledSource source = new(volume, labels, mask, options, fingerprint);
        return new LabelledSource(volume, labels, mask, options, fingerprint)
        {
            Notes = notes,
            Range = options.Range ?? await source.FindRangeAsync(cancellationToken),
        };
    }

    /// <inheritdoc/>
    protected override async ValueTask<TrainingExample> MakeAsync(long number, int side, CancellationToken cancellationToken)
    {
        Random random = RandomOf(_options.Seed, number);
        bool wantsForeground = random.NextDouble() < _options.ForegroundShare;
        int tile = _options is { Zoom: > 1, InOrder: false } ? Zoomed(TileOf(side), random) : TileOf(side);
        (Box3 box, byte[] labels) = (default, []);
        for (int tried = 0; tried < Tries; tried++)
        {
            (Box3 next, bool isFree) = _options.InOrder ? InOrder(number, tile) : Anywhere(tile, random);
            if (!isFree)
            {
                continue;
            }

            (box, labels) = (next, await LabelsAsync(next, cancellationToken));
            if (_options.InOrder || (labels.Count(label => label != TrainingExample.Ignored) > _options.KnownShare * labels.Length
                && (!wantsForeground || labels.Contains((byte)1))))
            {
                break;
            }
        }

        if (labels.Length == 0)
        {
            throw new VolumeFormatException(
                _volume.Info.Path, $"no patch of {tile} x {tile} voxels lies beside what is kept for validation ({_options.Except}); take a smaller tile.");
        }

        SliceGroup shown = Shown(box.Start.Z, number);
        float[] grey = await GreyAsync(box, shown.Sources, side, cancellationToken);
        return new TrainingExample(side, grey, Resample.Nearest(labels, tile, side), $"{_volume.Info.Path}, {box}") { Labelled = shown.OwnChannel!.Value };
    }

    private static void RequireFit(VolumeReader volume, VolumeReader other, string what)
    {
        (Shape3 wanted, Shape3 actual) = (volume.Info.Shape, other.Info.Shape);
        if (actual.Y != wanted.Y || actual.X != wanted.X || (actual.Z != wanted.Z && actual.Z != 1))
        {
            throw new VolumeFormatException(
                other.Info.Path, $"the {what} are {actual} (z, y, x), the image {volume.Info.Path} is {wanted}; they must be of the same size, or one slice.");
        }
    }

    /// <summary>Labels of a single class teach nothing, and are most often the wrong file.</summary>
    private static async Task<List<string>> CheckLabelsAsync(VolumeReader labels, LabelledOptions options, CancellationToken cancellationToken)
    {
        SortedSet<double> seen = [];
        int step = Math.Max(1, labels.Info.Shape.Z / 16);
        for (int z = 0; z < labels.Info.Shape.Z; z += step)
        {
            foreach (double value in await ReadAsync(labels, labels.Info.Bounds.With(Axis.Z, z, 1), cancellationToken))
            {
                seen.Add(value);
            }
        }

        bool IsForeground(double value) => value != options.Ignore && (options.Foreground is int wanted ? value == wanted : value != 0);
        double[] counted = [.. seen.Where(value => value != options.Ignore)];
        if (counted.Length == 0 || counted.All(IsForeground) || !counted.Any(IsForeground))
        {
            string values = string.Join(", ", seen.Take(8).Select(value => value.ToString(CultureInfo.InvariantCulture)));
            throw new VolumeFormatException(labels.Info.Path, $"all labels are of one class (values found: {values}): there is nothing to tell apart.");
        }

        return counted is [0, 255]
            ? [$"{labels.Info.Path}: labels are 0 and 255, taken as 0 and 1."]
            : [];
    }

    private int TileOf(int side)
    {
        int tile = _options.Tile ?? side;
        Box3 within = _options.Within ?? _volume.Info.Bounds;
        return tile <= Math.Min(within.Shape.Y, within.Shape.X)
            ? tile
            : throw new VolumeFormatException(
                _volume.Info.Path, $"a patch of {tile} x {tile} voxels does not fit into {within}; take a smaller tile.");
    }

    /// <summary>A tile magnified or shrunk, by factors whose logarithms have equal chances, where there is room for it.</summary>
    private int Zoomed(int tile, Random random)
    {
        double factor = Math.Exp(((2 * random.NextDouble()) - 1) * Math.Log(_options.Zoom));
        return Math.Clamp((int)Math.Round(tile * factor), 1, Math.Max(tile, LargestTile()));
    }

    /// <summary>The side of the largest patch that has room on one side of what is kept for validation.</summary>
    private int LargestTile()
    {
        Box3 within = _options.Within ?? _volume.Info.Bounds;
        (int height, int width) = (within.Shape.Y, within.Shape.X);
        if (_options.Except is not Box3 except)
        {
            return Math.Min(height, width);
        }

        int beside = Math.Max(except.Start.X - within.Start.X, within.End.X - except.End.X);
        int aboveOrBelow = Math.Max(except.Start.Y - within.Start.Y, within.End.Y - except.End.Y);
        return Math.Max(Math.Min(height, beside), Math.Min(aboveOrBelow, width));
    }

    private (int First, int Count) Slices()
    {
        Box3 within = _options.Within ?? _volume.Info.Bounds;
        (int first, int last) = _options.Layers ?? (within.Start.Z, within.End.Z - 1);
        first = Math.Max(0, first);
        return (first, Math.Min(_volume.Info.Shape.Z - 1, last) - first + 1);
    }

    private (Box3 Box, bool IsFree) Anywhere(int tile, Random random)
    {
        Box3 within = _options.Within ?? _volume.Info.Bounds;
        (int first, int count) = Slices();
        for (int drawn = 1; ; drawn++)
        {
            Box3 box = new(
                (first + random.Next(count), within.Start.Y + random.Next(within.Shape.Y - tile + 1), within.Start.X + random.Next(within.Shape.X - tile + 1)),
                new Shape3(1, tile, tile));
            bool isFree = _options.Except is not Box3 except || box.Intersect(except).IsEmpty;
            if (isFree || drawn == Draws)
            {
                return (box, isFree);
            }
        }
    }

    private (Box3 Box, bool IsFree) InOrder(long number, int tile)
    {
        Box3 within = _options.Within ?? _volume.Info.Bounds;
        (int first, int count) = Slices();
        (int rows, int columns) = ((within.Shape.Y + tile - 1) / tile, (within.Shape.X + tile - 1) / tile);
        (long slice, long place) = Math.DivRem(number, (long)rows * columns);
        int y = Math.Min(within.Start.Y + ((int)(place / columns) * tile), within.End.Y - tile);
        int x = Math.Min(within.Start.X + ((int)(place % columns) * tile), within.End.X - tile);
        return (new Box3((first + (int)(slice % count), y, x), new Shape3(1, tile, tile)), true);
    }

    /// <summary>0, 1 or <see cref="TrainingExample.Ignored"/> for each voxel of a box.</summary>
    private async Task<byte[]> LabelsAsync(Box3 box, CancellationToken cancellationToken)
    {
        double[] values = await ReadAsync(_labels, Flat(_labels, box), cancellationToken);
        byte[] labels = Array.ConvertAll(values, value =>
            value == _options.Ignore ? TrainingExample.Ignored
            : (_options.Foreground is int wanted ? value == wanted : value != 0) ? (byte)1 : (byte)0);
        if (_mask is not null)
        {
            double[] mask = await ReadAsync(_mask, Flat(_mask, box), cancellationToken);
            for (int i = 0; i < labels.Length; i++)
            {
                labels[i] = mask[i] == 0 ? TrainingExample.Ignored : labels[i];
            }
        }

        return labels;
    }

    /// <summary>The slices that <c>segment</c> would show for one.</summary>
    private SliceGroup Shown(int target, long number)
    {
        TupleSlices tuples = new() { Width = _options.Channels, Spacing = _options.Spacing, Seed = RandomOf(_options.Seed, number).Next() };
        return tuples.GroupsFor(_volume.Info.Shape.Z, target, target + 1).Single();
    }

    private async Task<float[]> GreyAsync(Box3 box, IReadOnlyList<int> slices, int side, CancellationToken cancellationToken)
    {
        float[] grey = new float[slices.Count * side * side];
        for (int channel = 0; channel < slices.Count; channel++)
        {
            double[] values = await ReadAsync(_volume, box.With(Axis.Z, slices[channel], 1), cancellationToken);
            float[] mapped = Array.ConvertAll(values, value => (float)Range.Apply(value));
            Resample.Bilinear(mapped, box.Shape.X, side).CopyTo(grey.AsSpan(channel * side * side));
        }

        return grey;
    }

    /// <summary>The percentiles of some slices; what is masked out, or exactly 0 in a volume of whole numbers, is no data.</summary>
    private async Task<IntensityRange> FindRangeAsync(CancellationToken cancellationToken)
    {
        List<double> values = [];
        Shape3 shape = _volume.Info.Shape;
        int slices = Math.Min(shape.Z, 8);
        int stride = (int)Math.Max(1, slices * shape.PlaneCount / SampledVoxels);
        for (int i = 0; i < slices; i++)
        {
            Box3 plane = _volume.Info.Bounds.With(Axis.Z, (int)((2L * i + 1) * shape.Z / (2 * slices)), 1);
            double[] grey = await ReadAsync(_volume, plane, cancellationToken);
            double[]? mask = _mask is null ? null : await ReadAsync(_mask, Flat(_mask, plane), cancellationToken);
            for (int v = 0; v < grey.Length; v += stride)
            {
                if ((mask is null ? grey[v] != 0 : mask[v] != 0) && double.IsFinite(grey[v]))
                {
                    values.Add(grey[v]);
                }
            }
        }

        values.Sort();
        PercentileIntensity rule = new();
        return values.Count > 0 && values[^1] > values[0]
            ? new IntensityRange(At(rule.Low), Math.Max(At(rule.High), double.BitIncrement(At(rule.Low))))
            : throw new VolumeFormatException(_volume.Info.Path, "all voxels have the same grey value: there is nothing to see.");

        double At(double percent) => values[(int)Math.Clamp(values.Count * percent / 100, 0, values.Count - 1)];
    }

    private static Box3 Flat(VolumeReader reader, Box3 box) => reader.Info.Shape.Z == 1 ? box.With(Axis.Z, 0, 1) : box;

    private static async Task<double[]> ReadAsync(VolumeReader reader, Box3 box, CancellationToken cancellationToken)
    {
        using VoxelBuffer voxels = VoxelBuffer.Rent(box.Shape, reader.Info.Type);
        await reader.ReadAsync(box, voxels, cancellationToken);
        double[] values = new double[box.Shape.VoxelCount];
        VoxelConversion.ToDouble(voxels.Bytes, reader.Info.Type, values);
        return values;
    }
}
