namespace ScrollSeg.Volumes;

/// <summary>How one voxel is stored. In memory always in the machine's own byte order.</summary>
public enum VoxelType
{
    /// <summary>Unsigned 8-bit intensity.</summary>
    UInt8,

    /// <summary>Unsigned 16-bit intensity, the usual output of tomographic reconstruction.</summary>
    UInt16,

    /// <summary>Unsigned 32-bit integer, usually instance labels.</summary>
    UInt32,

    /// <summary>Unsigned 64-bit integer, usually instance labels.</summary>
    UInt64,

    /// <summary>Signed 8-bit integer.</summary>
    Int8,

    /// <summary>Signed 16-bit integer, for example Hounsfield units.</summary>
    Int16,

    /// <summary>Signed 32-bit integer.</summary>
    Int32,

    /// <summary>Signed 64-bit integer.</summary>
    Int64,

    /// <summary>IEEE 754 half precision.</summary>
    Float16,

    /// <summary>32-bit float, for example a linear attenuation coefficient in 1/cm.</summary>
    Float32,

    /// <summary>64-bit float.</summary>
    Float64,

    /// <summary>One byte, 0 or 1.</summary>
    Bool,
}

/// <summary>Facts about <see cref="VoxelType"/>.</summary>
public static class VoxelTypeExtensions
{
    /// <summary>Bytes per voxel.</summary>
    public static int ByteSize(this VoxelType type) => type switch
    {
        VoxelType.UInt8 or VoxelType.Int8 or VoxelType.Bool => 1,
        VoxelType.UInt16 or VoxelType.Int16 or VoxelType.Float16 => 2,
        VoxelType.UInt32 or VoxelType.Int32 or VoxelType.Float32 => 4,
        VoxelType.UInt64 or VoxelType.Int64 or VoxelType.Float64 => 8,
        _ => throw new ArgumentOutOfRangeException(nameof(type), type, null),
    };

    /// <summary>Whether the type is a floating-point number, which may be NaN.</summary>
    public static bool IsFloat(this VoxelType type) =>
        type is VoxelType.Float16 or VoxelType.Float32 or VoxelType.Float64;

    /// <summary>Whether no value of the type is below zero.</summary>
    public static bool IsUnsigned(this VoxelType type) =>
        type is VoxelType.UInt8 or VoxelType.UInt16 or VoxelType.UInt32 or VoxelType.UInt64 or VoxelType.Bool;

    /// <summary>The name that NumPy gives the type: <c>uint16</c>, <c>float32</c>, ...</summary>
    public static string NumpyName(this VoxelType type) => type.ToString().ToLowerInvariant();
}
