using System.Globalization;
using System.Runtime.InteropServices;
using ScrollSeg.Segmentation.Linking;
using ScrollSeg.Segmentation.Metrics.Objects;
using ScrollSeg.Segmentation.Metrics.Topology;
using ScrollSeg.Segmentation.Runs;
using ScrollSeg.Volumes;

namespace ScrollSeg.Segmentation.Metrics;

/// <summary>One pass over both volumes, slab by slab: all that is counted voxel by voxel or run by run.</summary>
internal sealed class SlabPass : IDisposable
{
    private readonly LabelPair _pair;
    private BitVolume? _predictionBits;
    private BitVolume? _truthBits;

    public SlabPass(LabelPair pair, MetricSettings settings)
    {
        _pair = pair;
        HashSet<string> names = [.. settings.Metrics];
        bool needsComponents = names.Overlaps(["betti", "surface-score"]);
        bool needsObjects = names.Overlaps(["voi", "rand", "sa"]);
        Components = needsComponents || (needsObjects && settings.Objects == ObjectSource.Components) ? new(ObjectSource.Components) : null;
        Objects = !needsObjects ? null : settings.Objects == ObjectSource.Components ? Components : new(ObjectSource.Labels);
        Curve = names.Contains("average-precision") ? new() : null;
        if (names.Contains("betti"))
        {
            (PredictionNumbers, TruthNumbers) = (new(), new());
        }
    }

    public OverlapCounts Overlap { get; } = new();

    public PrecisionCurve? Curve { get; }

    /// <summary>26-connected components, where they are asked for.</summary>
    public ObjectCounter? Components { get; }

    /// <summary>Objects as the settings say, where they are asked for.</summary>
    public ObjectCounter? Objects { get; }

    public BettiCounter? PredictionNumbers { get; }

    public BettiCounter? TruthNumbers { get; }

    private bool NeedsBits => Components is not null || Objects is not null;

    /// <summary>Goes through all slabs.</summary>
    public async Task RunAsync(long memory, IRunProgress? progress, CancellationToken cancellationToken)
    {
        Box3 region = _pair.Region;
        int height = _pair.SlabHeight(memory / 2);
        progress?.Begin("voxels and objects", region.Shape.Z, "slices");
        for (int z = 0; z < region.Shape.Z; z += height)
        {
            cancellationToken.ThrowIfCancellationRequested();
            Box3 slab = region.With(Axis.Z, region.Start.Z + z, Math.Min(height, region.Shape.Z - z));
            using LabelBlock block = await _pair.ReadAsync(slab, cancellationToken);
            CountVoxels(block);
            block.Neutralise();
            CountObjects(block);
            progress?.Advance(z + slab.Shape.Z);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Components?.Dispose();
        Objects?.Dispose();
        PredictionNumbers?.Dispose();
        TruthNumbers?.Dispose();
        _predictionBits?.Dispose();
        _truthBits?.Dispose();
    }

    private void CountVoxels(LabelBlock block)
    {
        for (int z = 0; z < block.Box.Shape.Z; z++)
        {
            for (int y = 0; y < block.Box.Shape.Y; y++)
            {
                ReadOnlySpan<byte> truth = block.Truth.Row(z, y);
                Overlap.Add(block.Prediction.Row(z, y), truth, MaskCode.Ignored);
                if (Curve is not null)
                {
                    AddLevels(block, z, y, truth);
                }
            }
        }
    }

    private void AddLevels(LabelBlock block, int z, int y, ReadOnlySpan<byte> truth)
    {
        ReadOnlySpan<byte> row = block.PredictionValues.Row(z, y);
        for (int x = 0; x < truth.Length; x++)
        {
            if (truth[x] != MaskCode.Ignored)
            {
                Curve!.Add(LevelAt(row, x, (block.Box.Start.Z + z, block.Box.Start.Y + y, block.Box.Start.X + x)), truth[x] != 0);
            }
        }
    }

    private ushort LevelAt(ReadOnlySpan<byte> row, int x, (int, int, int) place) => _pair.PredictionType switch
    {
        VoxelType.UInt8 or VoxelType.Bool => row[x],
        VoxelType.UInt16 => MemoryMarshal.Cast<byte, ushort>(row)[x],
        VoxelType.Float16 => Level((double)MemoryMarshal.Cast<byte, Half>(row)[x], place),
        VoxelType.Float32 => Level(MemoryMarshal.Cast<byte, float>(row)[x], place),
        VoxelType.Float64 => Level(MemoryMarshal.Cast<byte, double>(row)[x], place),
        _ => throw new InvalidRequestException(
            $"average-precision reads predictions of uint8, uint16 or floats, not {_pair.PredictionType.NumpyName()}."),
    };

    private static ushort Level(double value, (int, int, int) place) => value is >= 0 and <= 1
        ? (ushort)Math.Floor((65535 * value) + 0.5)
        : throw new InvalidRequestException(
            string.Create(CultureInfo.InvariantCulture, $"average-precision reads floats as probabilities in 0..1; voxel {place} is {value}."));

    private void CountObjects(LabelBlock block)
    {
        if (!NeedsBits)
        {
            return;
        }

        if (_predictionBits?.Shape != block.Box.Shape)
        {
            _predictionBits?.Dispose();
            _truthBits?.Dispose();
            (_predictionBits, _truthBits) = (new(block.Box.Shape), new(block.Box.Shape));
        }

        _predictionBits.Fill(block.Prediction, 1);
        _truthBits!.Fill(block.Truth, 1);
        Components?.Add(_predictionBits, _truthBits, block);
        if (Objects != Components)
        {
            Objects?.Add(_predictionBits, _truthBits, block);
        }

        Parallel.Invoke(() => PredictionNumbers?.Add(_predictionBits), () => TruthNumbers?.Add(_truthBits));
    }
}
