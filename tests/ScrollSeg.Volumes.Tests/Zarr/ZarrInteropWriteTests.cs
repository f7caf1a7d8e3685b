using ScrollSeg.Volumes.Codecs;
using ScrollSeg.Volumes.Storage;
using ScrollSeg.Volumes.Zarr;

namespace ScrollSeg.Volumes.Tests.Zarr;

/// <summary>Writes what another program then reads: set SCROLLSEG_INTEROP_OUT to a new folder, run this, then
/// <c>python3 tools/interop/check_zarr.py FOLDER</c>.</summary>
public sealed class ZarrInteropWriteTests
{
    private const string Variable = "SCROLLSEG_INTEROP_OUT";

    private static readonly string? Out = Environment.GetEnvironmentVariable(Variable);

    [Fact]
    public async Task Write_ForZarrPython()
    {
        Assert.SkipWhen(string.IsNullOrEmpty(Out), $"writes for another program, into the folder that {Variable} names");
        AtomicFile files = new(FileOperations.System);
        foreach (VoxelType type in Enum.GetValues<VoxelType>())
        {
            foreach (string codec in new[] { "none", "gzip", "zstd", "blosc-lz4", "blosc-zstd" })
            {
                foreach (char separator in "./")
                {
                    string name = $"{type.NumpyName()}-{codec}-{(separator == '/' ? "nested" : "flat")}.zarr";
                    Write(name, type, codec, separator, files);
                }
            }
        }

        await WriteImageAsync(files);
    }

    private static void Write(string name, VoxelType type, string codec, char separator, AtomicFile files)
    {
        ZarrArraySpec spec = new(new Shape3(9, 17, 40), new Shape3(8, 16, 32), type)
        {
            Codec = ZarrV2Codecs.FromName(codec, type.ByteSize()),
            Separator = separator,
            FillValue = type.IsFloat() ? double.NaN : 1,
        };
        using VoxelBuffer voxels = VoxelBuffer.Rent(spec.Shape, type);
        FixtureFormula.Of(type, spec.Shape.VoxelCount).CopyTo(voxels.Bytes);
        TestArrays.Write(Path.Combine(Out!, name), spec, voxels, files);
    }

    private static async Task WriteImageAsync(AtomicFile files)
    {
        string image = Path.Combine(Out!, "image.zarr");
        string mask = Path.Combine(image, "labels", "mask");
        NgffLevel[] levels = [new("0", (4, 2, 2), (0, 0, 0)), new("1", (8, 4, 4), (2, 1, 1))];
        NgffWriter.WriteImage(image, new NgffImage("image", levels, InMicrometres: true) { DownscaleMethod = "mean" }, files);
        NgffWriter.WriteLabelsGroup(Path.Combine(image, "labels"), ["mask"], files);
        NgffWriter.WriteLabelImage(mask, new NgffImage("mask", levels, InMicrometres: true), [(1, 255, 0, 0, 255)], files);
        foreach ((string group, Downsampling method) in new[] { (image, Downsampling.Mean), (mask, Downsampling.Majority) })
        {
            Write(Path.GetRelativePath(Out!, Path.Combine(group, "0")), VoxelType.UInt8, "blosc-lz4", '/', files);
            await using ZarrVolume finer = await TestArrays.OpenAsync(group);
            ZarrArraySpec spec = new(PyramidBuilder.CoarserShape(finer.Info.Shape), new Shape3(8, 16, 32), VoxelType.UInt8);
            await PyramidBuilder.BuildLevelAsync(
                finer, ZarrArrayWriter.Create(Path.Combine(group, "1"), spec, files), method, threads: 2,
                TestContext.Current.CancellationToken);
        }
    }
}
