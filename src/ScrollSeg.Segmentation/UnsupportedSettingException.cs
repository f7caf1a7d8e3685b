namespace ScrollSeg.Segmentation;

/// <summary>A setting asks for what this model or this machine does not offer: another choice works, a retry does not.</summary>
public sealed class UnsupportedSettingException : Exception
{
    /// <summary>Says which setting it is, and what can be chosen instead.</summary>
    /// <param name="problem">A sentence.</param>
    /// <param name="innerException">The failure beneath, if any.</param>
    public UnsupportedSettingException(string problem, Exception? innerException = null)
        : base(problem, innerException)
    {
    }
}
