namespace ScrollSeg.Volumes.Hdf5.Format.Messages;

/// <summary>Kinds of elements (specification, IV.A.2.d).</summary>
internal enum DatatypeClass
{
    FixedPoint,
    FloatingPoint,
    Time,
    String,
    BitField,
    Opaque,
    Compound,
    Reference,
    Enumerated,
    VariableLength,
    Array,
    Complex,
}
