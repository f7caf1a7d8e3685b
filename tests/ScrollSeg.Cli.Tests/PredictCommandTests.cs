using System.Runtime.InteropServices;
using System.Text.Json.Nodes;
using ScrollSeg.Cli;
using ScrollSeg.Cli.Parsing;
using ScrollSeg.Sam;
using ScrollSeg.Sam.Checkpoints;
using ScrollSeg.Segmentation;
using ScrollSeg.Testing;
using ScrollSeg.Volumes;
using ScrollSeg.Volumes.Images;
using ScrollSeg.Volumes.Storage;

namespace ScrollSeg.Tests;

public sealed class PredictCommandTests : IDisposable
{
    private static readonly string Goldens = Path.Combine(AppContext.BaseDirectory, "Goldens");

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Predict_GoldenClick_WritesTheOriginalsMasksAndLogits()
    {
        string goldens = Goldens;
        using TensorFile golden = TensorFile.Open(Path.Combine(goldens, "landscape.safetensors"));
        PixelImage image = new(
            180, 300, channels: 3, VoxelType.UInt8, [.. golden.ReadSingles("image_hwc_u8").Select(v => (byte)v)]);
        PngFile.Write(_folder["image.png"], image, new AtomicFile(FileOperations.System, Durability.None));
        float[] click = golden.ReadSingles("point1.point_coords");

        int code = await CommandLine.RunAsync(
        [
            "predict", _folder["image.png"], "--model", Path.Combine(goldens, "sam_tiny.pth"), "--point", $"{click[0]},{click[1]},1",
            "--multimask", "-o", _folder["out"], "--save-logits", _folder["logits.safetensors"], "--device", "cpu",
            "--precision", "f32",
        ]);

        Assert.Equal(ExitCode.Done, code);
        using TensorFile logits = TensorFile.Open(_folder["logits.safetensors"]);
        AssertAgrees(golden.ReadSingles("point1.low_res_logits"), logits.ReadSingles("low_res_logits"));
        AssertAgrees(golden.ReadSingles("point1.iou"), logits.ReadSingles("iou"));
        AssertAgrees(golden.ReadSingles("point1.mask_logits"), logits.ReadSingles("masks"));
        float[] expected = golden.ReadSingles("point1.mask_logits");
        byte[] mask = PngFile.Read(Path.Combine(_folder["out"], "mask_1.png")).Samples;
        int wrong = Enumerable.Range(0, mask.Length).Count(i =>
            Math.Abs(expected[mask.Length + i]) > 1e-3 && mask[i] != (expected[mask.Length + i] > 0 ? 255 : 0));
        Assert.Equal(0, wrong);
        Assert.Equal(3, PngFile.Read(Path.Combine(_folder["out"], "overlay.png")).Channels);

        float[] prompt = LogitsFile.ReadMaskPrompt(_folder["logits.safetensors"]);
        AssertAgrees(golden.ReadSingles("mask_prompt.mask_input"), prompt); // the mask of the highest IoU
    }

    [Fact]
    public async Task Predict_Auto_WritesLabelsOverlayAndList()
    {
        string goldens = Goldens;
        using TensorFile golden = TensorFile.Open(Path.Combine(goldens, "landscape.safetensors"));
        PixelImage image = new(
            180, 300, channels: 3, VoxelType.UInt8, [.. golden.ReadSingles("image_hwc_u8").Select(v => (byte)v)]);
        PngFile.Write(_folder["image.png"], image, new AtomicFile(FileOperations.System, Durability.None));
        StringWriter output = new();

        int code = await CommandLine.RunAsync(
            [
                "predict", _folder["image.png"], "--model", Path.Combine(goldens, "sam_tiny.pth"), "--auto", "--device", "cpu",
                "--points-per-side", "3", "--points-per-batch", "4", "--iou", "0", "--stability", "0", "--crop-layers", "1",
                "--min-region", "10", "-o", _folder["out"], "--json",
            ],
            output);

        Assert.Equal(ExitCode.Done, code);
        JsonNode printed = JsonNode.Parse(output.ToString())!;
        JsonNode list = JsonNode.Parse(File.ReadAllText(Path.Combine(_folder["out"], "masks.json")))!;
        JsonArray masks = list["masks"]!.AsArray();
        Assert.NotEmpty(masks);
        Assert.Equal(masks.Count, printed["masks"]!.AsArray().Count);
        Assert.Null(printed["masks"]![0]!["rle"]);
        Assert.All(masks, mask =>
        {
            int[] runs = [.. mask!["rle"]!["counts"]!.AsArray().Select(count => (int)count!)];
            Assert.Equal(180 * 300, runs.Sum());
            Assert.Equal((long)mask["area"]!, runs.Where((_, i) => i % 2 == 1).Sum());
        });
        PixelImage labels = PngFile.Read((string)printed["instances"]!);
        Assert.Equal(VoxelType.UInt16, labels.Type);
        ushort[] values = [.. MemoryMarshal.Cast<byte, ushort>(labels.Samples.AsSpan())];
        Assert.InRange(values.Max(), 1, masks.Count);
        Assert.Equal(3, PngFile.Read((string)printed["overlay"]!).Channels);
    }

    [Theory]
    [InlineData("text encoder was never released", "--text", "the scroll")]
    [InlineData("--points-per-side 0: Must be from 1 to 1024.", "--auto", "--points-per-side", "0")]
    [InlineData("--stability 1.5: ", "--auto", "--stability", "1.5")]
    [InlineData("takes no prompt", "--auto", "--point", "1,1,1")]
    [InlineData("is a setting of --auto", "--iou", "0.5", "--point", "1,1,1")]
    [InlineData("or --auto")]
    public async Task Predict_CannotBe_IsOneLineOfUsage(string expected, params string[] options)
    {
        StringWriter error = new();

        int code = await CommandLine.RunAsync(["predict", "none.png", "--model", "none.pth", .. options], error: error);

        Assert.Equal(ExitCode.Usage, code);
        Assert.Contains(expected, error.ToString(), StringComparison.Ordinal);
        Assert.Single(error.ToString().Trim().Split('\n'));
    }

    [Theory]
    [InlineData("1,2")]
    [InlineData("1,2,3")]
    [InlineData("1,x,1")]
    [InlineData("1,NaN,1")]
    public void ParsePoint_Malformed_SaysTheForm(string text) =>
        Assert.Contains("X,Y,LABEL", Assert.Throws<UsageException>(() => PromptText.ParsePoint(text)).Message, StringComparison.Ordinal);

    [Theory]
    [InlineData("1,2,3")]
    [InlineData("5,5,1,9")]
    [InlineData("1,2,3,2")]
    public void ParseBox_Malformed_SaysTheForm(string text) =>
        Assert.Contains("X0,Y0,X1,Y1", Assert.Throws<UsageException>(() => PromptText.ParseBox(text)).Message, StringComparison.Ordinal);

    [Fact]
    public void CheckInside_PointOutside_SaysTheImagesSize()
    {
        PromptSet prompts = new() { Points = [new PointPrompt(300, 5, IsForeground: true)] };

        Assert.Contains(
            "300 x 180", Assert.Throws<UsageException>(() => PromptText.CheckInside(prompts, 180, 300)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Predict_CheckpointThatIsNone_IsBadInput()
    {
        PngFile.Write(
            _folder["image.png"], new PixelImage(2, 2, channels: 1, VoxelType.UInt8, new byte[4]),
            new AtomicFile(FileOperations.System, Durability.None));
        File.WriteAllText(_folder["a.pth"], "no checkpoint");

        Assert.Equal(
            ExitCode.BadInput,
            await CommandLine.RunAsync(["predict", _folder["image.png"], "--model", _folder["a.pth"], "--point", "1,1,1"]));
    }

    private static void AssertAgrees(float[] expected, float[] actual)
    {
        Assert.Equal(expected.Length, actual.Length);
        Assert.True(expected.Zip(actual).All(pair => Math.Abs(pair.First - pair.Second) <= 1e-4));
    }
}
