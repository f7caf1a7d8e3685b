using System.Runtime.InteropServices;
using ScrollSeg.Volumes.Conversion;

namespace ScrollSeg.Volumes.Tests.Conversion;

public sealed class VoxelMappingTests
{
    [Fact]
    public void Convert_UInt16ToUInt8_KeepsTheHighByte() =>
        Assert.Equal([0, 0, 1, 255], Convert<ushort, byte>([0, 255, 256, 65535], VoxelType.UInt16, VoxelType.UInt8));

    [Fact]
    public void Convert_UInt8ToUInt16_RepeatsTheByte() =>
        Assert.Equal([0, 257, 65535], Convert<byte, ushort>([0, 1, 255], VoxelType.UInt8, VoxelType.UInt16));

    [Fact]
    public void Convert_ToFloat_IsExact() =>
        Assert.Equal([0f, 12345f, 65535f], Convert<ushort, float>([0, 12345, 65535], VoxelType.UInt16, VoxelType.Float32));

    [Fact]
    public void Convert_BoolToUInt8_IsFullRange() =>
        Assert.Equal([0, 255], Convert<byte, byte>([0, 1], VoxelType.Bool, VoxelType.UInt8));

    [Fact]
    public void Convert_Window_RoundsAndCutsOff() => Assert.Equal(
        [0, 0, 128, 255, 255, 0],
        Convert<float, byte>([-9, -1, 0, 1, 7, float.NaN], VoxelType.Float32, VoxelType.UInt8, (-1, 1)));

    [Theory]
    [InlineData(VoxelType.Float32, VoxelType.UInt8)]
    [InlineData(VoxelType.Int16, VoxelType.UInt16)]
    [InlineData(VoxelType.UInt32, VoxelType.Float32)]
    [InlineData(VoxelType.Float64, VoxelType.Float32)]
    public void Constructor_LossWithoutWindow_IsRefused(VoxelType from, VoxelType to) =>
        Assert.Throws<ArgumentException>(() => new VoxelMapping(from, to));

    [Fact]
    public void Constructor_EmptyWindow_IsRefused() =>
        Assert.Throws<ArgumentException>(() => new VoxelMapping(VoxelType.Float32, VoxelType.UInt8, (1, 1)));

    private static TTo[] Convert<TFrom, TTo>(TFrom[] values, VoxelType from, VoxelType to, (double, double)? window = null)
        where TFrom : unmanaged
        where TTo : unmanaged
    {
        TTo[] result = new TTo[values.Length];
        new VoxelMapping(from, to, window).Convert(MemoryMarshal.AsBytes<TFrom>(values), MemoryMarshal.AsBytes(result.AsSpan()));
        return result;
    }
}
