using ScrollSeg.Sam.Checkpoints;
using ScrollSeg.Sam.Model;
using ScrollSeg.Segmentation;
using ScrollSeg.Testing;
using ScrollSeg.Volumes;
using TorchSharp;
using static TorchSharp.torch;

namespace ScrollSeg.Sam.Tests.Checkpoints;

public sealed class SamCheckpointSaveTests : IDisposable
{
    private static readonly ModelSettings Cpu = new() { Device = "cpu", Precision = "f32" };
    private static readonly SamTraining Ours = new() { Prompts = ["none", "point"] };

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    /// <summary>What no shape says differs from SAM's constants in every number.</summary>
    [Fact]
    public void Save_Network_IsTheSameModelWhenOpened()
    {
        SamConfig config = Tiny.Config with
        {
            DecoderHeads = 4, EncoderNormEpsilon = 3e-6, DecoderNormEpsilon = 2e-5, PixelMean = [100.5f, 90, 80], PixelStd = [50, 40.25f, 30],
            MaskThreshold = 0.5f, MlpWidth = 48, CrossAttentionWidth = 8,
        };
        using SamSliceSegmenter before = new(Tiny.Network(config), "tiny", CPU, Ours);
        float[] expected = Scores(before);

        string hash = Save(Tiny.Network(config), Ours);

        using ISliceSegmenter? after = new SamModelSource().OpenSliceSegmenter(_folder["ours.safetensors"], Cpu);
        Assert.NotNull(after);
        Assert.Equal($"sam:f32:sha256:{hash}", after.Identity);
        Assert.Null(after.Caution);
        Assert.Equal(expected, Scores(after));
        SamCheckpoint loaded = SamCheckpoint.Load(_folder["ours.safetensors"]);
        using SamNetwork network = loaded.Network;
        Assert.Equal(Ours.Prompts, loaded.Training.Prompts);
        Assert.Equal(
            config, network.Config with { GlobalBlocks = config.GlobalBlocks, PixelMean = config.PixelMean, PixelStd = config.PixelStd });
        Assert.Equal(config.PixelMean, network.Config.PixelMean);
        Assert.Equal(config.PixelStd, network.Config.PixelStd);
    }

    [Fact]
    public void Save_SixteenBitWeights_AreStoredAsFloats()
    {
        using DisposeScope scope = NewDisposeScope();
        SamNetwork network = Tiny.Network();
        network.to(bfloat16);
        float[] expected = network.state_dict()["mask_decoder.iou_token.weight"].to(float32).data<float>().ToArray();

        Save(network, Ours);

        using TensorFile file = TensorFile.Open(_folder["ours.safetensors"]);
        Assert.All(file.Tensors.Values, tensor => Assert.Equal(TensorType.Float32, tensor.Type));
        Assert.Equal(expected, file.ReadSingles("mask_decoder.iou_token.weight"));
    }

    [Fact]
    public void Save_SameNetworkTwice_IsTheSameFile() =>
        Assert.Equal(Save(Tiny.Network(), Ours), Save(Tiny.Network(), Ours));

    [Fact]
    public void Save_Network_LeavesNoTensorBehind()
    {
        using DisposeScope scope = NewDisposeScope();
        using SamNetwork network = Tiny.Network();
        long before = DisposeScopeManager.Statistics.ThreadTotalLiveCount;

        SamCheckpoint.Save(_folder["ours.safetensors"], network, Ours);

        Assert.Equal(before, DisposeScopeManager.Statistics.ThreadTotalLiveCount);
    }

    [Fact]
    public void Save_UnknownTraining_IsRefusedBeforeAndAfter()
    {
        Assert.Throws<ArgumentException>(() => Save(Tiny.Network(), new SamTraining { Prompts = ["text"] }));
        Assert.Throws<ArgumentException>(() => Save(Tiny.Network(), new SamTraining { Adapter = "mosaic" }));
        Assert.False(File.Exists(_folder["ours.safetensors"]));
        AssertRefused("scrollseg.prompts", "text");
        AssertRefused("scrollseg.adapter", "mosaic");
    }

    [Theory]
    [InlineData("sam_tiny.pth")]
    [InlineData("sam_tiny.safetensors")]
    public void Caution_WeightsThatDoNotSayHowTheyWereTrained_IsSaid(string name)
    {
        using ISliceSegmenter? segmenter = new SamModelSource().OpenSliceSegmenter(Golden.Find(name), Cpu);

        Assert.Contains("untrained-promptless", segmenter?.Caution, StringComparison.Ordinal);
    }

    [Fact]
    public void Caution_WeightsTrainedWithClicksAlone_IsSaid()
    {
        Save(Tiny.Network(), new SamTraining { Prompts = ["point", "box"] });
        using ISliceSegmenter? segmenter = new SamModelSource().OpenSliceSegmenter(_folder["ours.safetensors"], Cpu);

        Assert.NotNull(segmenter?.Caution);
    }

    private string Save(SamNetwork network, SamTraining training)
    {
        using (network)
        {
            return SamCheckpoint.Save(_folder["ours.safetensors"], network, training);
        }
    }

    private void AssertRefused(string key, string value)
    {
        using DisposeScope scope = NewDisposeScope();
        using SamNetwork network = Tiny.Network();
        Safetensors.Write(
            _folder["other.safetensors"],
            [.. network.state_dict().Select(t => new NamedTensor(t.Key, t.Value.shape, t.Value.data<float>().ToArray()))],
            new Dictionary<string, string>(SamMetadata.Of(network.Config)) { [key] = value });
        string message = Assert.Throws<CheckpointException>(() => SamCheckpoint.Load(_folder["other.safetensors"])).Message;
        Assert.Contains($"has '{value}' in its metadata {key}; known are", message, StringComparison.Ordinal);
    }

    private static float[] Scores(ISliceSegmenter segmenter)
    {
        using VoxelBuffer voxels = VoxelBuffer.Rent(new Shape3(1, 32, 32), VoxelType.UInt8);
        new Random(1).NextBytes(voxels.Bytes);
        float[] scores = new float[1024];
        segmenter.Segment(new TileBatch(voxels, 1, new IntensityRange(0, 255)), scores);
        return scores;
    }
}
