using ScrollSeg.Sam.Adapters;
using ScrollSeg.Sam.Checkpoints;
using ScrollSeg.Sam.Model;
using ScrollSeg.Segmentation;
using ScrollSeg.Testing;
using ScrollSeg.Volumes;
using TorchSharp;
using static TorchSharp.torch;

namespace ScrollSeg.Sam.Tests.Adapters;

public sealed class ChannelAdapterTests
{
    private static readonly IntensityRange Range = new(0, 255);

    [Theory]
    [InlineData("replicate", 2)]
    [InlineData("replicate", 3)]
    [InlineData("rgb", 3)]
    [InlineData("montage", 3)]
    [InlineData("conv", 1)]
    [InlineData("conv", 5)]
    [InlineData("inflate", 1)]
    [InlineData("inflate", 5)]
    public void Segment_CopiesOfASlice_AreTheUnchangedNetworksAnswer(string adapter, int channels)
    {
        float[] unchanged = Score("replicate", [0]);

        float[] copies = Score(adapter, [.. Enumerable.Repeat(0, channels)]);

        Golden.AssertAgrees(unchanged, copies, adapter, 1e-5);
    }

    [Theory]
    [InlineData("rgb", 3)]
    [InlineData("conv", 3)]
    [InlineData("inflate", 4)]
    public void Segment_OtherSlicesBeside_ChangeTheAnswer(string adapter, int channels)
    {
        float[] copies = Score(adapter, [.. Enumerable.Repeat(0, channels)]);

        float[] others = Score(adapter, [.. Enumerable.Range(0, channels)]);

        Assert.NotEqual(copies, others);
    }

    [Theory]
    [InlineData(1, 8)]
    [InlineData(3, 8)]
    [InlineData(4, 8)]
    [InlineData(12, 9)]
    [InlineData(13, 11)] // a grid of 3 x 3 on 35 pixels: two are left over
    [InlineData(42, 16)]
    public void Montage_SplitOfComposed_IsTheIdentity(int channels, int place)
    {
        using DisposeScope scope = NewDisposeScope();
        using MontageAdapter montage = new();
        (int grid, _) = MontageAdapter.Layout(montage.Answers(channels), 1 << 10);
        Tensor slices = rand([2, channels, place, place]);

        Tensor canvas = montage.Compose(slices, (grid * place) + (channels == 13 ? 2 : 0));
        Tensor back = MontageAdapter.Split(canvas, montage.Answers(channels));

        Assert.Equal(slices.data<float>().ToArray(), back.narrow(1, 0, channels).contiguous().data<float>().ToArray());
    }

    [Fact]
    public void Montage_Answers_AreCutFromTheTargetsOwnPlace()
    {
        using DisposeScope scope = NewDisposeScope();
        using MontageAdapter montage = new();
        Tensor map = arange(16, dtype: float32).view(1, 1, 4, 4); // a view of 4: places of 2

        Tensor answers = montage.Cut(map, channels: 10, viewSide: 4, side: 2);

        Assert.Equal([1L, 4, 2, 2], answers.shape);
        Assert.Equal([2f, 3, 6, 7], answers[0, montage.AnswerOf(ownChannel: 4)].contiguous().data<float>().ToArray());
        Assert.Equal([10f, 11, 14, 15], answers[0, montage.AnswerOf(ownChannel: 9)].contiguous().data<float>().ToArray());
    }

    [Fact]
    public void Segment_Montage_AnswersForTheChannelThatIsTheTargets()
    {
        float[][] own = [.. new int?[] { 0, 5, null }.Select(channel => Score("montage", [0, 1, 2, 3, 4, 5], channel))];

        Assert.NotEqual(own[0], own[1]);
        Golden.AssertAgrees([.. own[0].Zip(own[1], (a, b) => (a + b) / 2)], own[2], "mean of both places", 1e-5);
    }

    [Theory]
    [InlineData("conv")]
    [InlineData("inflate")]
    public void Save_LearnedAdapter_IsReadBack(string name)
    {
        using TemporaryFolder folder = new();
        string path = folder["adapted.safetensors"];
        using (SamNetwork network = Tiny.Network())
        using (ChannelAdapter adapter = ChannelAdapter.Create(name, 5, network))
        using (no_grad())
        {
            foreach (Tensor weight in adapter.state_dict().Values)
            {
                weight.normal_(0, 0.3).DetachFromDisposeScope(); // as after training
            }

            SamCheckpoint.Save(path, network, new SamTraining { Adapter = name, Prompts = ["none"] }, adapter);

            SamCheckpoint read = SamCheckpoint.Load(path);
            using SamNetwork network2 = read.Network;
            using ChannelAdapter? adapter2 = read.Adapter;
            Assert.Equal((5, 5), adapter2!.Channels);
            Assert.Equal(adapter.state_dict().Keys, adapter2.state_dict().Keys);
            Assert.All(adapter.state_dict(), pair => Assert.Equal(pair.Value.data<float>().ToArray(), adapter2.state_dict()[pair.Key].data<float>().ToArray()));
        }

        using ISliceSegmenter? segmenter = new SamModelSource().OpenSliceSegmenter(path, new ModelSettings { Device = "cpu" });
        Assert.Equal((name, 5, 5), (segmenter!.Adapter, segmenter.MinChannels, segmenter.MaxChannels));
        InvalidRequestException e = Assert.Throws<InvalidRequestException>(
            () => new SamModelSource().OpenSliceSegmenter(path, new ModelSettings { Device = "cpu", Adapter = "rgb" }));
        Assert.Contains("rgb", e.Message, StringComparison.Ordinal);
        Assert.Contains($"'{name}'", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Save_AdapterThatTheTrainingDoesNotName_IsRefused()
    {
        using TemporaryFolder folder = new();
        using SamNetwork network = Tiny.Network();
        using ChannelAdapter adapter = ChannelAdapter.Create("conv", 5, network);

        Assert.Throws<ArgumentException>(() => SamCheckpoint.Save(folder["a.safetensors"], network, new SamTraining(), adapter));
        Assert.Throws<ArgumentException>(() => SamCheckpoint.Save(folder["a.safetensors"], network, new SamTraining { Adapter = "conv" }));
        Assert.Throws<ArgumentException>(
            () => SamCheckpoint.Save(folder["a.safetensors"], network, new SamTraining { Adapter = "inflate" }, adapter));
    }

    [Theory]
    [InlineData("conv")]
    [InlineData("inflate")]
    public void Backward_LearnedAdapter_HasGradients(string name)
    {
        using DisposeScope scope = NewDisposeScope();
        using SamNetwork network = Tiny.Network();
        using ChannelAdapter adapter = ChannelAdapter.Create(name, 4, network);
        using ViewNormalisation normalisation = new(network.Config, CPU);

        adapter.Embed(network, normalisation, rand([1, 4, 32, 32])).square().sum().backward();

        Assert.All(adapter.parameters(), parameter => Assert.True(parameter.grad is { } gradient && gradient.abs().sum().item<float>() > 0));
    }

    /// <summary>Slices with ranges of their own are shown by them, whatever the voxels' type.</summary>
    [Theory]
    [InlineData(VoxelType.UInt8)]
    [InlineData(VoxelType.UInt16)]
    [InlineData(VoxelType.Float32)]
    public void ToGrey_RangesOfSlices_AreEachSlicesOwn(VoxelType type)
    {
        using DisposeScope scope = NewDisposeScope();
        using VoxelBuffer voxels = VoxelBuffer.Rent(new Shape3(2, 1, 2), type);
        for (int i = 0; i < 4; i++)
        {
            int value = 20 * i;
            byte[] bytes = type switch
            {
                VoxelType.UInt8 => [(byte)value],
                VoxelType.UInt16 => BitConverter.GetBytes((ushort)value),
                _ => BitConverter.GetBytes((float)value),
            };
            bytes.CopyTo(voxels.Bytes[(i * bytes.Length)..]);
        }

        TileBatch tiles = new(voxels, 2, Range) { Ranges = [new IntensityRange(0, 40), new IntensityRange(40, 60)] };
        Tensor grey = GreyTiles.ToGrey(GreyTiles.ToTensor(tiles), tiles);

        Assert.Equal([0f, 127.5f, 0, 255], grey.contiguous().data<float>().ToArray());
    }

    /// <summary>What the golden network says about a tile made of some of six pictures.</summary>
    private static float[] Score(string adapter, int[] slices, int? own = 0)
    {
        using ISliceSegmenter? segmenter = new SamModelSource().OpenSliceSegmenter(
            Golden.Find("sam_tiny.pth"), new ModelSettings { Device = "cpu", Precision = "f32", Adapter = adapter, Channels = slices.Length });
        const int Side = 64;
        using VoxelBuffer voxels = VoxelBuffer.Rent(new Shape3(slices.Length, Side, Side), VoxelType.UInt8);
        for (int k = 0; k < slices.Length; k++)
        {
            new Random(slices[k]).NextBytes(voxels.Plane(k));
        }

        float[] scores = new float[Side * Side];
        segmenter!.Segment(new TileBatch(voxels, slices.Length, Range) { OwnChannels = [own] }, scores);
        return scores;
    }
}
