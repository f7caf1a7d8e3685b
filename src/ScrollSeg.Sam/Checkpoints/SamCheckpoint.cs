using System.Runtime.InteropServices;
using ScrollSeg.Sam.Adapters;
using ScrollSeg.Sam.Model;
using TorchSharp;
using static TorchSharp.torch;

namespace ScrollSeg.Sam.Checkpoints;

/// <summary>A SAM read from a file.</summary>
/// <param name="Network">The network with the file's weights, on the CPU, in evaluation mode; the caller disposes it.</param>
/// <param name="Sha256">The hash of the file.</param>
internal sealed record SamCheckpoint(SamNetwork Network, string Sha256)
{
    private const int MostAdapterChannels = 4096;

    /// <summary>The adapter that was trained with the network; <see langword="null"/> if it has no weights. The caller disposes
    /// it.</summary>
    public ChannelAdapter? Adapter { get; private init; }

    /// <summary>How the weights were trained, if the file says so.</summary>
    public SamTraining Training { get; private init; } = new();

    /// <summary>Reads what a checkpoint's network is made of, and no weights.</summary>
    /// <exception cref="CheckpointException">The file is damaged, or of another model.</exception>
    public static SamConfig ReadConfig(string path)
    {
        using TensorFile file = TensorFile.Open(path);
        return SamArchitecture.Read(StateDict.Of(file), file.Metadata);
    }

    /// <summary>Reads a checkpoint. Every tensor goes from the file straight into the network's memory.</summary>
    /// <param name="path">The file.</param>
    /// <param name="type">Number format of the encoder's products, which their weights are rounded to.</param>
    /// <exception cref="CheckpointException">The file is damaged, or of another model.</exception>
    public static SamCheckpoint Load(string path, ScalarType type = ScalarType.Float32)
    {
        using TensorFile file = TensorFile.Open(path);
        StateDict state = StateDict.Of(file);
        SamConfig config = SamArchitecture.Read(state, file.Metadata);
        SamTraining training = SamMetadata.Training(file.Metadata, state);
        (int adapterChannels, IReadOnlyDictionary<string, long[]> adapterShapes) = AdapterShapes(training, state, config);
        SamKeys.Check(state, config, adapterShapes);
        string sha256 = file.ComputeSha256();

        SamNetwork network = new(config, type);
        ChannelAdapter? adapter = null;
        try
        {
            using IDisposable guard = no_grad();
            Fill(network, "");
            if (adapterShapes.Count > 0)
            {
                adapter = ChannelAdapter.Create(training.Adapter, adapterChannels, network);
                Fill(adapter, ChannelAdapter.KeyPrefix);
            }

            return new SamCheckpoint(network, sha256) { Training = training, Adapter = adapter };
        }
        catch
        {
            adapter?.Dispose();
            network.Dispose();
            throw;
        }

        void Fill(nn.Module module, string prefix)
        {
            foreach ((string key, Tensor tensor) in module.state_dict())
            {
                tensor.DetachFromDisposeScope(); // a caller's scope does not own the weights
                Read(file, state.Tensors[prefix + key], tensor);
            }

            module.eval();
        }
    }

    /// <summary>How many slices a learned adapter takes, and the tensors that the file must have for it; none for one that has no
    /// weights.</summary>
    private static (int Channels, IReadOnlyDictionary<string, long[]> Shapes) AdapterShapes(
        SamTraining training, StateDict state, SamConfig config)
    {
        string key = ChannelAdapter.KeyPrefix + (training.Adapter == "conv" ? "mix.weight" : "proj.weight");
        if (!SamTraining.LearnedAdapters.Contains(training.Adapter))
        {
            return (0, new Dictionary<string, long[]>());
        }

        if (!state.Tensors.TryGetValue(key, out StoredTensor? weight) || weight.Shape is not [_, >= 1 and <= MostAdapterChannels, _, _])
        {
            throw state.Wrong(
                $"says that its adapter is '{training.Adapter}'; expected {key} of four axes and 1 to {MostAdapterChannels} channels, it has {weight?.ShapeText ?? "none"}.");
        }

        int channels = (int)weight.Shape[1];
        IReadOnlyDictionary<string, long[]> shapes =
            training.Adapter == "conv" ? ConvolutionAdapter.Shapes(channels) : InflatedAdapter.Shapes(config, channels);
        return (channels, shapes.ToDictionary(shape => ChannelAdapter.KeyPrefix + shape.Key, shape => shape.Value));
    }

    /// <summary>Reads a tensor into its place; one that is to be rounded is held in 32 bits beside it for that moment.</summary>
    private static void Read(TensorFile file, StoredTensor stored, Tensor destination)
    {
        if (destination.dtype == ScalarType.Float32)
        {
            file.Read(stored, MemoryMarshal.Cast<byte, float>(destination.bytes));
            return;
        }

        using Tensor exact = empty(destination.shape, dtype: ScalarType.Float32);
        file.Read(stored, MemoryMarshal.Cast<byte, float>(exact.bytes));
        destination.copy_(exact);
    }

    /// <summary>Writes a network as one safetensors file that says everything about itself: weights as 32-bit floats,
    /// configuration, and how they were trained.</summary>
    /// <param name="path">The file; one of that name is replaced once the new one is complete.</param>
    /// <param name="network">On any device. Weights on the CPU are written from where they are, without a copy.</param>
    /// <param name="training">What the weights are good for.</param>
    /// <param name="adapter">The learned adapter, whose name the training has; nothing for one without weights.</param>
    /// <returns>The hash of the file.</returns>
    /// <exception cref="ArgumentException">The training names what a reader would refuse.</exception>
    /// <exception cref="IOException">The system refused.</exception>
    public static string Save(string path, SamNetwork network, SamTraining training, ChannelAdapter? adapter = null)
    {
        string[] unknown = [.. training.Prompts.Except(SamTraining.KnownPrompts), .. new[] { training.Adapter }.Except(SamTraining.KnownAdapters)];
        if (unknown.Length > 0)
        {
            throw new ArgumentException($"'{unknown[0]}' is no prompt and no adapter that this program reads.", nameof(training));
        }

        if (SamTraining.LearnedAdapters.Contains(training.Adapter) != (adapter is not null) || (adapter is not null && adapter.GetName() != training.Adapter))
        {
            throw new ArgumentException(
                $"The training names the adapter '{training.Adapter}'; what was handed over is {adapter?.GetName() ?? "none"}.", nameof(adapter));
        }

        using IDisposable guard = no_grad();
        using DisposeScope scope = NewDisposeScope();
        Safetensors.Write(
            path,
            [
                .. network.state_dict().Select(weight => Named(weight.Key, weight.Value)),
                .. (adapter?.state_dict() ?? []).Select(weight => Named(ChannelAdapter.KeyPrefix + weight.Key, weight.Value)),
            ],
            SamMetadata.Of(network.Config, training));
        using TensorFile file = TensorFile.Open(path);
        return file.ComputeSha256();

        static NamedTensor Named(string key, Tensor tensor) => new(key, tensor.shape, new TensorMemory(tensor).Memory);
    }
}
