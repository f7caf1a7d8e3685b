using ScrollSeg.Sam.Adapters;
using ScrollSeg.Sam.Checkpoints;
using ScrollSeg.Sam.Embeddings;
using ScrollSeg.Sam.Runtime;
using ScrollSeg.Segmentation;
using ScrollSeg.Segmentation.Prompting;
using ScrollSeg.Volumes;
using TorchSharp;
using static TorchSharp.torch;

namespace ScrollSeg.Sam;

/// <summary>Opens SAM checkpoints: <c>.pth</c>, <c>.pt</c> and <c>.safetensors</c> files.</summary>
public sealed class SamModelSource : IModelSource
{
    private static readonly string[] Extensions = [".pth", ".pt", ".safetensors"];

    /// <inheritdoc/>
    public IReadOnlyList<string> Accepts { get; } = [.. ShippedWeights.Names, "FILE.pth", "FILE.pt", "FILE.safetensors"];

    /// <inheritdoc/>
    /// <exception cref="CheckpointException">The file is damaged, or of another model.</exception>
    /// <exception cref="InvalidRequestException">The device is not here, or the precision is not known.</exception>
    /// <exception cref="NativeRuntimeException">libtorch cannot be loaded.</exception>
    public ISliceSegmenter? OpenSliceSegmenter(string model, ModelSettings settings) =>
        Open(model, settings) is Opened it
            ? Open(it, settings)
            : null;

    /// <summary>With the adapter that is asked for, or else the one that the weights were trained with.</summary>
    private static SamSliceSegmenter Open(Opened it, ModelSettings settings)
    {
        SamCheckpoint checkpoint = it.Checkpoint;
        try
        {
            string name = AdapterFor(settings, checkpoint.Training);
            ChannelAdapter adapter = checkpoint.Adapter ?? ChannelAdapter.Create(name, settings.Channels, checkpoint.Network);
            adapter.to(it.Device);
            if (checkpoint.Adapter is not null)
            {
                settings.Note($"The adapter {name} of {adapter.Channels.Most} slices is the one that was trained with these weights.");
            }

            CheckPrompts(adapter, settings);
            ITileDecoder? decoder = settings.Prompts?.Grid is GridRule grid
                ? new GridTileDecoder(checkpoint.Network, it.Identity, it.Device, grid, settings)
                : null;
            ITilePrompts? prompts = decoder is null ? settings.Prompts?.Open(VolumeOf(settings)) : null;
            return new SamSliceSegmenter(checkpoint.Network, it.Identity, it.Device, checkpoint.Training, it.Cache, adapter, prompts, decoder)
            {
                PlannedChannels = settings.Channels,
            };
        }
        catch
        {
            checkpoint.Adapter?.Dispose();
            checkpoint.Network.Dispose();
            throw;
        }
    }

    private static void CheckPrompts(ChannelAdapter adapter, ModelSettings settings)
    {
        if (settings.Prompts is PromptRule rule && adapter.Answers(settings.Channels) > 1)
        {
            throw new InvalidRequestException(
                $"--prompts {rule}: the adapter '{adapter.GetName()}' shows several slices side by side, and prompts are about one. Choose another one of the two.");
        }
    }

    private static VolumeInfo VolumeOf(ModelSettings settings) =>
        settings.Volume ?? throw new ArgumentException("Prompts need a volume to be set against.", nameof(settings));

    private static string AdapterFor(ModelSettings settings, SamTraining training)
    {
        string trained = training.Adapter;
        return settings.Adapter == "auto" || settings.Adapter == trained ? trained
            : !SamTraining.LearnedAdapters.Contains(trained) ? settings.Adapter
            : throw new InvalidRequestException(
                $"--adapter {settings.Adapter}: the weights were trained with the adapter '{trained}'. Leave the option out.");
    }

    /// <summary>Opens a promptable segmenter.</summary>
    /// <param name="model">What the user wrote.</param>
    /// <param name="settings">Device and precision.</param>
    /// <returns>The segmenter, which the caller disposes; <see langword="null"/> if the name is not this source's.</returns>
    /// <exception cref="CheckpointException">The file is damaged, or of another model.</exception>
    /// <exception cref="InvalidRequestException">The device is not here, or the precision is not known.</exception>
    /// <exception cref="NativeRuntimeException">libtorch cannot be loaded.</exception>
    public static IPromptableSegmenter? OpenPromptable(string model, ModelSettings settings) => OpenPredictor(model, settings);

    /// <summary>Opens a SAM with all that it can do beyond one prompt: batches of images, automatic masks.</summary>
    /// <param name="model">What the user wrote.</param>
    /// <param name="settings">Device and precision.</param>
    /// <returns>The predictor, which the caller disposes; <see langword="null"/> if the name is not this source's.</returns>
    /// <exception cref="CheckpointException">The file is damaged, or of another model.</exception>
    /// <exception cref="InvalidRequestException">The device is not here, or the precision is not known.</exception>
    /// <exception cref="NativeRuntimeException">libtorch cannot be loaded.</exception>
    public static SamPredictor? OpenPredictor(string model, ModelSettings settings) =>
        Open(model, settings) is Opened it
            ? PredictorOf(it)
            : null;

    /// <summary>A predictor is shown images: an adapter of slices has nothing to do there.</summary>
    private static SamPredictor PredictorOf(Opened it)
    {
        it.Checkpoint.Adapter?.Dispose();
        return new SamPredictor(it.Checkpoint.Network, it.Identity, it.Device, it.Cache);
    }

    private static Opened? Open(string model, ModelSettings settings)
    {
        model = ShippedWeights.Resolve(model);
        if (!Extensions.Contains(Path.GetExtension(model), StringComparer.OrdinalIgnoreCase))
        {
            return null;
        }

        NativeRuntime.EnsureLoaded();
        Device device = TorchDevice.Choose(settings);
        ScalarType type = TorchPrecision.Choose(settings, device);
        SamCheckpoint checkpoint = SamCheckpoint.Load(model, type);
        MoveTo(device, checkpoint);
        string maker = $"{TorchPrecision.Name(type)}:sha256:{checkpoint.Sha256}";
        return settings.Embeddings is null
            ? new Opened(checkpoint, $"sam:{maker}", device, Cache: null)
            : new Opened(checkpoint, $"sam:embeddings-f16:{maker}", device, OpenCache(settings, maker, checkpoint, device));
    }

    private static EmbeddingCache OpenCache(ModelSettings settings, string maker, SamCheckpoint checkpoint, Device device)
    {
        try
        {
            EmbeddingFolder folder = new(settings.Embeddings!, settings.EmbeddingsBytes, settings.Note, settings.EmbeddingsUntouched);
            return new EmbeddingCache(folder, AdapterFor(settings, checkpoint.Training) is not "replicate" and string adapter ? $"{maker}:{adapter}" : maker, checkpoint.Network.Config, device);
        }
        catch
        {
            checkpoint.Network.Dispose();
            throw;
        }
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

    private sealed record Opened(SamCheckpoint Checkpoint, string Identity, Device Device, EmbeddingCache? Cache);
}
