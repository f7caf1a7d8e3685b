namespace ScrollSeg.Volumes.Hdf5.Format;

/// <summary>Kinds of header messages that are used here (specification, IV.A.2).</summary>
internal enum MessageType
{
    Nil = 0x00,
    Dataspace = 0x01,
    LinkInfo = 0x02,
    Datatype = 0x03,
    OldFillValue = 0x04,
    FillValue = 0x05,
    Link = 0x06,
    ExternalFiles = 0x07,
    Layout = 0x08,
    GroupInfo = 0x0a,
    Filters = 0x0b,
    Attribute = 0x0c,
    Continuation = 0x10,
    SymbolTable = 0x11,
    DriverInfo = 0x14,
    AttributeInfo = 0x15,

    /// <summary>The last one that version 3.0 of the specification knows.</summary>
    FileSpaceInfo = 0x17,
}
