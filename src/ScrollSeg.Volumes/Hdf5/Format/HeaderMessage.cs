namespace ScrollSeg.Volumes.Hdf5.Format;

/// <summary>One message of an object header.</summary>
/// <param name="Type">What it tells.</param>
/// <param name="Flags">Whether it is shared, and what to do if it is not known.</param>
/// <param name="Offset">The first byte of its content in the file.</param>
/// <param name="Content">Its content.</param>
internal sealed record HeaderMessage(MessageType Type, int Flags, long Offset, ReadOnlyMemory<byte> Content)
{
    private const int SharedFlag = 0x02;
    private const int FailIfUnknownFlag = 0x80;

    /// <summary>Whether the content lies in another object's header.</summary>
    public bool IsShared => (Flags & SharedFlag) != 0;

    /// <summary>Whether a program that does not know the type must not read the object.</summary>
    public bool HasToBeKnown => (Flags & FailIfUnknownFlag) != 0;

    /// <summary>Reads the content.</summary>
    public HeaderReader Open(HeaderFile file) => new(file, $"the {Type} message", Offset, Content.Span);
}
