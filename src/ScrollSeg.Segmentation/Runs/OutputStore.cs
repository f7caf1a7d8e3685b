using System.Text.Json.Nodes;
using ScrollSeg.Segmentation.Planning;
using ScrollSeg.Volumes;
using ScrollSeg.Volumes.Codecs;
using ScrollSeg.Volumes.Storage;
using ScrollSeg.Volumes.Zarr;

namespace ScrollSeg.Segmentation.Runs;

/// <summary>
/// The OME-Zarr that a run makes: probability as a multiscale image, the mask as its label. It grows under a name of its
/// own and gets its final one when nothing is missing, so that no reader ever takes a part for the whole.
/// </summary>
internal sealed class OutputStore
{
    /// <summary>What is added to the output's name until it is complete.</summary>
    public const string PartialSuffix = ".partial";

    private const int SmallestLevel = 64; // levels go on until the longest side is at most twice this
    private const int MostLevels = 8;
    private const string MaskName = "mask";

    private readonly SegmentPlan _plan;
    private readonly AtomicFile _files;
    private readonly string _final;

    /// <param name="path">Final name of the store.</param>
    /// <param name="plan">Shape, chunks, region.</param>
    /// <param name="files">How files are written.</param>
    public OutputStore(string path, SegmentPlan plan, AtomicFile files)
    {
        _final = System.IO.Path.GetFullPath(path).TrimEnd('/');
        (_plan, _files) = (plan, files);
    }

    /// <summary>Where the store lies until it is complete.</summary>
    public string PartialPath => _final + PartialSuffix;

    /// <summary>Levels of the pyramid, the finest included.</summary>
    public int LevelCount
    {
        get
        {
            int longest = Math.Max(_plan.Region.Shape.Z, Math.Max(_plan.Region.Shape.Y, _plan.Region.Shape.X));
            int levels = 1;
            for (; longest > 2 * SmallestLevel && levels < MostLevels; longest = (longest + 1) / 2)
            {
                levels++;
            }

            return levels;
        }
    }

    /// <summary>Makes the arrays of the finest level.</summary>
    public OutputArray CreateProbability() => Create("0", level: 0);

    /// <summary>Makes the arrays of the finest level.</summary>
    public OutputArray CreateMask() => Create($"labels/{MaskName}/0", level: 0);

    /// <summary>Makes the coarser levels from the finest.</summary>
    public async Task BuildPyramidAsync(bool probability, bool mask, IProgress<long>? progress, CancellationToken cancellationToken)
    {
        if (probability)
        {
            await BuildPyramidAsync("", Downsampling.Mean, progress, cancellationToken);
        }

        if (mask)
        {
            await BuildPyramidAsync($"labels/{MaskName}/", Downsampling.Majority, progress, cancellationToken);
        }
    }

    /// <summary>Writes the metadata that make the arrays an image, and gives the store its final name.</summary>
    public void Finish(JsonObject provenance, bool probability, bool mask)
    {
        JsonObject attributes = new() { ["scrollseg"] = provenance.DeepClone() };
        if (mask)
        {
            NgffWriter.WriteLabelImage(
                System.IO.Path.Combine(PartialPath, "labels", MaskName), Image(MaskName, "mode"), [(1, 230, 159, 0, 255)], _files, Clone(attributes));
            NgffWriter.WriteLabelsGroup(System.IO.Path.Combine(PartialPath, "labels"), [MaskName], _files);
        }

        if (probability)
        {
            NgffWriter.WriteImage(PartialPath, Image(System.IO.Path.GetFileNameWithoutExtension(_final), "mean"), _files, attributes);
        }
        else
        {
            NgffWriter.WriteGroup(PartialPath, _files);
        }

        _files.RenameFolder(PartialPath, _final);
    }

    private static JsonObject Clone(JsonObject node) => (JsonObject)node.DeepClone();

    private NgffImage Image(string name, string method)
    {
        VoxelSize? voxel = _plan.Volume.VoxelSize;
        (double z, double y, double x) = voxel is VoxelSize size ? (size.Z, size.Y, size.X) : (1, 1, 1);
        List<NgffLevel> levels = [];
        for (int level = 0; level < LevelCount; level++)
        {
            (Shape3 shape, (double Z, double Y, double X) factor) = LevelShape(level);
            _ = shape;
            // a coarse voxel's centre lies between those it was made of
            levels.Add(new NgffLevel(
                $"{level}",
                (z * factor.Z, y * factor.Y, x * factor.X),
                (z * (_plan.Region.Start.Z + ((factor.Z - 1) / 2)),
                 y * (_plan.Region.Start.Y + ((factor.Y - 1) / 2)),
                 x * (_plan.Region.Start.X + ((factor.X - 1) / 2)))));
        }

        return new NgffImage(name, levels, InMicrometres: voxel is not null) { DownscaleMethod = method };
    }

    /// <summary>Extent of a level, and its voxels' edges in those of the finest: an axis of one voxel is not halved.</summary>
    private (Shape3 Shape, (double Z, double Y, double X) Factor) LevelShape(int level)
    {
        Shape3 shape = _plan.Region.Shape;
        (double z, double y, double x) = (1, 1, 1);
        for (int i = 0; i < level; i++)
        {
            z *= shape.Z > 1 ? 2 : 1;
            y *= shape.Y > 1 ? 2 : 1;
            x *= shape.X > 1 ? 2 : 1;
            shape = new Shape3((shape.Z + 1) / 2, (shape.Y + 1) / 2, (shape.X + 1) / 2);
        }

        return (shape, (z, y, x));
    }

    private OutputArray Create(string path, int level)
    {
        Shape3 shape = LevelShape(level).Shape;
        Shape3 chunk = _plan.OutputChunk;
        ZarrArraySpec spec = new(
            shape, new Shape3(Math.Min(chunk.Z, shape.Z), Math.Min(chunk.Y, shape.Y), Math.Min(chunk.X, shape.X)), VoxelType.UInt8)
        {
            Codec = ZarrV2Codecs.FromName("blosc-zstd", elementSize: 1),
        };
        return new OutputArray(path, ZarrArrayWriter.Create(System.IO.Path.Combine(PartialPath, path), spec, _files));
    }

    private async Task BuildPyramidAsync(
        string prefix, Downsampling method, IProgress<long>? progress, CancellationToken cancellationToken)
    {
        for (int level = 1; level < LevelCount; level++)
        {
            string finer = System.IO.Path.Combine(PartialPath, $"{prefix}{level - 1}");
            await using ZarrVolume source = await ZarrVolume.OpenAsync(
                finer, new ReaderOptions { DecodeThreads = 1 }, cancellationToken);
            OutputArray coarser = Create($"{prefix}{level}", level);
            await PyramidBuilder.BuildLevelAsync(source, coarser.Writer, method, _plan.PyramidThreads, cancellationToken, progress);
        }
    }
}
