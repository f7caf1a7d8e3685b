namespace ScrollSeg.Volumes.Tests.Zarr;

/// <summary>What voxel number i holds in the arrays of tools/fixtures/make_zarr_fixtures.py and in those that
/// tools/interop/check_zarr.py checks.</summary>
internal static class FixtureFormula
{
    /// <summary>The first voxels, native byte order.</summary>
    public static byte[] Of(VoxelType type, long count) =>
        [.. Enumerable.Range(0, (int)count).SelectMany(i => Bytes(type, Value(type, i)))];

    private static double Value(VoxelType type, int i) => type switch
    {
        VoxelType.Bool => i % 3 == 0 ? 1 : 0,
        VoxelType.UInt8 => 7 * i % 251,
        VoxelType.Int8 => (7 * i % 251) - 125,
        VoxelType.UInt16 or VoxelType.UInt32 or VoxelType.UInt64 => 7 * i,
        VoxelType.Int16 or VoxelType.Int32 or VoxelType.Int64 => (7 * i) - 5000,
        VoxelType.Float16 => (i % 1000 / 8.0) - 60,
        _ => (i / 8.0) - 60,
    };

    /// <summary>One voxel.</summary>
    public static byte[] Bytes(VoxelType type, double value) => type switch
    {
        VoxelType.Bool or VoxelType.UInt8 => [(byte)value],
        VoxelType.Int8 => [(byte)(sbyte)value],
        VoxelType.UInt16 => BitConverter.GetBytes((ushort)value),
        VoxelType.UInt32 => BitConverter.GetBytes((uint)value),
        VoxelType.UInt64 => BitConverter.GetBytes(value >= ulong.MaxValue ? ulong.MaxValue : (ulong)value),
        VoxelType.Int16 => BitConverter.GetBytes((short)value),
        VoxelType.Int32 => BitConverter.GetBytes((int)value),
        VoxelType.Int64 => BitConverter.GetBytes((long)value),
        VoxelType.Float16 => BitConverter.GetBytes((Half)value),
        VoxelType.Float32 when double.IsNaN(value) => [0, 0, 0xc0, 0x7f], // NumPy's; .NET's has the sign set
        VoxelType.Float32 => BitConverter.GetBytes((float)value),
        VoxelType.Float64 => BitConverter.GetBytes(value),
        _ => throw new ArgumentOutOfRangeException(nameof(type), type, null),
    };
}
