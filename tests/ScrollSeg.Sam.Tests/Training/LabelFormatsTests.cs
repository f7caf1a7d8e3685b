using ScrollSeg.Sam.Model;
using ScrollSeg.Sam.Training;
using ScrollSeg.Testing;
using ScrollSeg.Volumes;
using ScrollSeg.Volumes.Conversion;
using ScrollSeg.Volumes.Storage;
using ScrollSeg.Volumes.Zarr;
using static TorchSharp.torch;

namespace ScrollSeg.Sam.Tests.Training;

/// <summary>Volumes of labels as people have them, written by this repository's writers.</summary>
public sealed class LabelFormatsTests : IDisposable
{
    private static readonly Shape3 Shape = new(3, 40, 48);

    private readonly TemporaryFolder _folder = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("nrrd")]
    [InlineData("tiff")]
    [InlineData("tiffs")]
    [InlineData("zarr")]
    public async Task Open_LabelVolumeOfAFormat_IsShownVoxelByVoxel_And255CountsAs1(string format)
    {
        string image = Write("zarr", "image", i => (byte)(1 + (i % 200)));
        string labels = Write(format, "labels", i => Foreground(i) ? (byte)255 : (byte)0);
        await using VolumeReader grey = await VolumeFormats.OpenAsync(image, new ReaderOptions(), Token);
        await using VolumeReader truth = await VolumeFormats.OpenAsync(labels, new ReaderOptions(), Token);

        LabelledSource source = await LabelledSource.OpenAsync(grey, truth, null, new LabelledOptions { InOrder = true }, Token);
        TrainingExample second = await source.ExampleAsync(4, 32, Token); // four patches to a slice

        Assert.Contains("labels are 0 and 255, taken as 0 and 1", Assert.Single(source.Notes), StringComparison.Ordinal);
        for (int i = 0; i < second.Labels.Length; i++)
        {
            Assert.Equal(Foreground(((40 + (i / 32)) * 48) + (i % 32)) ? 1 : 0, second.Labels[i]);
        }
    }

    [Theory]
    [InlineData("nrrd")]
    [InlineData("tiff")]
    [InlineData("zarr")]
    public async Task Open_LabelVolumeOfOneClass_IsRefused(string format)
    {
        string image = Write("zarr", "image", i => (byte)(1 + (i % 200)));
        string labels = Write(format, "labels", _ => 1);
        await using VolumeReader grey = await VolumeFormats.OpenAsync(image, new ReaderOptions(), Token);
        await using VolumeReader truth = await VolumeFormats.OpenAsync(labels, new ReaderOptions(), Token);

        VolumeFormatException refused = await Assert.ThrowsAsync<VolumeFormatException>(
            () => LabelledSource.OpenAsync(grey, truth, null, new LabelledOptions(), Token));

        Assert.Contains("all labels are of one class (values found: 1)", refused.Message, StringComparison.Ordinal);
    }

    /// <summary>A voxel that is no number must not become a number on the way to the loss.</summary>
    [Fact]
    public async Task Step_NaNInTheVolume_StopsAndNamesStepAndPlace()
    {
        string path = _folder["nan.nrrd"];
        using (NrrdWriter writer = new(path, Shape, VoxelType.Float32, null))
        {
            for (int row = 0; row < Shape.Z * Shape.Y; row++)
            {
                float[] values = [.. Enumerable.Range(0, Shape.X).Select(x => row == 45 && x == 7 ? float.NaN : 1f + x)];
                writer.Write(System.Runtime.InteropServices.MemoryMarshal.AsBytes(values.AsSpan()));
            }

            writer.Complete();
        }

        await using VolumeReader grey = await VolumeFormats.OpenAsync(path, new ReaderOptions(), Token);
        await using VolumeReader truth = await VolumeFormats.OpenAsync(Write("nrrd", "labels", i => Foreground(i) ? (byte)1 : (byte)0), new ReaderOptions(), Token);
        LabelledSource source = await LabelledSource.OpenAsync(grey, truth, null, new LabelledOptions { InOrder = true }, Token);
        random.manual_seed(1);
        using SamTrainer trainer = new(new SamNetwork(Tiny.Config), new TrainingSettings { Prompts = new PromptSettings { WithoutPromptShare = 1 } });

        trainer.Step([await source.ExampleAsync(0, 32, Token)]);
        TrainingStoppedException stopped = Assert.Throws<TrainingStoppedException>(
            () => trainer.Step([source.ExampleAsync(4, 32, Token).AsTask().GetAwaiter().GetResult()]));

        Assert.StartsWith($"Step 2: the loss is NaN. The batch came from {path}, z 1", stopped.Message, StringComparison.Ordinal);
    }

    private static bool Foreground(int voxel) => (voxel % 48 / 6 % 2) == 1;

    private string Write(string format, string name, Func<int, byte> value)
    {
        string path = _folder[format == "tiffs" ? name : $"{name}.{format}"];
        if (format == "zarr")
        {
            ZarrArrayWriter array = ZarrArrayWriter.Create(
                path, new ZarrArraySpec(Shape, Shape, VoxelType.UInt8), new AtomicFile(FileOperations.System, Durability.None));
            using VoxelBuffer voxels = VoxelBuffer.Rent(Shape, VoxelType.UInt8);
            for (int i = 0; i < voxels.Bytes.Length; i++)
            {
                voxels.Bytes[i] = value(i);
            }

            array.WriteChunk((0, 0, 0), voxels);
            return path;
        }

        using RowWriter rows = format switch
        {
            "nrrd" => new NrrdWriter(path, Shape, VoxelType.UInt8, null),
            "tiff" => new TiffPagesWriter(path, Shape, VoxelType.UInt8),
            _ => new TiffStackWriter(path, Shape, VoxelType.UInt8, 0),
        };
        for (int row = 0; row < Shape.Z * Shape.Y; row++)
        {
            rows.Write([.. Enumerable.Range(row * Shape.X, Shape.X).Select(value)]);
        }

        rows.Complete();
        return path;
    }
}
