using ScrollSeg.Sam.Embeddings;
using ScrollSeg.Sam.Model;
using ScrollSeg.Segmentation;
using ScrollSeg.Testing;
using ScrollSeg.Volumes;
using ScrollSeg.Volumes.Images;
using TorchSharp;
using static TorchSharp.torch;

namespace ScrollSeg.Sam.Tests.Embeddings;

public sealed class EmbeddingCacheTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly SamNetwork _network = Tiny.Network();

    public void Dispose()
    {
        _network.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public void Predict_AgainWithOtherPrompts_SkipsTheEncoder()
    {
        PixelImage image = Noise(20, 30);
        SamPredictor first = Predictor();
        using IImageEmbedding fresh = first.Encode(image);
        SamPredictor second = Predictor();

        using IImageEmbedding kept = second.Encode(image);
        PromptedMasks other = second.Predict(kept, Click(5, 5), multimask: true);

        Assert.Equal((1, 0), (first.EncodedImages, second.EncodedImages));
        Assert.Equal(first.Predict(fresh, Click(5, 5), multimask: true).Logits, other.Logits);
        Assert.Equal(first.Predict(fresh, Click(25, 9), multimask: true).Logits, second.Predict(kept, Click(25, 9), multimask: true).Logits);
    }

    [Fact]
    public void Encode_WithCache_IsTheExactEmbeddingRoundedTo16Bits()
    {
        using DisposeScope scope = NewDisposeScope();
        PixelImage image = Noise(20, 30);
        using SamImageEmbedding exact = (SamImageEmbedding)new SamPredictor(_network, "tiny", CPU).Encode(image);

        using SamImageEmbedding rounded = (SamImageEmbedding)Predictor().Encode(image);

        Assert.Equal([.. exact.Value.data<float>().Select(v => (float)(Half)v)], rounded.Value.data<float>().ToArray());
    }

    [Theory]
    [InlineData("pixels")]
    [InlineData("extents")]
    [InlineData("weights")]
    [InlineData("batch")]
    public void Encode_AnythingElse_IsComputed(string other)
    {
        PixelImage image = Noise(16, 32);
        Predictor().Encode(image).Dispose();
        SamPredictor predictor = Predictor(other == "weights" ? "f32:sha256:other" : "f32:sha256:tiny");
        byte[] changed = [.. image.Samples];
        changed[0] ^= 1;
        PixelImage[] images = other switch
        {
            "pixels" => [new PixelImage(16, 32, 3, VoxelType.UInt8, changed)],
            "extents" => [new PixelImage(32, 16, 3, VoxelType.UInt8, image.Samples)],
            "batch" => [image, image],
            _ => [image],
        };

        foreach (IImageEmbedding embedding in predictor.Encode(images))
        {
            embedding.Dispose();
        }

        Assert.Equal(images.Length, predictor.EncodedImages);
    }

    [Fact]
    public void Segment_Again_SkipsTheEncoderAndScoresTheSame()
    {
        using VoxelBuffer voxels = VoxelBuffer.Rent(new Shape3(2, 24, 24), VoxelType.UInt16);
        new Random(1).NextBytes(voxels.Bytes);
        TileBatch tiles = new(voxels, 1, new IntensityRange(100, 60000));
        float[][] scores = [new float[2 * 576], new float[2 * 576], new float[2 * 576]];
        SamSliceSegmenter first = Segmenter();
        SamSliceSegmenter second = Segmenter();

        first.Segment(tiles, scores[0]);
        second.Segment(tiles, scores[1]);
        second.Segment(tiles with { Range = new IntensityRange(101, 60000) }, scores[2]);

        Assert.Equal((2, 2), (first.EncodedTiles, second.EncodedTiles)); // the other window is another picture
        Assert.Equal(scores[0], scores[1]);
        Assert.NotEqual(scores[0], scores[2]);
        Assert.Equal(EmbeddingFolder.HeaderBytes + (2 * 16 * 8 * 8), first.KeptBytesPerTile);
        Assert.True(first.WorkingBytes(1, 32) > new SamSliceSegmenter(_network, "tiny", CPU).WorkingBytes(1, 32));
    }

    /// <summary>What fills the last batch of a unit up is thrown away: it is neither kept nor looked for.</summary>
    [Fact]
    public void Segment_BatchThatIsFilledUp_KeepsTheWantedTilesAlone()
    {
        using VoxelBuffer voxels = VoxelBuffer.Rent(new Shape3(3, 24, 24), VoxelType.UInt8);
        new Random(1).NextBytes(voxels.Bytes);
        TileBatch tiles = new(voxels, 1, new IntensityRange(0, 255)) { Wanted = 2 };
        (float[] before, float[] after) = (new float[3 * 576], new float[3 * 576]);
        Segmenter().Segment(tiles, before);
        voxels.Plane(2).Clear(); // what an earlier batch left there
        SamSliceSegmenter segmenter = Segmenter();

        segmenter.Segment(tiles, after);

        Assert.Equal(2, Directory.GetFiles(_folder.Path, "*" + EmbeddingFolder.Extension).Length);
        Assert.Equal(0, segmenter.EncodedTiles);
        Assert.Equal(before[..1152], after[..1152]);
    }

    /// <summary>With one of two missing the whole batch is computed: a smaller one might round otherwise.</summary>
    [Fact]
    public void Segment_PartOfABatchMissing_ScoresTheSame()
    {
        using VoxelBuffer voxels = VoxelBuffer.Rent(new Shape3(2, 24, 24), VoxelType.UInt16);
        new Random(1).NextBytes(voxels.Bytes);
        TileBatch tiles = new(voxels, 1, new IntensityRange(100, 60000));
        (float[] before, float[] after) = (new float[2 * 576], new float[2 * 576]);
        Segmenter().Segment(tiles, before);
        string[] entries = Directory.GetFiles(_folder.Path, "*" + EmbeddingFolder.Extension);
        Assert.Equal(2, entries.Length);
        File.WriteAllBytes(entries[0], [0]);
        List<string> notes = [];
        SamSliceSegmenter segmenter = Segmenter(notes);

        segmenter.Segment(tiles, after);

        Assert.Equal(before, after);
        Assert.Equal(2, segmenter.EncodedTiles);
        Assert.Single(notes);
    }

    [Fact]
    public void Round_NumbersBeyondHalf_AreLeftAndNotKept()
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor huge = tensor(new float[] { 1.00001f, 1e6f, 0, 0 }, [1, 1, 2, 2]);
        SamConfig config = Tiny.Config with { ViewSide = 8, EmbeddingWidth = 1 };
        EmbeddingCache cache = new(new EmbeddingFolder(_folder.Path, 1 << 20, _ => { }), "any", config, CPU);

        Tensor rounded = EmbeddingCache.Round(huge);
        cache.Write(["a"], rounded);

        Assert.Equal(huge.data<float>().ToArray(), rounded.data<float>().ToArray());
        Assert.Null(cache.TryRead(["a"], 1));
    }

    [Fact]
    public void Open_WithEmbeddings_SaysSoInTheIdentity()
    {
        using ISliceSegmenter? segmenter = new SamModelSource().OpenSliceSegmenter(
            Golden.Find("sam_tiny.pth"), new ModelSettings { Device = "cpu", Precision = "f32", Embeddings = _folder["cache"] });

        Assert.Matches("^sam:embeddings-f16:f32:sha256:[0-9a-f]{64}$", segmenter?.Identity);
        Assert.True(segmenter?.KeptBytesPerTile > 0);
    }

    private SamPredictor Predictor(string maker = "f32:sha256:tiny") => new(_network, "tiny", CPU, Cache(maker, []));

    private SamSliceSegmenter Segmenter(List<string>? notes = null) =>
        new(_network, "tiny", CPU, cache: Cache("f32:sha256:tiny", notes ?? []));

    private EmbeddingCache Cache(string maker, List<string> notes) =>
        new(new EmbeddingFolder(_folder.Path, 1 << 20, notes.Add), maker, Tiny.Config, CPU);

    private static PromptSet Click(double x, double y) => new() { Points = [new PointPrompt(x, y, IsForeground: true)] };

    private static PixelImage Noise(int height, int width)
    {
        byte[] samples = new byte[height * width * 3];
        new Random(1).NextBytes(samples);
        return new PixelImage(height, width, 3, VoxelType.UInt8, samples);
    }
}
