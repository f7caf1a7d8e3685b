using ScrollSeg.Sam.Adapters;
using ScrollSeg.Sam.Checkpoints;
using ScrollSeg.Segmentation;
using ScrollSeg.Volumes;
using TorchSharp;
using static TorchSharp.torch;

namespace ScrollSeg.Sam.Tests;

public sealed class SamSliceSegmenterTests
{
    private static readonly IntensityRange Range = new(1000, 50000);

    [Fact]
    public void Segment_Batch_ScoresAsOneByOne()
    {
        using SamSliceSegmenter segmenter = Open();
        using VoxelBuffer voxels = Noise(3, 40);
        float[] together = new float[3 * 40 * 40];

        segmenter.Segment(new TileBatch(voxels, 1, Range), together);

        for (int tile = 0; tile < 3; tile++)
        {
            using VoxelBuffer one = Stack(voxels, [tile]);
            float[] alone = new float[40 * 40];
            segmenter.Segment(new TileBatch(one, 1, Range), alone);
            Golden.AssertAgrees(alone, together.AsSpan(tile * 1600, 1600), $"tile {tile}", 1e-5);
        }
    }

    [Fact]
    public void Segment_SliceThrice_IsSliceOnce()
    {
        using SamSliceSegmenter segmenter = Open();
        using VoxelBuffer voxels = Noise(1, 32);
        using VoxelBuffer thrice = Stack(voxels, [0, 0, 0]);
        using VoxelBuffer twice = Stack(voxels, [0, 0]);
        float[][] scores = [new float[1024], new float[1024], new float[1024]];

        segmenter.Segment(new TileBatch(voxels, 1, Range), scores[0]);
        segmenter.Segment(new TileBatch(twice, 2, Range), scores[1]);
        segmenter.Segment(new TileBatch(thrice, 3, Range), scores[2]);

        Assert.Equal(scores[0], scores[1]);
        Assert.Equal(scores[0], scores[2]);
    }

    /// <summary>Without prompts, SAM's own predictor answers with the same first mask.</summary>
    [Fact]
    public void Segment_ByteTileOfTheViewsSize_IsThePredictorsAnswerToNoPrompt()
    {
        SamCheckpoint checkpoint = SamCheckpoint.Load(Golden.Find("sam_tiny.pth"));
        using SamSliceSegmenter segmenter = new(checkpoint.Network, "tiny", CPU);
        using SamPredictor predictor = new(checkpoint.Network, "tiny", CPU);
        using VoxelBuffer voxels = VoxelBuffer.Rent(new Shape3(1, 256, 256), VoxelType.UInt8);
        new Random(1).NextBytes(voxels.Bytes);
        float[] scores = new float[256 * 256];

        segmenter.Segment(new TileBatch(voxels, 1, new IntensityRange(0, 255)), scores);

        using IImageEmbedding embedding = predictor.Encode(
            new Volumes.Images.PixelImage(256, 256, 1, VoxelType.UInt8, voxels.Bytes.ToArray()));
        Golden.AssertAgrees(predictor.Predict(embedding, new PromptSet(), multimask: false).Logits, scores, "scores");
    }

    [Fact]
    public void Segment_ManyTimes_LeavesNoTensorBehind()
    {
        using DisposeScope scope = NewDisposeScope();
        using SamSliceSegmenter segmenter = Open();
        using VoxelBuffer voxels = Noise(2, 40);
        float[] scores = new float[3200];
        segmenter.Segment(new TileBatch(voxels, 1, Range), scores);
        long before = DisposeScopeManager.Statistics.ThreadTotalLiveCount;

        segmenter.Segment(new TileBatch(voxels, 1, Range), scores);

        Assert.Equal(before, DisposeScopeManager.Statistics.ThreadTotalLiveCount);
    }

    [Fact]
    public void Segment_WeightsThatAreNaN_NamesTheTile()
    {
        using DisposeScope scope = NewDisposeScope();
        Sam.Model.SamNetwork network = Tiny.Network();
        using (no_grad())
        {
            network.state_dict()["mask_decoder.mask_tokens.weight"].fill_(float.NaN);
        }

        using SamSliceSegmenter segmenter = new(network, "tiny", CPU);
        using VoxelBuffer voxels = Noise(1, 32);

        ArithmeticException e = Assert.Throws<ArithmeticException>(
            () => segmenter.Segment(new TileBatch(voxels, 1, Range), new float[1024]));

        Assert.Contains("tile 0", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Segment_FourSlices_AreRefused()
    {
        using SamSliceSegmenter segmenter = Open();
        using VoxelBuffer voxels = Noise(4, 32);

        Assert.Throws<ArgumentException>(() => segmenter.Segment(new TileBatch(voxels, 4, Range), new float[1024]));
        Assert.Throws<ArgumentException>(() => segmenter.Segment(new TileBatch(voxels, 1, Range), new float[1024]));
    }

    [Theory]
    [InlineData(VoxelType.UInt8)]
    [InlineData(VoxelType.UInt16)]
    [InlineData(VoxelType.UInt32)]
    [InlineData(VoxelType.UInt64)]
    [InlineData(VoxelType.Int8)]
    [InlineData(VoxelType.Int16)]
    [InlineData(VoxelType.Int32)]
    [InlineData(VoxelType.Int64)]
    [InlineData(VoxelType.Float16)]
    [InlineData(VoxelType.Float32)]
    [InlineData(VoxelType.Float64)]
    public void GreyTiles_EveryVoxelType_BecomesGreyWithoutRounding(VoxelType type)
    {
        using DisposeScope scope = NewDisposeScope();
        using VoxelBuffer voxels = VoxelBuffer.Rent(new Shape3(1, 2, 2), type);
        Write(voxels, [0, 10, 15, 100]);

        TileBatch tiles = new(voxels, 1, new IntensityRange(10, 40));
        Tensor grey = GreyTiles.ToGrey(GreyTiles.ToTensor(tiles), tiles);

        Assert.Equal([1, 1, 2, 2], grey.shape);
        Assert.Equal([0f, 0f, 42.5f, 255f], grey.data<float>().ToArray());
    }

    [Fact]
    public void GreyTiles_NaN_IsBlack()
    {
        using DisposeScope scope = NewDisposeScope();
        using VoxelBuffer voxels = VoxelBuffer.Rent(new Shape3(1, 1, 2), VoxelType.Float32);
        Write(voxels, [double.NaN, 1]);

        Assert.Equal([0f, 255f], GreyTiles.ToTensor(new TileBatch(voxels, 1, new IntensityRange(0, 1))).data<float>().ToArray());
    }

    private static SamSliceSegmenter Open() => new(Tiny.Network(), "tiny", CPU);

    private static VoxelBuffer Noise(int slices, int side)
    {
        VoxelBuffer voxels = VoxelBuffer.Rent(new Shape3(slices, side, side), VoxelType.UInt16);
        new Random(1).NextBytes(voxels.Bytes);
        return voxels;
    }

    private static VoxelBuffer Stack(VoxelBuffer voxels, int[] slices)
    {
        VoxelBuffer stack = VoxelBuffer.Rent(new Shape3(slices.Length, voxels.Shape.Y, voxels.Shape.X), voxels.Type);
        for (int z = 0; z < slices.Length; z++)
        {
            voxels.Plane(slices[z]).CopyTo(stack.Plane(z));
        }

        return stack;
    }

    private static void Write(VoxelBuffer voxels, double[] values)
    {
        for (int i = 0; i < values.Length; i++)
        {
            switch (voxels.Type)
            {
                case VoxelType.UInt8: voxels.Voxels<byte>()[i] = (byte)values[i]; break;
                case VoxelType.UInt16: voxels.Voxels<ushort>()[i] = (ushort)values[i]; break;
                case VoxelType.UInt32: voxels.Voxels<uint>()[i] = (uint)values[i]; break;
                case VoxelType.UInt64: voxels.Voxels<ulong>()[i] = (ulong)values[i]; break;
                case VoxelType.Int8: voxels.Voxels<sbyte>()[i] = (sbyte)values[i]; break;
                case VoxelType.Int16: voxels.Voxels<short>()[i] = (short)values[i]; break;
                case VoxelType.Int32: voxels.Voxels<int>()[i] = (int)values[i]; break;
                case VoxelType.Int64: voxels.Voxels<long>()[i] = (long)values[i]; break;
                case VoxelType.Float16: voxels.Voxels<Half>()[i] = (Half)values[i]; break;
                case VoxelType.Float32: voxels.Voxels<float>()[i] = (float)values[i]; break;
                case VoxelType.Float64: voxels.Voxels<double>()[i] = values[i]; break;
                default: throw new ArgumentOutOfRangeException(nameof(voxels), voxels.Type, null);
            }
        }
    }
}
