using System.Runtime.InteropServices;
using ScrollSeg.Sam.Model;
using static TorchSharp.torch;

namespace ScrollSeg.Sam.Checkpoints;

/// <summary>A SAM read from a file.</summary>
/// <param name="Network">The network with the file's weights, on the CPU, in evaluation mode; the caller disposes it.</param>
/// <param name="Sha256">The hash of the file.</param>
internal sealed record SamCheckpoint(SamNetwork Network, string Sha256)
{
    /// <summary>Reads a checkpoint. Every tensor goes from the file straight into the network's memory.</summary>
    /// <exception cref="CheckpointException">The file is damaged, or of another model.</exception>
    public static SamCheckpoint Load(string path)
    {
        using TensorFile file = TensorFile.Open(path);
        StateDict state = StateDict.Of(file);
        SamConfig config = SamArchitecture.Read(state, file.Metadata);
        SamKeys.Check(state, config);
        string sha256 = file.ComputeSha256();

        SamNetwork network = new(config);
        try
        {
            using IDisposable guard = no_grad();
            foreach ((string key, Tensor tensor) in network.state_dict())
            {
                tensor.DetachFromDisposeScope(); // a caller's scope does not own the weights
                file.Read(state.Tensors[key], MemoryMarshal.Cast<byte, float>(tensor.bytes));
            }

            network.eval();
            return new SamCheckpoint(network, sha256);
        }
        catch
        {
            network.Dispose();
            throw;
        }
    }
}
