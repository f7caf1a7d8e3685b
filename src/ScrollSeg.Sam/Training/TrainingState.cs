using System.Globalization;
using System.Runtime.InteropServices;
using ScrollSeg.Sam.Adapters;
using ScrollSeg.Sam.Checkpoints;
using TorchSharp;
using static TorchSharp.torch;

namespace ScrollSeg.Sam.Training;

/// <summary>A training between two steps, as one safetensors file: weights, their running mean, the optimiser's moments, and
/// what training it is of.</summary>
internal static class TrainingState
{
    private const string StepKey = "scrollseg.step";
    private const string RecipeKey = "scrollseg.recipe";

    /// <summary>Writes the file; it is wholly there or not there.</summary>
    /// <param name="path">One of that name is replaced.</param>
    /// <param name="trainer">What is written.</param>
    /// <param name="recipe">Everything that decides what comes out.</param>
    public static void Save(string path, SamTrainer trainer, string recipe)
    {
        using IDisposable guard = no_grad();
        using DisposeScope scope = NewDisposeScope();
        Safetensors.Write(
            path,
            [.. Tensors(trainer).Select(t => new NamedTensor(t.Key, t.Value.shape, new TensorMemory(t.Value).Memory))],
            new Dictionary<string, string>
            {
                [StepKey] = trainer.Done.ToString(CultureInfo.InvariantCulture),
                [RecipeKey] = recipe,
            });
    }

    /// <summary>Brings a trainer to where the file's was.</summary>
    /// <exception cref="CheckpointException">The file is of another training.</exception>
    public static void Load(string path, SamTrainer trainer, string recipe)
    {
        using TensorFile file = TensorFile.Open(path);
        string theirs = file.Metadata.GetValueOrDefault(RecipeKey, "");
        if (theirs != recipe)
        {
            throw new CheckpointException(path, $"is of another training: {Difference(theirs, recipe)} Give another folder, or the settings it began with.");
        }

        using IDisposable guard = no_grad();
        using DisposeScope scope = NewDisposeScope();
        foreach ((string key, Tensor tensor) in Tensors(trainer))
        {
            StoredTensor stored = file.Tensors.GetValueOrDefault(key) ?? throw new CheckpointException(path, $"holds no {key}.");
            Tensor elements = empty(tensor.shape, dtype: float32);
            file.Read(stored, MemoryMarshal.Cast<byte, float>(elements.bytes));
            tensor.copy_(elements);
        }

        trainer.Done = long.Parse(file.Metadata[StepKey], CultureInfo.InvariantCulture);
    }

    private static IEnumerable<KeyValuePair<string, Tensor>> Tensors(SamTrainer trainer)
    {
        foreach ((string key, Tensor tensor) in trainer.Network.state_dict())
        {
            yield return new("model." + key, tensor);
        }

        foreach ((string key, Tensor tensor) in trainer.Average.state_dict())
        {
            yield return new("average." + key, tensor);
        }

        foreach ((string key, Tensor tensor) in trainer.Adapter.state_dict())
        {
            yield return new("model." + ChannelAdapter.KeyPrefix + key, tensor);
        }

        foreach ((string key, Tensor tensor) in trainer.AverageAdapter.state_dict())
        {
            yield return new("average." + ChannelAdapter.KeyPrefix + key, tensor);
        }

        foreach (KeyValuePair<string, Tensor> tensor in trainer.LowRank?.State ?? [])
        {
            yield return tensor;
        }

        foreach ((string name, Tensor first, Tensor second) in trainer.Optimiser.Moments)
        {
            yield return new("first." + name, first);
            yield return new("second." + name, second);
        }
    }

    /// <summary>The first place at which two recipes part, with what stands around it.</summary>
    private static string Difference(string theirs, string ours)
    {
        int at = 0;
        while (at < Math.Min(theirs.Length, ours.Length) && theirs[at] == ours[at])
        {
            at++;
        }

        return $"it says '…{Around(theirs, at)}…', these settings say '…{Around(ours, at)}…'.";
    }

    private static string Around(string text, int at)
    {
        int from = Math.Max(0, at - 40);
        return text.Substring(from, Math.Min(80, text.Length - from));
    }
}
