namespace ScrollSeg.Sam.Runtime;

/// <summary>libtorch, or TorchSharp's bridge to it, cannot be loaded.</summary>
public sealed class NativeRuntimeException : Exception
{
    /// <summary>Says which file, why, and what to do.</summary>
    /// <param name="problem">Which file failed and why.</param>
    /// <param name="cure">What to do.</param>
    /// <param name="innerException">The failure beneath, if any.</param>
    public NativeRuntimeException(string problem, string cure, Exception? innerException = null)
        : base($"{problem} {cure}", innerException)
    {
    }
}
