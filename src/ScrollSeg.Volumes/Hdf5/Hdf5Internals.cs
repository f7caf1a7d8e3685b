using System.Collections;
using System.Reflection;
using PureHDF;

namespace ScrollSeg.Volumes.Hdf5;

/// <summary>
/// What PureHDF 2.2.0 reads from a dataset's header but keeps to itself: byte order, bits in use, filters with their
/// settings, external files. Without them voxels would be wrong in silence, so a PureHDF without these members is refused.
/// </summary>
internal static class Hdf5Internals
{
    private const BindingFlags Any = BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic;

    /// <summary>The filters in the order in which they encode.</summary>
    public static IReadOnlyList<Hdf5FilterUse> FiltersOf(IH5Dataset dataset) =>
        Get(dataset, "InternalFilterPipeline") is object pipeline
            ? [.. ((IEnumerable)Required(pipeline, "FilterDescriptions")).Cast<object>().Select(filter => new Hdf5FilterUse(
                (ushort)Required(filter, "Identifier"), (string)(Get(filter, "Name") ?? ""), (uint[])Required(filter, "ClientData")))]
            : [];

    /// <summary>Whether voxels lie in files of their own.</summary>
    public static bool IsExternal(IH5Dataset dataset) => Get(dataset, "InternalExternalFileList") is not null;

    /// <summary>How numbers are stored.</summary>
    /// <param name="dataset">A dataset of whole or floating-point numbers, or of an enumeration.</param>
    public static Hdf5Number NumberOf(IH5Dataset dataset)
    {
        object type = Required(dataset, "InternalDataType");
        string[] names = [];
        if (dataset.Type.Class == H5DataTypeClass.Enumerated)
        {
            object enumeration = FirstProperty(type);
            names = (string[])Required(enumeration, "Names");
            type = Required(enumeration, "BaseType");
        }

        object bits = Required(type, "BitField");
        object property = FirstProperty(type);
        return new Hdf5Number(
            Required(bits, "ByteOrder").ToString()!,
            (ushort)Required(property, "BitOffset"),
            (ushort)Required(property, "BitPrecision"),
            Get(bits, "IsSigned", isOptional: true) as bool?,
            Get(property, "ExponentSize", isOptional: true) as byte?,
            names);
    }

    private static object FirstProperty(object type) =>
        ((IEnumerable)Required(type, "Properties")).Cast<object>().FirstOrDefault()
        ?? throw new InvalidDataException("the type of the voxels has no description.");

    private static object Required(object from, string name) =>
        Get(from, name) ?? throw new InvalidDataException($"the dataset's header has no {name}.");

    private static object? Get(object from, string name, bool isOptional = false) =>
        from.GetType().GetProperty(name, Any) is PropertyInfo property ? property.GetValue(from)
        : isOptional ? null
        : throw new NotSupportedException(
            $"PureHDF {from.GetType().Assembly.GetName().Version} has no {from.GetType().Name}.{name}: HDF5 is read with version 2.2.0 only.");
}

/// <summary>One filter of a dataset.</summary>
/// <param name="Id">Its registered number.</param>
/// <param name="Name">Its name as the file gives it; may be empty.</param>
/// <param name="Parameters">Its settings.</param>
internal sealed record Hdf5FilterUse(ushort Id, string Name, uint[] Parameters);

/// <summary>How a number is stored.</summary>
/// <param name="ByteOrder"><c>LittleEndian</c>, <c>BigEndian</c> or <c>VaxEndian</c>.</param>
/// <param name="BitOffset">Unused bits below.</param>
/// <param name="BitPrecision">Bits in use.</param>
/// <param name="IsSigned">Whether a whole number has a sign; <see langword="null"/> for floats.</param>
/// <param name="ExponentBits">Bits of a float's exponent; <see langword="null"/> for whole numbers.</param>
/// <param name="Names">Members of an enumeration.</param>
internal sealed record Hdf5Number(
    string ByteOrder, int BitOffset, int BitPrecision, bool? IsSigned, int? ExponentBits, string[] Names)
{
    /// <summary>The type of a voxel of so many bytes.</summary>
    /// <exception cref="NotSupportedException">There is none.</exception>
    public VoxelType TypeOf(int bytes)
    {
        bool isPlain = BitOffset == 0 && BitPrecision == bytes * 8 && ByteOrder is "LittleEndian" or "BigEndian";
        return (IsSigned, bytes, ExponentBits) switch
        {
            _ when !isPlain => throw Refused(bytes),
            (_, 1, null) when Names.Length == 2 && Names.Contains("FALSE") && Names.Contains("TRUE") => VoxelType.Bool,
            (false, 1, _) => VoxelType.UInt8,
            (false, 2, _) => VoxelType.UInt16,
            (false, 4, _) => VoxelType.UInt32,
            (false, 8, _) => VoxelType.UInt64,
            (true, 1, _) => VoxelType.Int8,
            (true, 2, _) => VoxelType.Int16,
            (true, 4, _) => VoxelType.Int32,
            (true, 8, _) => VoxelType.Int64,
            (null, 2, 5) => VoxelType.Float16,
            (null, 4, 8) => VoxelType.Float32,
            (null, 8, 11) => VoxelType.Float64,
            _ => throw Refused(bytes),
        };
    }

    private NotSupportedException Refused(int bytes) => new(
        $"numbers of {bytes} bytes, of which {BitPrecision} bits from bit {BitOffset} on count ({ByteOrder}, exponent {ExponentBits?.ToString() ?? "none"}), are not supported.");
}
