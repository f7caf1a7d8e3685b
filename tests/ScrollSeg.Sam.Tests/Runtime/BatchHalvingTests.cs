using System.Runtime.InteropServices;
using ScrollSeg.Sam.Runtime;
using ScrollSeg.Segmentation;
using ScrollSeg.Volumes;
using TorchSharp;
using static TorchSharp.torch;

namespace ScrollSeg.Sam.Tests.Runtime;

public sealed class BatchHalvingTests
{
    /// <summary>As PyTorch 2.10 words it.</summary>
    private const string OutOfMemory = "CUDA out of memory. Tried to allocate 2.00 GiB. GPU 0 has a total capacity of 7.65 GiB\nException raised from malloc";

    [Theory]
    [InlineData(8, 8, new long[] { 8 }, 0)]
    [InlineData(8, 4, new long[] { 8, 4, 4 }, 1)]
    [InlineData(8, 3, new long[] { 8, 4, 2, 2, 2, 2 }, 2)]
    [InlineData(5, 3, new long[] { 5, 3, 2 }, 1)]
    [InlineData(1, 1, new long[] { 1 }, 0)]
    public void Run_DeviceThatHoldsSoMany_GetsThemInHalves(long batch, long room, long[] sizes, int halvings)
    {
        using DisposeScope scope = NewDisposeScope();
        BatchHalving halving = new();
        List<long> seen = [];
        Tensor tiles = arange(batch, dtype: float32).view(batch, 1);

        Tensor answer = halving.Run(tiles, Forward);

        Assert.Equal(sizes, seen);
        Assert.Equal(halvings, halving.Count);
        Assert.Equal((tiles + 1).data<float>().ToArray(), answer.data<float>().ToArray());

        Tensor Forward(Tensor part, int first)
        {
            seen.Add(part.shape[0]);
            Assert.Equal(first, part[0].item<float>()); // each holds its own number
            return part.shape[0] <= room ? part + 1 : throw Native(OutOfMemory);
        }
    }

    [Fact]
    public void Run_AfterAHalving_DoesNotTryTheOldSizeAgain()
    {
        using DisposeScope scope = NewDisposeScope();
        BatchHalving halving = new();
        List<long> seen = [];
        Func<Tensor, int, Tensor> forward = (part, _) =>
        {
            seen.Add(part.shape[0]);
            return part.shape[0] <= 2 ? part.alias() : throw Native(OutOfMemory);
        };

        halving.Run(zeros(4, 1), forward);
        halving.Run(zeros(4, 1), forward);

        Assert.Equal([4, 2, 2, 2, 2], seen);
    }

    [Fact]
    public void Run_OneThatDoesNotFit_SaysWhatToDo()
    {
        using DisposeScope scope = NewDisposeScope();

        string message = Assert.Throws<DeviceMemoryException>(
            () => new BatchHalving().Run(zeros(2, 1), (_, _) => throw Native(OutOfMemory))).Message;

        Assert.Contains("7.65 GiB)", message, StringComparison.Ordinal);
        Assert.Contains("--device cpu", message, StringComparison.Ordinal);
        Assert.DoesNotContain("malloc", message, StringComparison.Ordinal);
    }

    [Fact]
    public void Run_OtherFailure_IsNotSwallowed()
    {
        using DisposeScope scope = NewDisposeScope();
        BatchHalving halving = new();

        Assert.Throws<ExternalException>(() => halving.Run(zeros(2, 1), (_, _) => throw Native("CUDA error: illegal memory access")));
        Assert.Equal(0, halving.Count);
    }

    [Fact]
    public void Segment_ForwardThatFailsOnce_ScoresAsIfItHadNot()
    {
        using SamSliceSegmenter segmenter = new(Tiny.Network(), "tiny", CPU);
        using VoxelBuffer voxels = VoxelBuffer.Rent(new Shape3(4, 32, 32), VoxelType.UInt8);
        new Random(1).NextBytes(voxels.Bytes);
        TileBatch tiles = new(voxels, 1, new IntensityRange(0, 255));
        float[] expected = new float[4 * 1024];
        float[] scores = new float[4 * 1024];
        segmenter.Segment(tiles, expected);
        Func<Tensor, TileBatch, int, Tensor> forward = segmenter.Forward;
        int calls = 0;
        segmenter.Forward = (part, of, first) => calls++ == 0 ? throw Native(OutOfMemory) : forward(part, of, first);
        long before = DisposeScopeManager.Statistics.ThreadTotalLiveCount;

        segmenter.Segment(tiles, scores);

        Assert.Equal(before, DisposeScopeManager.Statistics.ThreadTotalLiveCount);
        Assert.Equal(1, ((ISliceSegmenter)segmenter).HalvedBatches);
        Assert.Equal(3, calls);
        Golden.AssertAgrees(expected, scores, "scores", 1e-5);
    }

    [Fact]
    public void OrOnCpu_DeviceFull_IsSaidAloud()
    {
        List<string> devices = [];
        List<string> notes = [];

        string answer = DeviceMemory.OrOnCpu("cuda", Work, notes.Add);

        Assert.Equal("cpu", answer);
        Assert.Equal(["cuda", "cpu"], devices);
        Assert.Contains("computing on the CPU instead", Assert.Single(notes), StringComparison.Ordinal);

        string Work(string device)
        {
            devices.Add(device);
            return device == "cpu" ? device : throw Native(OutOfMemory);
        }
    }

    [Theory]
    [InlineData("cpu", OutOfMemory)]
    [InlineData("cuda", "DefaultCPUAllocator: can't allocate memory")]
    public void OrOnCpu_OtherFailure_IsPassedOn(string device, string message) => Assert.Throws<ExternalException>(
        () => DeviceMemory.OrOnCpu<int>(device, _ => throw Native(message), _ => { }));

    [Theory]
    [InlineData("CUDA error: out of memory", true)]
    [InlineData("CUDA error: CUBLAS_STATUS_ALLOC_FAILED when calling `cublasCreate(handle)`", true)]
    [InlineData("CUDA error: device-side assert triggered", false)]
    public void IsExhausted_Message_IsRecognised(string message, bool exhausted)
    {
        Assert.Equal(exhausted, DeviceMemory.IsExhausted(Native(message)));
        Assert.Equal(exhausted, DeviceMemory.IsExhausted(new InvalidOperationException("outer", Native(message))));
        Assert.False(DeviceMemory.IsExhausted(new IOException(message)));
    }

#pragma warning disable CA2201 // what TorchSharp throws for every failure of libtorch
    private static ExternalException Native(string message) => new(message);
#pragma warning restore CA2201
}
