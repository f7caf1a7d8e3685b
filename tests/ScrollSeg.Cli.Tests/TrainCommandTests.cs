using ScrollSeg.Cli;
using ScrollSeg.Testing;
using ScrollSeg.Volumes;
using ScrollSeg.Volumes.Images;
using ScrollSeg.Volumes.Storage;

namespace ScrollSeg.Tests;

public sealed class TrainCommandTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("stepz: 3", "'stepz' is no key of this file. Did you mean 'steps'?")]
    [InlineData("steps: many", "steps 'many': expected a whole number")]
    [InlineData("batch: 0", "Batch 0: A batch holds an image at least")]
    [InlineData("loss: hinge", "loss 'hinge': expected focal or cross-entropy")]
    [InlineData("held-out: middle", "held-out 'middle': expected left, right")]
    [InlineData("accumulate: 9", "accumulate '9': expected at most as many parts as the batch has images, 4")]
    [InlineData("schedule: linear", "schedule 'linear': expected cosine or steps")]
    [InlineData("rate-steps: 0.5", "rate-steps '0.5': expected schedule: steps beside it")]
    [InlineData("schedule: steps\nrate-steps: 0.5,half", "rate-steps '0.5,half': expected shares of the training")]
    [InlineData("adapter: fold", "adapter 'fold': expected replicate, rgb, montage, conv, inflate")]
    [InlineData("adapter: rgb", "channels 1: the adapter rgb takes 3 slices")]
    [InlineData("layers: 5", "layers '5': expected FIRST:END")]
    [InlineData("image: [a]", "image is a list or a map")]
    public async Task Train_BadConfiguration_IsRefusedByNameBeforeAnythingStarts(string line, string problem)
    {
        WritePictures(64, 160);
        string config = Write(line.StartsWith("image", StringComparison.Ordinal) ? line : $"image: image.png\n{line}");

        (int code, string error) = await RunAsync("train", "--config", config);

        Assert.Equal(ExitCode.Usage, code);
        Assert.Contains(problem, error, StringComparison.Ordinal);
        Assert.False(File.Exists(_folder[Path.Combine("run", "checkpoint.safetensors")]));
    }

    /// <summary>A single picture, and a folder of them: its reader is closed before the end is told, which clicks must come before.</summary>
    [Theory]
    [InlineData("image.png")]
    [InlineData("slices")]
    public async Task Train_OnImages_LeavesWeightsThatSegmentTakes(string image)
    {
        WritePictures(64, 160);
        Slices();
        string config = Write($"image: {image}\nnetwork-view: 64\nnetwork-width: 16\nnetwork-depth: 1\nsteps: 2\nbatch: 1\nclicks: 1\nrounds-without-click: 0");

        (int code, string error) = await RunAsync("train", "--config", config);

        Assert.True(code == ExitCode.Done, error);
        Assert.Contains("labels are 0 and 255, taken as 0 and 1", error, StringComparison.Ordinal);
        Assert.True(File.Exists(_folder[Path.Combine("run", "clicks.csv")]));
        (code, error) = await RunAsync(
            "segment", _folder["slices"], "-o", _folder["masks.zarr"], "--model", _folder[Path.Combine("run", "weights.safetensors")], "--device", "cpu");
        Assert.True(code == ExitCode.Done, error);
        Assert.DoesNotContain("untrained-promptless", error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("steps", "KEY=VALUE")]
    [InlineData("stops=3", "Did you mean 'steps'")]
    [InlineData("steps=many", "--set steps=many: expected a whole number")]
    public async Task Train_BadSet_IsRefusedByName(string assignment, string problem)
    {
        (int code, string error) = await RunAsync("train", "--config", Write("steps: 1"), "--set", assignment);

        Assert.Equal(ExitCode.Usage, code);
        Assert.Contains(problem, error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Train_NeitherConfigurationNorToy_IsRefused()
    {
        (int code, string error) = await RunAsync("train");

        Assert.Equal(ExitCode.Usage, code);
        Assert.Contains("--config FILE or --from TOYRUN", error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Toy_ImageWithoutLabels_IsRefused()
    {
        (int code, string error) = await RunAsync("toy", "--image", "ir.png", "-o", _folder["toy"]);

        Assert.Equal(ExitCode.Usage, code);
        Assert.Contains("--image needs --labels", error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Toy_OnThePicturesOfAUser_ScoresThemAgainstOtsuAndSaysWhatIsNext()
    {
        WritePictures(256, 540);
        StringWriter output = new();
        StringWriter error = new();

        int code = await CommandLine.RunAsync(
            ["toy", "--image", _folder["image.png"], "--labels", _folder["labels.png"], "-o", _folder["toy"], "--steps", "1", "--batch", "1", "--model", "new", "--explain"],
            output, error);

        Assert.True(code == ExitCode.Done, error.ToString());
        Assert.Matches(@"Dice, held out, Otsu +1\.000", output.ToString()); // two grey values: no work for a network
        Assert.Contains("next", output.ToString(), StringComparison.Ordinal);
        Assert.Contains("image embedding", error.ToString(), StringComparison.Ordinal);
        Assert.True(File.Exists(_folder[Path.Combine("toy", "result.png")]));
        (int next, string missing) = await RunAsync("train", "--from", _folder["toy"]);
        Assert.Equal(ExitCode.InputOutput, next); // the file is understood, what it asks for is the user's to name
        Assert.Contains("FOLDER-OF-LAYERS", missing, StringComparison.Ordinal);
        (int trained, string problem) = await RunAsync(
            "train", "--from", _folder["toy"], "--set", $"image={Slices()}", "--set", "layers=0:1", "--set", "channels=3", "--set", "steps=1", "--set", "batch=1", "--set", $"output={_folder["xray"]}");
        Assert.True(trained == ExitCode.Done, problem);
        Assert.True(File.Exists(_folder[Path.Combine("xray", "weights.safetensors")]));
    }

    private static async Task<(int Code, string Error)> RunAsync(params string[] args)
    {
        StringWriter error = new();
        int code = await CommandLine.RunAsync(args, new StringWriter(), error);
        return (code, error.ToString());
    }

    private string Write(string lines)
    {
        string path = _folder["train.yaml"];
        File.WriteAllText(path, $"output: run\nlabels: labels.png\n{lines}\n");
        return path;
    }

    /// <summary>A folder of one slice.</summary>
    private string Slices()
    {
        Directory.CreateDirectory(_folder["slices"]);
        File.Copy(_folder["image.png"], Path.Combine(_folder["slices"], "00.png"));
        return _folder["slices"];
    }

    /// <summary>Dark blots on bright ground, with some noise.</summary>
    private void WritePictures(int height, int width)
    {
        AtomicFile files = new(FileOperations.System, Durability.None);
        Random random = new(3);
        byte[] image = new byte[height * width];
        byte[] labels = new byte[height * width];
        for (int i = 0; i < image.Length; i++)
        {
            (int y, int x) = Math.DivRem(i, width);
            bool isInk = (x / 12 % 3 == 1) && (y / 10 % 2 == 1);
            image[i] = (byte)((isInk ? 60 : 170) + random.Next(30));
            labels[i] = isInk ? (byte)255 : (byte)0;
        }

        PngFile.Write(_folder["image.png"], new PixelImage(height, width, 1, VoxelType.UInt8, image), files);
        PngFile.Write(_folder["labels.png"], new PixelImage(height, width, 1, VoxelType.UInt8, labels), files);
    }
}
