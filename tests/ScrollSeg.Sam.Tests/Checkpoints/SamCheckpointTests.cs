using System.Security.Cryptography;
using ScrollSeg.Sam.Checkpoints;
using ScrollSeg.Testing;
using static TorchSharp.torch;

namespace ScrollSeg.Sam.Tests.Checkpoints;

public sealed class SamCheckpointTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Load_TinyModel_ReadsTheArchitectureFromItsShapes()
    {
        SamCheckpoint checkpoint = SamCheckpoint.Load(Golden.Find("sam_tiny.pth"));
        using Sam.Model.SamNetwork network = checkpoint.Network;

        SamConfig expected = new()
        {
            ViewSide = 256, PatchSide = 16, Width = 64, Depth = 4, Heads = 4, GlobalBlocks = [1, 3], WindowSide = 7,
            MlpWidth = 256, EmbeddingWidth = 64, MaskPromptWidth = 16, DecoderDepth = 2, DecoderMlpWidth = 128,
            CrossAttentionWidth = 32, MaskTokens = 4, HyperDepth = 3, IouHeadDepth = 3, IouHeadWidth = 64,
        };
        Assert.Equal([1, 3], network.Config.GlobalBlocks);
        Assert.Equal(
            expected, network.Config with
            {
                GlobalBlocks = expected.GlobalBlocks, PixelMean = expected.PixelMean, PixelStd = expected.PixelStd,
            });
        Assert.Equal(Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(Golden.Find("sam_tiny.pth")))), checkpoint.Sha256);
    }

    [Fact]
    public void Load_Weights_AreTheFilesAndBelongToNoScope()
    {
        using TensorFile file = TensorFile.Open(Golden.Find("sam_tiny.safetensors"));
        SamCheckpoint checkpoint;
        using (NewDisposeScope())
        {
            checkpoint = SamCheckpoint.Load(Golden.Find("sam_tiny.pth"));
        }

        using Sam.Model.SamNetwork network = checkpoint.Network;
        Assert.All(network.state_dict(), tensor =>
            Assert.Equal(file.ReadSingles(tensor.Key), tensor.Value.data<float>().ToArray()));
    }

    [Theory]
    [InlineData("module.")]
    [InlineData("sam.")]
    [InlineData("module.sam.")]
    public void Load_KeysWithAPrefix_AreRecognised(string prefix)
    {
        string path = Rewrite(tensors => [.. tensors.Select(t => t with { Name = prefix + t.Name })]);

        SamCheckpoint.Load(path).Network.Dispose();
    }

    [Theory]
    [InlineData("model")]
    [InlineData("model_state")]
    [InlineData("state_dict")]
    public void Open_WrappedStateDict_IsFoundAndWhatLiesBesideItIsNamed(string wrapper)
    {
        byte[] plain = TorchZip.OneTensor(0, [2], [1], 2);
        byte[] pickle =
        [
            0x80, 2, .. "}"u8, .. TorchZip.Text(wrapper), .. plain[2..^1], .. "s"u8,
            .. TorchZip.Text("decoder_state"), .. "}s."u8,
        ];

        using TensorFile file = TensorFile.Open(TorchZip.Write(_folder["a.pth"], pickle, storages: ("0", new byte[8])));

        Assert.Equal(["w"], file.Tensors.Keys);
        Assert.Equal(["decoder_state"], file.Index.Ignored);
    }

    [Fact]
    public void Open_UnknownWrapper_NamesWhatItHolds()
    {
        byte[] pickle = [0x80, 2, .. "}"u8, .. TorchZip.Text("generator"), .. TorchZip.OneTensor(0, [2], [1], 2)[2..^1], .. "s."u8];
        string path = TorchZip.Write(_folder["a.pth"], pickle, storages: ("0", new byte[8]));

        Assert.Contains("generator", Assert.Throws<CheckpointException>(() => TensorFile.Open(path)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Load_ModelWithoutAKeyAndWithAnother_NamesBoth()
    {
        string path = Rewrite(tensors =>
            [.. tensors.Select(t => t.Name == "mask_decoder.iou_token.weight" ? t with { Name = "mask_decoder.hf_token.weight" } : t)]);

        CheckpointException e = Assert.Throws<CheckpointException>(() => SamCheckpoint.Load(path));

        Assert.Contains("missing 1 (mask_decoder.iou_token.weight)", e.Message, StringComparison.Ordinal);
        Assert.Contains("left over 1 (mask_decoder.hf_token.weight)", e.Message, StringComparison.Ordinal);
        Assert.Equal(path, e.Path);
    }

    [Fact]
    public void Load_AnotherModelAltogether_SaysWhatItHolds()
    {
        Safetensors.Write(_folder["resnet.safetensors"], [new NamedTensor("conv1.weight", [1], new float[1])]);

        CheckpointException e = Assert.Throws<CheckpointException>(() => SamCheckpoint.Load(_folder["resnet.safetensors"]));

        Assert.Contains("no Segment Anything Model", e.Message, StringComparison.Ordinal);
        Assert.Contains("conv1.weight", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Load_ShapesThatDoNotFitEachOther_AreNamed()
    {
        string path = Rewrite(tensors =>
            [.. tensors.Select(t => t.Name == "image_encoder.blocks.2.mlp.lin1.bias" ? t with { Shape = [128, 2] } : t)]);

        CheckpointException e = Assert.Throws<CheckpointException>(() => SamCheckpoint.Load(path));

        Assert.Contains("image_encoder.blocks.2.mlp.lin1.bias [128, 2] instead of [256]", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Load_MetadataOfOurs_ReplaceTheConstants()
    {
        SamConfig ours = SamConfig.VitB with
        {
            DecoderHeads = 4, DecoderNormEpsilon = 1e-4, EncoderNormEpsilon = 1e-7, MaskThreshold = 0.5f,
            PixelMean = [1, 2, 3], PixelStd = [4, 5, 6.5f],
        };
        string path = Rewrite(tensors => tensors, SamMetadata.Of(ours));

        using Sam.Model.SamNetwork network = SamCheckpoint.Load(path).Network;

        Assert.Equal(4, network.Config.DecoderHeads);
        Assert.Equal(1e-4, network.Config.DecoderNormEpsilon);
        Assert.Equal(1e-7, network.Config.EncoderNormEpsilon);
        Assert.Equal(0.5f, network.Config.MaskThreshold);
        Assert.Equal([1f, 2, 3], network.Config.PixelMean);
        Assert.Equal([4f, 5, 6.5f], network.Config.PixelStd);
    }

    [Theory]
    [InlineData("scrollseg.decoder_heads", "seven")]
    [InlineData("scrollseg.decoder_heads", "7")]
    [InlineData("scrollseg.pixel_std", "1 0 1")]
    [InlineData("scrollseg.pixel_mean", "1 2")]
    public void Load_MetadataThatDoNotFit_AreRefused(string key, string value)
    {
        string path = Rewrite(tensors => tensors, new Dictionary<string, string> { [key] = value });

        Assert.Throws<CheckpointException>(() => SamCheckpoint.Load(path));
    }

    private string Rewrite(Func<NamedTensor[], NamedTensor[]> change, IReadOnlyDictionary<string, string>? metadata = null)
    {
        using TensorFile file = TensorFile.Open(Golden.Find("sam_tiny.safetensors"));
        NamedTensor[] tensors = [.. file.Tensors.Select(t => new NamedTensor(t.Key, t.Value.Shape, file.ReadSingles(t.Key)))];
        Safetensors.Write(_folder["changed.safetensors"], change(tensors), metadata);
        return _folder["changed.safetensors"];
    }
}
