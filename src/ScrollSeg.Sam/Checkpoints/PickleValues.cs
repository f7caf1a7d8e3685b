namespace ScrollSeg.Sam.Checkpoints;

/// <summary>A name that a pickle refers to. It is compared with a list, and never looked up.</summary>
internal sealed record PickleGlobal(string Module, string Name)
{
    public override string ToString() => $"{Module}.{Name}";
}

/// <summary>A dictionary as a pickle builds it, in its order.</summary>
internal sealed class PickleDictionary : Dictionary<object, object?>;

/// <summary>A block of elements outside the pickle, as the pickle describes it.</summary>
/// <param name="Key">Its name in the file.</param>
/// <param name="Type">How its elements are kept.</param>
/// <param name="Count">Elements in it.</param>
internal sealed record PickleStorage(string Key, TensorType Type, long Count);

/// <summary>A view of a storage, as a pickle describes it; nothing of it is checked against the file yet.</summary>
/// <param name="Storage">Where the elements are.</param>
/// <param name="First">Index of the first element.</param>
/// <param name="Shape">Extent along each axis.</param>
/// <param name="Strides">Elements from one index to the next along each axis.</param>
internal sealed record PickleTensor(PickleStorage Storage, long First, long[] Shape, long[] Strides);
