namespace ScrollSeg.Sam.Checkpoints;

/// <summary>The names that the pickle of a state dict may use, and what each makes here.</summary>
internal static class PickleGlobals
{
    private static readonly (string Name, TensorType Type)[] Storages =
    [
        ("FloatStorage", TensorType.Float32), ("HalfStorage", TensorType.Float16), ("BFloat16Storage", TensorType.BFloat16),
        ("DoubleStorage", TensorType.Float64), ("LongStorage", TensorType.Int64), ("IntStorage", TensorType.Int32),
        ("ShortStorage", TensorType.Int16), ("CharStorage", TensorType.Int8), ("ByteStorage", TensorType.UInt8),
        ("BoolStorage", TensorType.Bool),
    ];

    private static readonly string[] Callables =
    [
        "collections.OrderedDict", "torch._utils._rebuild_tensor_v2", "torch._utils._rebuild_parameter", "torch.Size",
    ];

    /// <summary>Lets a name pass only if it is on the list.</summary>
    /// <exception cref="CheckpointException">It is not.</exception>
    public static PickleGlobal Check(PickleGlobal global, FileBytes file)
    {
        bool known = Callables.Contains(global.ToString())
            || (global.Module == "torch" && Storages.Any(storage => storage.Name == global.Name));
        return known ? global : throw file.Wrong(
            $"holds a pickle that asks for {global}, which no state dict needs; nothing was run. "
            + "Save the weights alone: torch.save(model.state_dict(), path).");
    }

    /// <summary>What a call makes.</summary>
    public static object? Make(PickleGlobal global, object?[] arguments, FileBytes file) => (global.ToString(), arguments) switch
    {
        ("collections.OrderedDict", []) => new PickleDictionary(),
        ("torch.Size", [object?[] extents]) => extents,
        ("torch._utils._rebuild_parameter", [PickleTensor tensor, ..]) => tensor,
        ("torch._utils._rebuild_tensor_v2", [PickleStorage storage, long first, object?[] shape, object?[] strides, ..])
            when shape.All(extent => extent is long) && strides.All(stride => stride is long) =>
            new PickleTensor(storage, first, [.. shape.Cast<long>()], [.. strides.Cast<long>()]),
        _ => throw file.Wrong($"holds a pickle that calls {global} with {arguments.Length} arguments that do not fit it."),
    };

    /// <summary>A storage, which a pickle names by <c>('storage', type, key, device, elements)</c>.</summary>
    public static PickleStorage MakeStorage(object?[] reference, FileBytes file) =>
        reference is ["storage", PickleGlobal type, string key, _, long count, .. object?[] view] && view is [] or [null] && count >= 0
            && Storages.FirstOrDefault(storage => storage.Name == type.Name) is { Name: not null } known
            ? new PickleStorage(key, known.Type, count)
            : throw file.Wrong("holds a pickle that refers to a storage in a way that torch.save does not write.");
}
