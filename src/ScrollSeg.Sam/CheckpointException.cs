namespace ScrollSeg.Sam;

/// <summary>A checkpoint is damaged, is of another model, or asks for what this reader does not do.</summary>
public sealed class CheckpointException : IOException
{
    /// <summary>Reports what is wrong in which file.</summary>
    /// <param name="path">The checkpoint.</param>
    /// <param name="problem">What was found and what was expected, as a sentence.</param>
    /// <param name="innerException">The failure beneath, if any.</param>
    public CheckpointException(string path, string problem, Exception? innerException = null)
        : base($"{path}: {problem}", innerException) => Path = path;

    /// <summary>The checkpoint that could not be used.</summary>
    public string Path { get; }
}
