using ScrollSeg.Volumes.Raw;
using ScrollSeg.Volumes.Tests.Zarr;

namespace ScrollSeg.Volumes.Tests.Raw;

/// <summary>Headers over one block of voxels: files of NumPy, and NRRD, NIfTI and MRC put together by
/// tools/fixtures/make_header_fixtures.py; their voxels follow a formula.</summary>
public sealed class HeaderFixtureTests
{
    private const string Folder = "Fixtures";
    private static readonly Shape3 Shape = new(5, 13, 11);

    private static readonly Dictionary<string, VoxelType> Types = new()
    {
        ["u1"] = VoxelType.UInt8, ["i1"] = VoxelType.Int8, ["u2"] = VoxelType.UInt16, ["i2"] = VoxelType.Int16,
        ["u4"] = VoxelType.UInt32, ["i4"] = VoxelType.Int32, ["u8"] = VoxelType.UInt64, ["i8"] = VoxelType.Int64,
        ["f2"] = VoxelType.Float16, ["f4"] = VoxelType.Float32, ["f8"] = VoxelType.Float64, ["bool"] = VoxelType.Bool,
    };

    /// <summary>The files whose names end with a type.</summary>
    public static TheoryData<string> TypedFiles =>
    [
        .. new[] { "nrrd/*.nrrd", "nifti/*.nii", "numpy/*.npy", "mrc/*.mrc", "mrc/*.rec" }
            .SelectMany(pattern => Directory.EnumerateFiles(Path.Combine(Folder, Path.GetDirectoryName(pattern)!), Path.GetFileName(pattern)))
            .Where(path => Types.ContainsKey(TypeName(path)))
            .Select(path => Path.GetRelativePath(Folder, path)),
    ];

    [Theory]
    [MemberData(nameof(TypedFiles))]
    public async Task ReadAsync_EveryType_GivesItsVoxels(string path) =>
        await AssertHoldsAsync(path, Types[TypeName(path)]);

    [Theory]
    [InlineData("nrrd/gzip.nrrd", VoxelType.UInt16)]
    [InlineData("nrrd/bzip2.nrrd", VoxelType.UInt16)]
    [InlineData("nrrd/ascii.nrrd", VoxelType.UInt16)]
    [InlineData("nrrd/detached.nhdr", VoxelType.UInt16)]
    [InlineData("nrrd/from-end.nhdr", VoxelType.UInt16)]
    [InlineData("nrrd/lines.nhdr", VoxelType.UInt16)]
    [InlineData("nifti/scaled.nii", VoxelType.Int16)]
    [InlineData("nifti/one.nii.gz", VoxelType.Int16)]
    [InlineData("nifti/pair.hdr", VoxelType.Int16)]
    [InlineData("numpy/fortran.npy", VoxelType.UInt16)]
    [InlineData("numpy/four.npy", VoxelType.UInt16)]
    [InlineData("numpy/version2.npy", VoxelType.UInt16)]
    [InlineData("numpy/stored.npz", VoxelType.UInt16)]
    [InlineData("numpy/stored.npz/scan", VoxelType.UInt16)]
    [InlineData("numpy/deflated.npz", VoxelType.UInt16)]
    [InlineData("numpy/two.npz/second", VoxelType.UInt16)]
    [InlineData("mrc/extended.map", VoxelType.UInt16)]
    [InlineData("mrc/turned.mrc", VoxelType.UInt16)]
    [InlineData("raw/scan.raw?shape=5,13,11&dtype=u2&order=big&offset=7", VoxelType.UInt16)]
    [InlineData("raw/scan.raw.gz?shape=5,13,11&dtype=uint16&offset=7", VoxelType.UInt16)]
    public async Task ReadAsync_EveryForm_GivesItsVoxels(string path, VoxelType type) => await AssertHoldsAsync(path, type);

    [Theory]
    [InlineData("nrrd/hex.nrrd", "encoding 'hex' is not supported")]
    [InlineData("nrrd/list.nhdr", "several data files")]
    [InlineData("nrrd/block.nrrd", "voxels of type 'block'")]
    [InlineData("nifti/rgb.nii", "data type 128 (colour)")]
    [InlineData("numpy/structure.npy", "a structure")]
    [InlineData("numpy/complex.npy", "complex numbers")]
    [InlineData("numpy/two.npz", "name one behind the file")]
    [InlineData("numpy/two.npz/third", "there is no array 'third'")]
    [InlineData("mrc/complex.mrc", "mode 4, complex numbers")]
    [InlineData("raw/scan.raw", "describe it: file.raw?shape=Z,Y,X")]
    [InlineData("raw/scan.raw?shape=5,13,11", "dtype is missing")]
    [InlineData("raw/scan.raw?shape=5,13,11&dtype=u3", "dtype is 'u3'")]
    [InlineData("raw/scan.raw?shape=5,13,11&dtype=u2&layout=C", "'layout=C' is not understood")]
    [InlineData("raw/scan.raw?shape=5,13,11&dtype=u2&order=middle", "order is 'middle'")]
    [InlineData("raw/scan.raw?shape=5,0,11&dtype=u2", "the extents are [5, 0, 11]")]
    [InlineData("raw/scan.raw?shape=5,13,12&dtype=u2", "is it truncated?")]
    public async Task OpenAsync_WhatIsNotSupported_IsRefusedByName(string path, string why)
    {
        VolumeFormatException e = await Assert.ThrowsAsync<VolumeFormatException>(() => OpenAsync(path));

        Assert.Contains(why, e.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("nrrd/gzip.nrrd", 10, 5, 2.5)]
    [InlineData("nifti/one-le-u2.nii", 125, 250, 500)]
    [InlineData("nifti/two-be-u2.nii", 4, 3, 2)]
    [InlineData("mrc/be-f4.mrc", 0.7, 0.6, 0.5)]
    public async Task OpenAsync_HeaderWithUnits_TellsTheVoxelSize(string path, double z, double y, double x)
    {
        await using VolumeReader volume = await OpenAsync(path);

        VoxelSize size = Assert.NotNull(volume.Info.VoxelSize);
        Assert.Equal((z, y, x), (Math.Round(size.Z, 6), Math.Round(size.Y, 6), Math.Round(size.X, 6)));
    }

    [Theory]
    [InlineData("nifti/scaled.nii", "value = 2.5 * voxel + -10; voxels are given as stored")]
    [InlineData("nifti/scaled.nii", "0.125 x 0.25 x 0.5 (z, y, x) in no unit")]
    [InlineData("nrrd/bzip2.nrrd", "3 x 2 x 1.5 (z, y, x) in no unit")]
    [InlineData("nrrd/gzip.nrrd", "read once into a temporary Zarr")]
    public async Task OpenAsync_WhatIsNotApplied_IsNoted(string path, string note)
    {
        await using VolumeReader volume = await OpenAsync(path);

        Assert.Contains(volume.Info.Notes, text => text.Contains(note, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("raw/scan.raw?shape=5,13,10&dtype=u2&offset=7", "130 bytes follow the voxels")]
    [InlineData("mrc/turned.mrc", "axes 3, 2 and 1")]
    public async Task OpenAsync_Contradiction_IsADefect(string path, string defect)
    {
        await using VolumeReader volume = await OpenAsync(path);

        Assert.Contains(defect, Assert.Single(volume.Info.Defects), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("nrrd/le-u2.nrrd")]
    [InlineData("nrrd/gzip.nrrd")]
    [InlineData("nrrd/bzip2.nrrd")]
    [InlineData("nrrd/ascii.nrrd")]
    [InlineData("nifti/one-le-u2.nii")]
    [InlineData("nifti/one.nii.gz")]
    [InlineData("numpy/le-u2.npy")]
    [InlineData("numpy/stored.npz")]
    [InlineData("mrc/le-u2.mrc")]
    public async Task ReadAsync_TruncatedFile_IsAnErrorThatNamesIt(string path)
    {
        using ScrollSeg.Testing.TemporaryFolder folder = new();
        byte[] whole = await File.ReadAllBytesAsync(Path.Combine(Folder, path), TestContext.Current.CancellationToken);
        string cut = folder[Path.GetFileName(path)];
        for (int length = 1; length < whole.Length; length += Math.Max(1, whole.Length / 23))
        {
            await File.WriteAllBytesAsync(cut, whole[..length], TestContext.Current.CancellationToken);

            VolumeFormatException e = await Assert.ThrowsAsync<VolumeFormatException>(async () =>
            {
                await using VolumeReader volume = await VolumeFormats.OpenAsync(cut, new ReaderOptions(), CancellationToken.None);
                using VoxelBuffer voxels = VoxelBuffer.Rent(volume.Info.Shape, volume.Info.Type);
                await volume.ReadAsync(volume.Info.Bounds, voxels, CancellationToken.None);
            });
            Assert.StartsWith(cut, e.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task DisposeAsync_AfterATemporaryCopy_LeavesNothing()
    {
        SpooledVolume volume = Assert.IsType<SpooledVolume>(await OpenAsync("nrrd/gzip.nrrd"));
        using VoxelBuffer voxels = VoxelBuffer.Rent(Shape, VoxelType.UInt16);
        Assert.Null(volume.Folder);
        await volume.ReadAsync(volume.Info.Bounds, voxels, TestContext.Current.CancellationToken);
        string folder = Assert.IsType<string>(volume.Folder);
        Assert.True(Directory.Exists(folder));

        await volume.DisposeAsync();

        Assert.False(Directory.Exists(folder));
    }

    private static string TypeName(string path) => Path.GetFileNameWithoutExtension(path).Split('-')[^1];

    private static Task<VolumeReader> OpenAsync(string path) =>
        VolumeFormats.OpenAsync(Path.Combine(Folder, path), new ReaderOptions(), TestContext.Current.CancellationToken);

    private static async Task AssertHoldsAsync(string path, VoxelType type)
    {
        await using VolumeReader volume = await OpenAsync(path);
        Assert.Equal((Shape, type), (volume.Info.Shape, volume.Info.Type));
        using VoxelBuffer voxels = VoxelBuffer.Rent(Shape, type);

        await volume.ReadAsync(volume.Info.Bounds, voxels, TestContext.Current.CancellationToken);

        Assert.Equal(FixtureFormula.Of(type, Shape.VoxelCount), voxels.Bytes.ToArray());
    }
}
