namespace ScrollSeg.Volumes.Codecs;

/// <summary>How a Blosc frame's elements are rearranged before compression; the values are numcodecs'.</summary>
public enum BloscShuffle
{
    /// <summary>Bit for elements of one byte, byte otherwise.</summary>
    Auto = -1,

    /// <summary>Not at all.</summary>
    None = 0,

    /// <summary>First bytes of all elements, then second bytes, ...</summary>
    Byte = 1,

    /// <summary>Lowest bits of all elements, then second bits, ...</summary>
    Bit = 2,
}
