using System.Collections.Concurrent;
using System.Globalization;
using ScrollSeg.Segmentation;
using ScrollSeg.Segmentation.Planning;
using ScrollSeg.Volumes;
using ScrollSeg.Volumes.Phantoms;

namespace ScrollSeg.Sam.Training;

/// <summary>Slices of made-up scrolls with their sheet, and infrared photographs of made-up fragments with their ink; made as
/// they are asked for, nothing lies on a disk.</summary>
/// <remarks>Grey values are brought to 0 to 255 between the percentiles that <c>segment</c> takes, of the same volume.</remarks>
public sealed class PhantomSource : TrainingSource
{
    /// <summary>Seeds below it are never trained on: demos and tests use those.</summary>
    public const int FirstSeed = 10_000;

    /// <summary>Draws of a place until there is something to learn.</summary>
    private const int Tries = 4;

    private readonly ConcurrentDictionary<int, (ScrollPhantom Phantom, IntensityRange Range)> _scrolls = new();

    /// <summary>Seed of the choice and of the places.</summary>
    public int Seed { get; init; }

    /// <summary>Different scrolls, and as many different fragments. Default 64.</summary>
    public int Phantoms
    {
        get;
        init => field = value >= 1
            ? value
            : throw new ArgumentOutOfRangeException(nameof(Phantoms), value, "At least one.");
    } = 64;

    /// <summary>Seed of the first of them. Default <see cref="FirstSeed"/>.</summary>
    public int First { get; init; } = FirstSeed;

    /// <summary>Share of infrared photographs. Default 0.15.</summary>
    public double InfraredShare
    {
        get;
        init => field = value is >= 0 and <= 1
            ? value
            : throw new ArgumentOutOfRangeException(nameof(InfraredShare), value, "A share lies between 0 and 1.");
    } = 0.15;

    /// <summary>Neighbouring slices shown together; a photograph stands for all of its own. Default 1.</summary>
    public int Channels
    {
        get;
        init => field = value >= 1
            ? value
            : throw new ArgumentOutOfRangeException(nameof(Channels), value, "At least one slice is shown.");
    } = 1;

    /// <summary>Whether every other scroll differs from the usual in its settings too, not only in its seed. Default yes.</summary>
    public bool Varied { get; init; } = true;

    /// <inheritdoc/>
    public override bool IsPhantom => true;

    /// <inheritdoc/>
    public override string Description => string.Create(
        CultureInfo.InvariantCulture,
        $"phantoms {First}..{First + Phantoms - 1}, {InfraredShare:0.##} infrared, {(Varied ? "varied" : "usual")} settings, seed {Seed}{(Channels == 1 ? "" : $", {Channels} slices")}");

    /// <inheritdoc/>
    protected override ValueTask<TrainingExample> MakeAsync(long number, int side, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        Random random = RandomOf(Seed, number);
        int which = First + random.Next(Phantoms);
        return new(random.NextDouble() < InfraredShare ? Infrared(which, side, random) : Slice(which, side, random));
    }

    private TrainingExample Slice(int which, int side, Random random)
    {
        (ScrollPhantom phantom, IntensityRange range) = _scrolls.GetOrAdd(which, seed =>
        {
            ScrollPhantom made = Scroll(seed, side);
            return (made, RangeOf(made));
        });
        Shape3 shape = phantom.Shape;
        using VoxelBuffer grey = VoxelBuffer.Rent(new Shape3(1, side, side), VoxelType.UInt16);
        using VoxelBuffer sheet = VoxelBuffer.Rent(new Shape3(1, side, side), VoxelType.UInt8);
        Box3 box = phantom.Bounds;
        for (int tried = 0; tried < Tries; tried++)
        {
            box = new Box3((random.Next(shape.Z), random.Next(shape.Y - side + 1), random.Next(shape.X - side + 1)), grey.Shape);
            phantom.Fill(box, grey, sheet);
            if (sheet.Bytes.Count((byte)1) > side * side / 20)
            {
                break; // else a corner beside the scroll; after some tries that is welcome too
            }
        }

        float[] values = new float[Channels * side * side];
        for (int channel = 0; channel < Channels; channel++)
        {
            int z = Math.Clamp(box.Start.Z + channel - ((Channels - 1) / 2), 0, shape.Z - 1);
            phantom.Fill(box.With(Axis.Z, z, 1), grey);
            ReadOnlySpan<ushort> voxels = grey.Voxels<ushort>();
            for (int i = 0; i < voxels.Length; i++)
            {
                values[(channel * side * side) + i] = (float)range.Apply(voxels[i]);
            }
        }

        return new TrainingExample(side, values, sheet.Bytes.ToArray(), $"scroll phantom {which}, {box}");
    }

    /// <summary>Every other scroll is of the usual kind, as a demo's is.</summary>
    private ScrollPhantom Scroll(int seed, int side)
    {
        Random random = RandomOf(seed, -1L & long.MaxValue);
        int across = Math.Max(side, 64 * random.Next(4, 9));
        ScrollPhantom usual = new() { Shape = new Shape3(64 + (32 * random.Next(3)), across, across), Seed = seed };
        return !Varied || seed % 2 == 0 ? usual : usual with
        {
            Pitch = Between(12, 24),
            Deformation = Between(0.04, 0.13),
            Contrast = Between(0.12, 0.30),
            ContrastBias = Between(0, 0.9),
            FibreStrength = Between(0.06, 0.14),
            Clutter = Between(0.4, 1.6),
            CorrelatedNoise = Between(0.01, 0.035),
            WhiteNoise = Between(0.01, 0.04),
            Rings = Between(0, 0.025),
            Shading = Between(0.05, 0.3),
        };

        double Between(double low, double high) => low + ((high - low) * random.NextDouble());
    }

    /// <summary>The usual percentiles of what is not 0, from a few slices.</summary>
    private static IntensityRange RangeOf(ScrollPhantom phantom)
    {
        long[] counts = new long[65536];
        using VoxelBuffer slice = VoxelBuffer.Rent(phantom.Shape with { Z = 1 }, VoxelType.UInt16);
        for (int z = phantom.Shape.Z / 8; z < phantom.Shape.Z; z += phantom.Shape.Z / 4)
        {
            phantom.Fill(phantom.Bounds.With(Axis.Z, z, 1), slice);
            foreach (ushort value in slice.Voxels<ushort>())
            {
                counts[value]++;
            }
        }

        counts[0] = 0; // beside the scroll
        return RangeOf(counts);
    }

    private static IntensityRange RangeOf(long[] counts)
    {
        VolumeHistogram histogram = new(0, 1, counts);
        PercentileIntensity rule = new();
        double low = histogram.Quantile(rule.Low / 100);
        return new IntensityRange(low, Math.Max(low + 1, histogram.Quantile(rule.High / 100)));
    }

    private TrainingExample Infrared(int which, int side, Random random)
    {
        int across = Math.Max(512, 2 * side);
        FragmentPhantom phantom = new() { Shape = new Shape3(16, across, across), Seed = which };
        Shape3 shape = new(1, side, side);
        Box3 box = new((0, random.Next(across - side + 1), random.Next(across - side + 1)), shape);
        using VoxelBuffer pixels = VoxelBuffer.Rent(shape, VoxelType.UInt8);
        phantom.FillPicture(FragmentPicture.Infrared, box, pixels);
        long[] counts = new long[256];
        foreach (byte value in pixels.Bytes)
        {
            counts[value]++;
        }

        IntensityRange range = RangeOf(counts);
        float[] grey = new float[Channels * side * side];
        for (int i = 0; i < grey.Length; i++)
        {
            grey[i] = (float)range.Apply(pixels.Bytes[i % (side * side)]);
        }

        phantom.FillPicture(FragmentPicture.Ink, box, pixels);
        byte[] ink = [.. pixels.Bytes.ToArray().Select(value => value == 0 ? (byte)0 : (byte)1)];
        return new TrainingExample(side, grey, ink, $"infrared of fragment phantom {which}, {box}");
    }
}
