namespace ScrollSeg.Sam.Checkpoints;

/// <summary>A model's tensors by the names that the model gives them, whatever the file put around those.</summary>
internal sealed class StateDict
{
    /// <summary>What training code puts before every key: DistributedDataParallel, and classes that hold a SAM.</summary>
    private static readonly string[] Prefixes = ["module.", "sam.", "model."];

    private readonly string _path;

    private StateDict(string path, IReadOnlyDictionary<string, StoredTensor> tensors) => (_path, Tensors) = (path, tensors);

    /// <summary>The tensors by key.</summary>
    public IReadOnlyDictionary<string, StoredTensor> Tensors { get; }

    /// <summary>Takes a file's tensors and strips from all keys the prefixes that all of them bear.</summary>
    public static StateDict Of(TensorFile file)
    {
        IReadOnlyDictionary<string, StoredTensor> tensors = file.Tensors;
        while (Prefixes.FirstOrDefault(p => tensors.Count > 0 && tensors.Keys.All(key => key.StartsWith(p, StringComparison.Ordinal)))
            is string prefix)
        {
            tensors = tensors.ToDictionary(t => t.Key[prefix.Length..], t => t.Value);
        }

        return new StateDict(file.Path, tensors);
    }

    /// <summary>The shape of a tensor that any SAM has.</summary>
    /// <exception cref="CheckpointException">It is not there, or has another number of axes.</exception>
    public IReadOnlyList<long> Shape(string key, int axes)
    {
        StoredTensor tensor = Tensors.GetValueOrDefault(key)
            ?? throw Wrong($"is no Segment Anything Model: it has no {key}; it holds {TensorIndex.Some(Tensors.Keys)}.");
        return tensor.Shape.Count == axes && tensor.Shape.All(extent => extent is > 0 and <= 1 << 24)
            ? tensor.Shape
            : throw Wrong($"has {key} of shape {tensor.ShapeText}; {axes} axes of at least 1 were expected.");
    }

    /// <summary>How many numbered parts there are, from 0 without a gap.</summary>
    /// <param name="key">A key with <c>#</c> for the number.</param>
    public int Parts(string key)
    {
        int count = 0;
        while (Tensors.ContainsKey(Part(key, count)))
        {
            count++;
        }

        return count;
    }

    /// <summary>The key of one numbered part.</summary>
    public static string Part(string key, int number) =>
        key.Replace("#", number.ToString(System.Globalization.CultureInfo.InvariantCulture), StringComparison.Ordinal);

    /// <summary>A failure that names the file.</summary>
    public CheckpointException Wrong(string problem) => new(_path, problem);
}
