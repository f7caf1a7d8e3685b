namespace ScrollSeg.Sam.Training;

/// <summary>How a learning rate falls once it was at its highest.</summary>
public enum RateFall
{
    /// <summary>Along half a cosine.</summary>
    Cosine,

    /// <summary>By a factor, at some steps.</summary>
    Steps,
}
