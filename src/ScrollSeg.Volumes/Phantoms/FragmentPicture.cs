namespace ScrollSeg.Volumes.Phantoms;

/// <summary>The flat pictures of a fragment.</summary>
public enum FragmentPicture
{
    /// <summary>255 on the papyrus, 0 beside it.</summary>
    Mask,

    /// <summary>255 where there is ink, 0 elsewhere.</summary>
    Ink,

    /// <summary>The infrared photograph: ink dark on bright papyrus.</summary>
    Infrared,
}
