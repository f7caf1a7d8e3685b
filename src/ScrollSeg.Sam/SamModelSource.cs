using ScrollSeg.Sam.Checkpoints;
using ScrollSeg.Sam.Model;
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
        Open(model, settings) is (SamNetwork network, string identity, Device device)
            ? new SamSliceSegmenter(network, identity, device)
            : null;

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
        Open(model, settings) is (SamNetwork network, string identity, Device device)
            ? new SamPredictor(network, identity, device)
            : null;

    private static (SamNetwork Network, string Identity, Device Device)? Open(string model, ModelSettings settings)
    {
        if (!Extensions.Contains(Path.GetExtension(model), StringComparer.OrdinalIgnoreCase))
        {
            return null;
        }

        NativeRuntime.EnsureLoaded();
        Device device = TorchDevice.Choose(settings);
        SamCheckpoint checkpoint = SamCheckpoint.Load(model);
        checkpoint.Network.to(device);
        return (checkpoint.Network, $"sam:sha256:{checkpoint.Sha256}", device);
    }
}
