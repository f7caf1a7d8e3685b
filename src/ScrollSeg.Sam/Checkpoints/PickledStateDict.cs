namespace ScrollSeg.Sam.Checkpoints;

/// <summary>Finds the state dict in what a pickle holds, and holds each tensor against its storage.</summary>
internal static class PickledStateDict
{
    /// <summary>What training code puts a state dict into.</summary>
    private static readonly string[] Wrappers = ["model", "model_state", "state_dict"];

    /// <summary>Lists the tensors.</summary>
    /// <param name="root">What the pickle holds.</param>
    /// <param name="offsetOf">Where a storage starts in the file; it must have checked that the file holds all of it.</param>
    /// <param name="file">Names the file in failures.</param>
    public static TensorIndex Index(object? root, Func<PickleStorage, long> offsetOf, FileBytes file)
    {
        PickleDictionary all = root as PickleDictionary
            ?? throw file.Wrong("holds no dictionary of tensors; save model.state_dict().");
        PickleDictionary state = all;
        if (!all.Values.Any(value => value is PickleTensor))
        {
            state = Wrappers.Select(name => all.GetValueOrDefault(name)).OfType<PickleDictionary>().FirstOrDefault()
                ?? throw file.Wrong($"holds no state dict, neither at the top nor as {string.Join(", ", Wrappers)}; "
                    + $"it holds {TensorIndex.Some(all.Keys.Select(key => key.ToString()!))}.");
        }

        Dictionary<string, StoredTensor> tensors = [];
        foreach ((object key, object? value) in state)
        {
            if (value is PickleTensor tensor)
            {
                tensors[key.ToString()!] = Place(key, tensor, offsetOf(tensor.Storage), file);
            }
        }

        string[] ignored = ReferenceEquals(state, all) ? [] : [.. all.Where(e => e.Value != state).Select(e => e.Key.ToString()!)];
        return new TensorIndex(tensors, new Dictionary<string, string>(), ignored);
    }

    /// <summary>A tensor may not reach beyond its storage, nor show an element more than once.</summary>
    private static StoredTensor Place(object key, PickleTensor tensor, long offset, FileBytes file)
    {
        long? count = StoredTensor.CheckedCount(tensor.Shape);
        Int128 last = tensor.First;
        bool fits = count is not null && tensor.Strides.Length == tensor.Shape.Length && tensor.First >= 0
            && count <= tensor.Storage.Count && tensor.Strides.All(stride => stride >= 0);
        for (int axis = 0; fits && axis < tensor.Shape.Length; axis++)
        {
            last += (Int128)Math.Max(0, tensor.Shape[axis] - 1) * tensor.Strides[axis];
        }

        if (!fits || (count > 0 && last >= tensor.Storage.Count))
        {
            throw file.Wrong($"says that {key}, {StoredTensor.Text(tensor.Shape)} with strides {StoredTensor.Text(tensor.Strides)} "
                + $"from element {tensor.First}, lies in a storage of {tensor.Storage.Count} elements.");
        }

        return new StoredTensor(
            tensor.Storage.Type, tensor.Shape, tensor.Strides, offset + (tensor.First * tensor.Storage.Type.ByteSize()));
    }
}
