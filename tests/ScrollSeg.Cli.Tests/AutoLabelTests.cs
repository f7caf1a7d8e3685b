using ScrollSeg.Cli;
using ScrollSeg.Testing;
using ScrollSeg.Volumes;
using ScrollSeg.Volumes.Storage;
using ScrollSeg.Volumes.Zarr;

namespace ScrollSeg.Tests;

public sealed class AutoLabelTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private string Scan => _folder[Path.Combine("phantom", "volume.zarr")];

    private string Labels => _folder[Path.Combine("run", "auto-labels.zarr")];

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task AutoLabel_WritesWhatIsSure_KeepsWhatWasCorrected_AndTrainsOnIt()
    {
        await MakeScanAsync();
        string config = Write("model: small");

        (int code, string output, string error) = await RunAsync(
            "train", "--config", config, "--auto-label", Scan, "--confidence", "0.7", "--stability", "0", "--auto-label-only");

        Assert.True(code == ExitCode.Done, error);
        Assert.Contains("% of the voxels", output, StringComparison.Ordinal);
        Assert.Contains("slices with foreground", output, StringComparison.Ordinal);
        byte[] made = await ReadAsync();
        Assert.Equal([0, 1, 255], made.Distinct().Order().Select(value => (int)value));
        Assert.False(File.Exists(_folder[Path.Combine("run", "weights.safetensors")]));

        byte[] corrected = Array.ConvertAll(made, value => value == 255 ? (byte)0 : value);
        await WriteAsync(corrected);
        for (int again = 0; again < 2; again++)
        {
            (code, output, error) = await RunAsync("train", "--config", config, "--auto-label", Scan, "--confidence", "0.7");

            Assert.True(code == ExitCode.Done, error);
            Assert.Contains("is there already and stays as it is", error, StringComparison.Ordinal);
            Assert.Contains("best Dice on auto labels held out", output, StringComparison.Ordinal);
            Assert.Equal(corrected, await ReadAsync());
            Assert.True(File.Exists(_folder[Path.Combine("run", "weights.safetensors")]));
            corrected[0] = (byte)(1 - corrected[0]);
            await WriteAsync(corrected); // corrected once more: the training is the same one still
        }
    }

    [Fact]
    public async Task AutoLabel_BesideGivenLabels_LearnsFromBothInTurn()
    {
        await MakeScanAsync();
        string config = Write("model: small\nimage: phantom/volume.zarr\nlabels: phantom/labels.zarr\nchannels: 3");

        (int code, string output, string error) = await RunAsync(
            "train", "--config", config, "--auto-label", "--confidence", "0.6", "--stability", "0", "--groups", "2");

        Assert.True(code == ExitCode.Done, error);
        Assert.Contains("best Dice on what was held out", output, StringComparison.Ordinal);
        Assert.Contains("in turn", File.ReadAllText(_folder[Path.Combine("run", "recipe.json")]), StringComparison.Ordinal);
        Assert.True(Directory.Exists(_folder[Path.Combine("run", "auto-probability.zarr", "uncertainty")]));
    }

    [Theory]
    [InlineData("model: new", "--confidence 0.9", "it begins with none (model: new)")]
    [InlineData("model: small", "--confidence 0.4", "--confidence 0.4: A confidence lies above 0.5")]
    [InlineData("model: small", "--confidence 1 --stability 1", "Lower it, or begin with weights that know such scans")]
    [InlineData("model: small", "--groups 3", "Give the configuration channels: 2 or more")]
    public async Task AutoLabel_ThatCannotBe_IsRefused_AndLeavesNoLabels(string line, string options, string problem)
    {
        await MakeScanAsync();

        (int code, _, string error) = await RunAsync(["train", "--config", Write(line), "--auto-label", Scan, .. options.Split(' ')]);

        Assert.Equal(ExitCode.Usage, code);
        Assert.Contains(problem, error, StringComparison.Ordinal);
        Assert.False(Directory.Exists(Labels));
    }

    [Fact]
    public async Task Train_ConfidenceWithoutAutoLabel_IsRefused()
    {
        (int code, _, string error) = await RunAsync("train", "--config", Write("model: small"), "--confidence", "0.8");

        Assert.Equal(ExitCode.Usage, code);
        Assert.Contains("--confidence needs --auto-label", error, StringComparison.Ordinal);
    }

    private static async Task<(int Code, string Output, string Error)> RunAsync(params string[] args)
    {
        (StringWriter output, StringWriter error) = (new(), new());
        int code = await CommandLine.RunAsync(args, output, error);
        return (code, output.ToString(), error.ToString());
    }

    private async Task MakeScanAsync()
    {
        (int code, _, string error) = await RunAsync("phantom", _folder["phantom"], "--kind", "scroll", "--shape", "12,64,64", "--seed", "4712");
        Assert.True(code == ExitCode.Done, error);
    }

    private string Write(string lines)
    {
        string path = _folder["auto.yaml"];
        File.WriteAllText(
            path, // frozen: other tests of this process plan by what it occupies
            $"output: run\ntile: 64\nheld-out: \"8:12,:,:\"\nsteps: 2\nbatch: 1\nwithout-prompts: 1\nfreeze: image_encoder\nvalidation-examples: 1\ndevice: cpu\n{lines}\n");
        return path;
    }

    private async Task<byte[]> ReadAsync()
    {
        await using VolumeReader labels = await VolumeFormats.OpenAsync(Labels, new ReaderOptions(), Token);
        using VoxelBuffer voxels = VoxelBuffer.Rent(labels.Info.Shape, VoxelType.UInt8);
        await labels.ReadAsync(labels.Info.Bounds, voxels, Token);
        return voxels.Bytes.ToArray();
    }

    /// <summary>As a person's program would: the array anew, in one chunk.</summary>
    private async Task WriteAsync(byte[] values)
    {
        Shape3 shape;
        await using (VolumeReader labels = await VolumeFormats.OpenAsync(Labels, new ReaderOptions(), Token))
        {
            shape = labels.Info.Shape;
        }

        string array = Path.Combine(Labels, "0");
        Directory.Delete(array, recursive: true);
        ZarrArrayWriter writer = ZarrArrayWriter.Create(
            array, new ZarrArraySpec(shape, shape, VoxelType.UInt8), new AtomicFile(FileOperations.System, Durability.None));
        using VoxelBuffer voxels = VoxelBuffer.Rent(shape, VoxelType.UInt8);
        values.CopyTo(voxels.Bytes);
        writer.WriteChunk((0, 0, 0), voxels);
    }
}
