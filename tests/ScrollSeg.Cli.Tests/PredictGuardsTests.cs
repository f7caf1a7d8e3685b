using ScrollSeg.Cli;
using ScrollSeg.Sam.Checkpoints;
using ScrollSeg.Sam.Guards;
using ScrollSeg.Testing;
using ScrollSeg.Volumes;
using ScrollSeg.Volumes.Images;

namespace ScrollSeg.Tests;

/// <summary>What <c>predict</c> and <c>segment</c> say beside a result, or in its place.</summary>
public sealed class PredictGuardsTests : IDisposable
{
    private static readonly string Checkpoint = Path.Combine(AppContext.BaseDirectory, "Goldens", "sam_tiny.pth");

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("--point", "0.4,0.6,1", GuardName.FractionCoordinates)]
    [InlineData("--box", "0.1,0.1,0.6,0.7", GuardName.FractionCoordinates)]
    public async Task Predict_CoordinatesAsShares_AreWrongUsage(string option, string value, string guard)
    {
        (int code, _, string error) = await PredictAsync(Greys(), option, value);

        Assert.Equal(ExitCode.Usage, code);
        Assert.Contains($"[{guard}]", error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Predict_ImageOfZerosAndOnes_IsNoted()
    {
        byte[] pixels = [.. Greys().Select(grey => (byte)(grey & 1))];

        (int code, string output, string error) = await PredictAsync(pixels, "--point", "20,20,0");

        Assert.True(code == ExitCode.Done, error);
        Assert.StartsWith("mask 0", output, StringComparison.Ordinal);
        Assert.Contains($"[{GuardName.UnitPixels}]", error, StringComparison.Ordinal);
        Assert.Contains($"[{GuardName.OnlyBackground}]", error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Predict_OrdinaryRequest_PrintsNothingBesideTheResult()
    {
        (int code, _, string error) = await PredictAsync(Greys(), "--point", "20,20,1");

        Assert.Equal(ExitCode.Done, code);
        Assert.Equal("", error);
    }

    [Fact]
    public async Task Predict_MaskOfBytes_IsRefused()
    {
        float[] mask = new float[64 * 64];
        mask.AsSpan(1000, 500).Fill(255);
        Safetensors.Write(_folder["mask.safetensors"], [new NamedTensor("mask", [64, 64], mask)]);

        (int code, _, string error) = await PredictAsync(Greys(), "--mask-input", _folder["mask.safetensors"]);

        Assert.Equal(ExitCode.Usage, code);
        Assert.Contains($"[{GuardName.MaskBytes}]", error, StringComparison.Ordinal);
    }

    /// <summary>A safetensors file of a boolean tensor, written by hand: our writer makes floats only.</summary>
    [Fact]
    public async Task Predict_MaskStoredAsBooleans_IsBadInput()
    {
        byte[] header = System.Text.Encoding.ASCII.GetBytes("""{"mask":{"dtype":"BOOL","shape":[64,64],"data_offsets":[0,4096]}}""");
        await File.WriteAllBytesAsync(
            _folder["mask.safetensors"], [.. BitConverter.GetBytes((long)header.Length), .. header, .. new byte[4096]],
            TestContext.Current.CancellationToken);

        (int code, _, string error) = await PredictAsync(Greys(), "--mask-input", _folder["mask.safetensors"]);

        Assert.Equal(ExitCode.BadInput, code);
        Assert.Contains($"{_folder["mask.safetensors"]}: The mask prompt is stored as Bool.", error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Predict_Explain_PrintsEveryStageToStderr()
    {
        (int code, string output, string error) = await PredictAsync(Greys(), "--point", "20,20,1", "--explain");

        Assert.Equal(ExitCode.Done, code);
        Assert.Single(output.Split('\n', StringSplitOptions.RemoveEmptyEntries));
        string[] stages = [.. error.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => line[..22].Trim())];
        Assert.Equal(
            ["image", "resized", "normalised", "padded", "image embedding", "sparse prompts", "dense prompts", "low-resolution logits", "predicted IoU", "mask logits", "final mask"],
            stages);
    }

    /// <summary>Waves: what an ordinary image looks like to the checks.</summary>
    private static byte[] Greys() => [.. Enumerable.Range(0, 40 * 60).Select(i => (byte)(128 + (100 * Math.Sin(i % 60 / 9.0) * Math.Cos(i / 60 / 7.0))))];

    private async Task<(int Code, string Output, string Error)> PredictAsync(byte[] pixels, params string[] args)
    {
        await File.WriteAllBytesAsync(
            _folder["image.png"], PngFile.Encode(new PixelImage(40, 60, 1, VoxelType.UInt8, pixels)), TestContext.Current.CancellationToken);
        using StringWriter output = new();
        using StringWriter error = new();
        int code = await CommandLine.RunAsync(["predict", _folder["image.png"], "--model", Checkpoint, "--device", "cpu", .. args], output, error);
        return (code, output.ToString(), error.ToString());
    }
}
