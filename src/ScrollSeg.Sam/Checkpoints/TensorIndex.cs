namespace ScrollSeg.Sam.Checkpoints;

/// <summary>What a file of tensors holds, and where.</summary>
/// <param name="Tensors">The tensors by name, in the file's order.</param>
/// <param name="Metadata">What a safetensors file says of itself.</param>
/// <param name="Ignored">What lies beside the model in the file and is left alone, by name.</param>
internal sealed record TensorIndex(
    IReadOnlyDictionary<string, StoredTensor> Tensors,
    IReadOnlyDictionary<string, string> Metadata,
    IReadOnlyList<string> Ignored)
{
    /// <summary>The first few names and how many there are, for messages.</summary>
    public string Names => Some(Tensors.Keys);

    /// <summary>The first few of some names and how many there are.</summary>
    public static string Some(IEnumerable<string> names)
    {
        const int Shown = 4;
        string[] all = [.. names];
        string first = string.Join(", ", all.Take(Shown));
        return all.Length <= Shown ? $"{all.Length} ({first})" : $"{all.Length} ({first}, ..)";
    }
}
