using ScrollSeg.Sam.Adapters;
using ScrollSeg.Sam.Checkpoints;
using ScrollSeg.Sam.Runtime;
using ScrollSeg.Segmentation;
using TorchSharp;
using static TorchSharp.torch;

namespace ScrollSeg.Sam;

/// <summary>Opens SAM checkpoints: <c>.pth</c>, <c>.pt</c> and <c>.safetensors</c> files.</summary>
public sealed class SamModelSource : IModelSource
{
    private static readonly string[] Extensions = [".pth", ".pt", ".safetensors"];

    /// <inheritdoc/>
    public IReadOnlyList<string> Accepts { get; } = ["FILE.pth", "FILE.pt", "FILE.safetensors"];

    /// <inheritdoc/>
    /// <exception cref="CheckpointException">The file is damaged, or of another model.</exception>
    /// <exception cref="InvalidRequestException">The device or precision is not offered here.</exception>
    /// <exception cref="NativeRuntimeException">libtorch cannot be loaded.</exception>
    public ISliceSegmenter? OpenSliceSegmenter(string model, ModelSettings settings) =>
        Open(model, settings) is (SamCheckpoint checkpoint, string identity, Device device)
            ? Open(checkpoint, identity, device, settings)
            : null;

    /// <summary>With the adapter that is asked for, or else the one that the weights were trained with.</summary>
    private static SamSliceSegmenter Open(SamCheckpoint checkpoint, string identity, Device device, ModelSettings settings)
    {
        try
        {
            string name = settings.Adapter == "auto" ? checkpoint.Training.Adapter : settings.Adapter;
            if (checkpoint.Adapter is not null && name != checkpoint.Training.Adapter)
            {
                throw new InvalidRequestException(
                    $"--adapter {name}: the weights were trained with the adapter '{checkpoint.Training.Adapter}'. Leave the option out.");
            }

            ChannelAdapter adapter = checkpoint.Adapter ?? ChannelAdapter.Create(name, settings.Channels, checkpoint.Network);
            adapter.to(device);
            return new SamSliceSegmenter(checkpoint.Network, identity, device, checkpoint.Training, adapter) { PlannedChannels = settings.Channels };
        }
        catch
        {
            checkpoint.Adapter?.Dispose();
            checkpoint.Network.Dispose();
            throw;
        }
    }

    /// <summary>Opens a promptable segmenter.</summary>
    /// <param name="model">What the user wrote.</param>
    /// <param name="settings">Device and precision.</param>
    /// <returns>The segmenter, which the caller disposes; <see langword="null"/> if the name is not this source's.</returns>
    /// <exception cref="CheckpointException">The file is damaged, or of another model.</exception>
    /// <exception cref="InvalidRequestException">The device or precision is not offered here.</exception>
    /// <exception cref="NativeRuntimeException">libtorch cannot be loaded.</exception>
    public static IPromptableSegmenter? OpenPromptable(string model, ModelSettings settings) => OpenPredictor(model, settings);

    /// <summary>Opens a SAM with all that it can do beyond one prompt: batches of images, automatic masks.</summary>
    /// <param name="model">What the user wrote.</param>
    /// <param name="settings">Device and precision.</param>
    /// <returns>The predictor, which the caller disposes; <see langword="null"/> if the name is not this source's.</returns>
    /// <exception cref="CheckpointException">The file is damaged, or of another model.</exception>
    /// <exception cref="InvalidRequestException">The device or precision is not offered here.</exception>
    /// <exception cref="NativeRuntimeException">libtorch cannot be loaded.</exception>
    public static SamPredictor? OpenPredictor(string model, ModelSettings settings) =>
        Open(model, settings) is (SamCheckpoint checkpoint, string identity, Device device)
            ? PredictorOf(checkpoint, identity, device)
            : null;

    /// <summary>A predictor is shown images: an adapter of slices has nothing to do there.</summary>
    private static SamPredictor PredictorOf(SamCheckpoint checkpoint, string identity, Device device)
    {
        checkpoint.Adapter?.Dispose();
        return new SamPredictor(checkpoint.Network, identity, device);
    }

    private static (SamCheckpoint Checkpoint, string Identity, Device Device)? Open(string model, ModelSettings settings)
    {
        if (!Extensions.Contains(Path.GetExtension(model), StringComparer.OrdinalIgnoreCase))
        {
            return null;
        }

        NativeRuntime.EnsureLoaded();
        Device device = TorchDevice.Choose(settings);
        SamCheckpoint checkpoint = SamCheckpoint.Load(model);
        MoveTo(device, checkpoint);
        return (checkpoint, $"sam:sha256:{checkpoint.Sha256}", device);
    }

    private static void MoveTo(Device device, SamCheckpoint checkpoint)
    {
        try
        {
            checkpoint.Network.to(device);
        }
        catch (Exception e)
        {
            checkpoint.Network.Dispose();
            if (DeviceMemory.IsExhausted(e))
            {
                throw DeviceMemoryException.For("The weights alone do", e);
            }

            throw;
        }
    }
}
