using System.Text.Json.Nodes;
using ScrollSeg.Segmentation.Stitching;
using ScrollSeg.Volumes;
using ScrollSeg.Volumes.Codecs;
using ScrollSeg.Volumes.Storage;
using ScrollSeg.Volumes.Zarr;

namespace ScrollSeg.Sam.Training;

/// <summary>Makes labels of a prediction: 1 where it is sure of foreground, 0 where it is sure of background, and
/// <see cref="TrainingExample.Ignored"/> elsewhere, for a person to correct and a training to leave out.</summary>
/// <remarks>Memory: three chunks, at any size of the volume.</remarks>
public static class ConfidentLabels
{
    private const int Depth = 32;
    private const int TileSide = 256;

    private static readonly int LogitPlus = Probability.ToByte(1 / (1 + Math.Exp(-1)));
    private static readonly int LogitMinus = Probability.ToByte(1 / (1 + Math.Exp(1)));

    /// <summary>Writes the labels as an OME-Zarr; it is wholly there or not there.</summary>
    /// <param name="probability">Grey levels 0 to 255.</param>
    /// <param name="spread">How far several answers are apart, as <see cref="GroupSpread"/> stores it; null for one answer.</param>
    /// <param name="settings">What is sure.</param>
    /// <param name="path">Where they go.</param>
    /// <param name="origin">What they were made of; kept with them.</param>
    /// <param name="cancellationToken">Stops between chunks; then nothing is left.</param>
    public static async Task<ConfidentCounts> WriteAsync(
        VolumeReader probability,
        VolumeReader? spread,
        ConfidenceSettings settings,
        string path,
        JsonObject origin,
        CancellationToken cancellationToken = default)
    {
        string partial = path + ".partial";
        AtomicFile files = new(FileOperations.System, Durability.File);
        try
        {
            Delete(partial);
            ZarrArrayWriter writer = Create(probability.Info, partial, origin, files);
            Tally tally = new(new bool[probability.Info.Shape.Z]);
            ChunkGrid grid = writer.Spec.Chunks;
            foreach ((int Z, int Y, int X) index in grid.Touching(probability.Info.Bounds))
            {
                Box3 box = grid.BoxOf(index);
                using VoxelBuffer levels = await ReadAsync(probability, box, cancellationToken);
                using VoxelBuffer? apart = spread is null ? null : await ReadAsync(spread, box, cancellationToken);
                for (int z = 0; z < box.Shape.Z; z++)
                {
                    tally.Add(Label(levels.Plane(z), apart is null ? [] : apart.Plane(z), settings), box.Start.Z + z);
                }

                writer.WriteChunk(index, levels);
            }

            files.RenameFolder(partial, path);
            return tally.Counts(probability.Info.Shape);
        }
        catch
        {
            Delete(partial);
            throw;
        }
    }

    /// <summary>Turns a tile of one slice into labels, in place.</summary>
    /// <param name="levels">Probabilities as grey levels; labels when it returns.</param>
    /// <param name="spread">As long, or empty.</param>
    /// <param name="settings">What is sure.</param>
    /// <returns>Voxels of either class, and whether the tile was stable.</returns>
    internal static (long Foreground, long Background, bool IsStable) Label(Span<byte> levels, ReadOnlySpan<byte> spread, ConfidenceSettings settings)
    {
        if (StabilityOf(levels) < settings.Stability)
        {
            levels.Fill(TrainingExample.Ignored);
            return (0, 0, false);
        }

        int least = Probability.FirstForegroundLevel(settings.Confidence);
        (long foreground, long background) = (0, 0);
        for (int i = 0; i < levels.Length; i++)
        {
            bool isAgreed = spread.IsEmpty || GroupSpread.FromByte(spread[i]) <= settings.Spread;
            levels[i] = !isAgreed ? TrainingExample.Ignored
                : levels[i] >= least ? (byte)1
                : levels[i] <= 255 - least ? (byte)0
                : TrainingExample.Ignored;
            foreground += levels[i] == 1 ? 1 : 0;
            background += levels[i] == 0 ? 1 : 0;
        }

        return (foreground, background, true);
    }

    /// <summary>Overlap of the masks at logits 1 and -1; 1 where both are empty.</summary>
    private static double StabilityOf(ReadOnlySpan<byte> levels)
    {
        (long surely, long perhaps) = (0, 0);
        foreach (byte level in levels)
        {
            surely += level >= LogitPlus ? 1 : 0;
            perhaps += level >= LogitMinus ? 1 : 0;
        }

        return perhaps == 0 ? 1 : (double)surely / perhaps;
    }

    private static ZarrArrayWriter Create(VolumeInfo info, string path, JsonObject origin, AtomicFile files)
    {
        NgffLevel level = new("0", info.VoxelSize is VoxelSize size ? (size.Z, size.Y, size.X) : (1, 1, 1), (0, 0, 0));
        JsonObject meaning = new() { ["0"] = "background", ["1"] = "foreground", ["255"] = "not sure: counts neither way (ignore: 255)" };
        JsonObject attributes = new() { ["scrollseg"] = new JsonObject { ["values"] = meaning, ["madeOf"] = origin.DeepClone() } };
        NgffWriter.WriteImage(path, new NgffImage("auto-labels", [level], info.VoxelSize is not null), files, attributes);
        Shape3 shape = info.Shape;
        Shape3 chunk = new(Math.Min(Depth, shape.Z), Math.Min(TileSide, shape.Y), Math.Min(TileSide, shape.X));
        ZarrArraySpec spec = new(shape, chunk, VoxelType.UInt8)
        {
            Codec = ZarrV2Codecs.FromName("blosc-lz4", sizeof(byte)), FillValue = TrainingExample.Ignored,
        };
        return ZarrArrayWriter.Create(Path.Combine(path, "0"), spec, files);
    }

    private static async Task<VoxelBuffer> ReadAsync(VolumeReader volume, Box3 box, CancellationToken cancellationToken)
    {
        VoxelBuffer voxels = VoxelBuffer.Rent(box.Shape, VoxelType.UInt8);
        try
        {
            await volume.ReadAsync(box, voxels, cancellationToken);
            return voxels;
        }
        catch
        {
            voxels.Dispose();
            throw;
        }
    }

    private static void Delete(string folder)
    {
        if (Directory.Exists(folder))
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    /// <param name="hasForeground">By slice.</param>
    private sealed class Tally(bool[] hasForeground)
    {
        private long _foreground;
        private long _background;
        private long _unstable;
        private long _tiles;

        public void Add((long Foreground, long Background, bool IsStable) tile, int slice)
        {
            _foreground += tile.Foreground;
            _background += tile.Background;
            _unstable += tile.IsStable ? 0 : 1;
            _tiles++;
            hasForeground[slice] |= tile.Foreground > 0;
        }

        public ConfidentCounts Counts(Shape3 shape) =>
            new(_foreground, _background, shape.VoxelCount, hasForeground.Count(has => has), shape.Z, _unstable, _tiles);
    }
}
