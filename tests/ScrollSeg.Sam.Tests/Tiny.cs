using ScrollSeg.Sam.Model;
using static TorchSharp.torch;

namespace ScrollSeg.Sam.Tests;

/// <summary>A SAM of the smallest kind, with random weights that all matter.</summary>
internal static class Tiny
{
    /// <summary>Eight tokens a side do not divide into windows of three: padding is on the path.</summary>
    public static SamConfig Config { get; } = new()
    {
        ViewSide = 32, PatchSide = 4, Width = 12, Depth = 2, Heads = 3, GlobalBlocks = [1], WindowSide = 3,
        EmbeddingWidth = 16, DecoderMlpWidth = 24, IouHeadWidth = 10,
    };

    /// <summary>A network whose every parameter is random, the relative positions too, which start as zeros.</summary>
    public static SamNetwork Network(SamConfig? config = null)
    {
        using IDisposable guard = no_grad();
        random.manual_seed(1);
        SamNetwork network = new(config ?? Config);
        foreach (Tensor parameter in network.state_dict().Values)
        {
            parameter.DetachFromDisposeScope();
            parameter.normal_(0, 0.3);
        }

        network.eval();
        return network;
    }

    /// <summary>Tensors alive in the process, once those that other tests dropped are gone.</summary>
    public static long LiveTensors()
    {
        GC.Collect();
        GC.WaitForPendingFinalizers();
        return Tensor.TotalCount;
    }
}
