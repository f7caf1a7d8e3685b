using System.Runtime.InteropServices;
using ScrollSeg.Sam.Model;
using TorchSharp;
using static TorchSharp.torch;

namespace ScrollSeg.Sam.Checkpoints;

/// <summary>A SAM read from a file.</summary>
/// <param name="Network">The network with the file's weights, on the CPU, in evaluation mode; the caller disposes it.</param>
/// <param name="Sha256">The hash of the file.</param>
internal sealed record SamCheckpoint(SamNetwork Network, string Sha256)
{
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
        SamKeys.Check(state, config);
        SamTraining training = SamMetadata.Training(file.Metadata, state);
        string sha256 = file.ComputeSha256();

        SamNetwork network = new(config, type);
        try
        {
            using IDisposable guard = no_grad();
            foreach ((string key, Tensor tensor) in network.state_dict())
            {
                tensor.DetachFromDisposeScope(); // a caller's scope does not own the weights
                Read(file, state.Tensors[key], tensor);
            }

            network.eval();
            return new SamCheckpoint(network, sha256) { Training = training };
        }
        catch
        {
            network.Dispose();
            throw;
        }
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
    /// <returns>The hash of the file.</returns>
    /// <exception cref="ArgumentException">The training names what a reader would refuse.</exception>
    /// <exception cref="IOException">The system refused.</exception>
    public static string Save(string path, SamNetwork network, SamTraining training)
    {
        string[] unknown = [.. training.Prompts.Except(SamTraining.KnownPrompts), .. new[] { training.Adapter }.Except(SamTraining.KnownAdapters)];
        if (unknown.Length > 0)
        {
            throw new ArgumentException($"'{unknown[0]}' is no prompt and no adapter that this program reads.", nameof(training));
        }

        using IDisposable guard = no_grad();
        using DisposeScope scope = NewDisposeScope();
        Safetensors.Write(
            path,
            [.. network.state_dict().Select(weight => new NamedTensor(weight.Key, weight.Value.shape, new TensorMemory(weight.Value).Memory))],
            SamMetadata.Of(network.Config, training));
        using TensorFile file = TensorFile.Open(path);
        return file.ComputeSha256();
    }
}
