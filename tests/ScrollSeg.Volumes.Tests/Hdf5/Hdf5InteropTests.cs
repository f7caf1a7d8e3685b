using System.Globalization;
using System.Security.Cryptography;
using ScrollSeg.Testing;
using ScrollSeg.Volumes.Hdf5;

namespace ScrollSeg.Volumes.Tests.Hdf5;

/// <summary>Files of the C library, h5py, MATLAB and PureHDF (a .NET library) against what they hold: equal, or refused by name.</summary>
public sealed class Hdf5InteropTests
{
    private const string Table = "interop/EXPECTED-hdf5-purehdf.tsv";

    public static TheoryData<string> Rows =>
        TestData.Find(Table) is string path ? [.. File.ReadLines(path).Skip(1)] : [""];

    [Theory]
    [MemberData(nameof(Rows))]
    public async Task OpenAsync_DatasetOfOtherPrograms_IsEqualOrRefused(string row)
    {
        Assert.SkipWhen(row.Length == 0, TestData.Missing(Table));
        string[] cells = row.Split('\t');
        string file = TestData.Find("interop/hdf5/" + cells[0])!;
        string path = cells[1] == "-" ? file : file + cells[1];
        string? refused = RefusalOf(cells);
        try
        {
            await using VolumeReader volume = await Hdf5Volume.OpenAsync(path, new ReaderOptions(), TestContext.Current.CancellationToken);
            using VoxelBuffer voxels = VoxelBuffer.Rent(volume.Info.Shape, volume.Info.Type);
            await volume.ReadAsync(volume.Info.Bounds, voxels, TestContext.Current.CancellationToken);

            Assert.Null(refused);
            Assert.True(IsAsExpected(cells, voxels), $"other voxels than expected: {Convert.ToHexString(voxels.Bytes[..Math.Min(64, voxels.Bytes.Length)])}");
        }
        catch (VolumeFormatException e)
        {
            Assert.False(refused is null, e.Message);
            Assert.Contains(refused, e.Message, StringComparison.Ordinal);
            Assert.StartsWith(file, e.Message, StringComparison.Ordinal);
        }
    }

    private static bool IsAsExpected(string[] cells, VoxelBuffer voxels)
    {
        double[] values = new double[voxels.Shape.VoxelCount];
        VoxelConversion.ToDouble(voxels.Bytes, voxels.Type, values);
        bool isSequence = values.Select((value, i) => value == i).All(same => same);
        bool holdsSequence = cells[5].Length != 64 || cells[6] == "True" || cells[0].Contains("fletcher32", StringComparison.Ordinal);
        return holdsSequence
            ? isSequence // what the table has no hash for, or (Fletcher32) a wrong one, holds 0, 1, 2, ... by h5py
            : cells[5] == Convert.ToHexStringLower(SHA256.HashData(voxels.Bytes)) || IsBigEndian(cells, voxels);
    }

    /// <summary>The table hashes what lies in the file.</summary>
    private static bool IsBigEndian(string[] cells, VoxelBuffer voxels)
    {
        byte[] swapped = voxels.Bytes.ToArray();
        ByteOrder.Reverse(swapped, voxels.Type.ByteSize());
        return cells[5] == Convert.ToHexStringLower(SHA256.HashData(swapped));
    }

    /// <summary>A word of the message with which the status table says a dataset is refused.</summary>
    private static string? RefusalOf(string[] cells)
    {
        int longAxes = cells[3].Split('x').Count(extent => long.TryParse(extent, CultureInfo.InvariantCulture, out long length) && length > 1);
        return cells[1] == "-" ? ""
            : longAxes > 3 ? "only three axes"
            : cells[3].Length == 0 ? "no array"
            : cells[7].Contains("szip", StringComparison.Ordinal) ? "szip (4)"
            : cells[1].Contains("snappy", StringComparison.Ordinal) ? "snappy"
            : cells[0].Contains("scaleoffset", StringComparison.Ordinal) ? "scale-offset (6)"
            : null;
    }
}
