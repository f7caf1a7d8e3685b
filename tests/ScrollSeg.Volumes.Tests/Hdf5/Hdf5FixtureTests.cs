using ScrollSeg.Volumes.Tests.Zarr;

namespace ScrollSeg.Volumes.Tests.Hdf5;

/// <summary>Files of h5py (tools/fixtures/make_hdf5_fixtures.py) in the oldest and the newest form of HDF5 that its library
/// writes; their voxels follow a formula.</summary>
public sealed class Hdf5FixtureTests
{
    private const string Folder = "Fixtures/hdf5";
    private static readonly Shape3 Shape = new(5, 13, 11);
    private static readonly Shape3 Chunk = new(2, 5, 4);

    private static readonly (string Name, VoxelType Type)[] Types =
    [
        ("u1", VoxelType.UInt8), ("i1", VoxelType.Int8), ("le-u2", VoxelType.UInt16), ("be-u2", VoxelType.UInt16),
        ("le-i2", VoxelType.Int16), ("be-i2", VoxelType.Int16), ("le-u4", VoxelType.UInt32), ("be-u4", VoxelType.UInt32),
        ("le-i4", VoxelType.Int32), ("le-u8", VoxelType.UInt64), ("be-i8", VoxelType.Int64), ("le-f2", VoxelType.Float16),
        ("be-f2", VoxelType.Float16), ("le-f4", VoxelType.Float32), ("be-f4", VoxelType.Float32), ("le-f8", VoxelType.Float64),
        ("be-f8", VoxelType.Float64), ("bool", VoxelType.Bool),
    ];

    private static readonly string[] Filters =
    [
        "none", "gzip", "gzip-shuffle-fletcher32", "lzf", "lzf-shuffle", "lz4", "zstd", "bzip2", "blosc", "bitshuffle",
        "bitshuffle-lz4", "bitshuffle-zstd",
    ];

    public static TheoryData<string> Files => ["earliest.h5", "latest.h5"];

    [Theory]
    [MemberData(nameof(Files))]
    public async Task ReadAsync_EveryType_GivesItsVoxels(string file)
    {
        foreach ((string name, VoxelType type) in Types)
        {
            Assert.Equal(FixtureFormula.Of(type, Shape.VoxelCount), await ReadAsync($"{file}/types/{name}", type));
            Assert.Equal(FixtureFormula.Of(type, Shape.VoxelCount), await ReadAsync($"{file}/chunked/{name}", type));
        }
    }

    [Theory]
    [MemberData(nameof(Files))]
    public async Task ReadAsync_EveryFilter_GivesTheVoxels(string file)
    {
        byte[] expected = FixtureFormula.Of(VoxelType.UInt16, Shape.VoxelCount);
        foreach (string filter in Filters)
        {
            Assert.Equal(expected, await ReadAsync($"{file}/filters/{filter}", VoxelType.UInt16));
        }

        Assert.Equal(FixtureFormula.Of(VoxelType.UInt8, Shape.VoxelCount), await ReadAsync($"{file}/filters/fletcher32-odd", VoxelType.UInt8));
    }

    /// <summary>lzf has the library store a chunk without it when it would not get smaller: the mask of each chunk says so.</summary>
    [Theory]
    [MemberData(nameof(Files))]
    public async Task ReadAsync_ChunksStoredWithoutAFilter_GivesTheVoxels(string file)
    {
        byte[] expected = await ReadAsync($"{file}/plain-noise", VoxelType.Float32);
        foreach (string filter in new[] { "lzf-noise", "lzf-shuffle-noise", "lzf-shuffle-fletcher32-noise" })
        {
            Assert.Equal(expected, await ReadAsync($"{file}/filters/{filter}", VoxelType.Float32));
        }
    }

    [Theory]
    [MemberData(nameof(Files))]
    public async Task ReadAsync_EveryLayout_GivesTheVoxels(string file)
    {
        byte[] expected = FixtureFormula.Of(VoxelType.UInt16, Shape.VoxelCount);
        foreach (string layout in new[] { "four", "unlimited", "one-unlimited", "compact", "sized" })
        {
            Assert.Equal(expected, await ReadAsync($"{file}/layouts/{layout}", VoxelType.UInt16));
        }

        Assert.Equal(expected[..(13 * 11 * 2)], await ReadAsync($"{file}/layouts/plane", VoxelType.UInt16));
    }

    [Fact]
    public async Task ReadAsync_ThroughASoftLink_GivesTheVoxels()
    {
        byte[] expected = FixtureFormula.Of(VoxelType.UInt16, Shape.PlaneCount);

        Assert.Equal(expected, await ReadAsync("latest.h5/layouts/soft", VoxelType.UInt16));
    }

    [Theory]
    [MemberData(nameof(Files))]
    public async Task ReadAsync_ChunksNeverWritten_AreTheFillValueAndReported(string file)
    {
        await using VolumeReader volume = await OpenAsync($"{file}/layouts/absent");
        using VoxelBuffer voxels = VoxelBuffer.Rent(Shape, VoxelType.UInt16);

        IReadOnlyList<Box3> absent = await volume.ReadAsync(volume.Info.Bounds, voxels, TestContext.Current.CancellationToken);

        Assert.Equal(volume.Info.Chunks.Count.VoxelCount - 1, absent.Count);
        Assert.DoesNotContain(new Box3((0, 0, 0), Chunk), absent);
        Assert.Equal(Chunk.VoxelCount, Shape.VoxelCount - absent.Sum(box => box.Shape.VoxelCount));
        Assert.Equal(9, voxels.Plane<ushort>(4)[^1]);
        Assert.Equal(7 * ((13 * 11) + 11 + 1), voxels.Plane<ushort>(1)[12]);
    }

    [Theory]
    [InlineData("earliest.h5/layouts/absent-be")]
    [InlineData("latest.h5/layouts/absent-be")]
    [InlineData("earliest.h5/layouts/never-written")]
    [InlineData("latest.h5/layouts/never-written")]
    public async Task ReadAsync_NothingEverWritten_IsAllFillValue(string path)
    {
        await using VolumeReader volume = await OpenAsync(path);
        using VoxelBuffer voxels = VoxelBuffer.Rent(Shape, VoxelType.UInt16);

        IReadOnlyList<Box3> absent = await volume.ReadAsync(volume.Info.Bounds, voxels, TestContext.Current.CancellationToken);

        Assert.Equal(Shape.VoxelCount, absent.Sum(box => box.Shape.VoxelCount));
        Assert.All(voxels.Voxels<ushort>().ToArray(), voxel => Assert.Equal(9, voxel));
    }

    [Fact]
    public async Task OpenAsync_Dataset_TellsChunksCodecAndVoxelSize()
    {
        await using VolumeReader chunked = await OpenAsync("latest.h5/filters/gzip-shuffle-fletcher32");
        await using VolumeReader sized = await OpenAsync("latest.h5/layouts/sized");

        Assert.Equal(("HDF5 (Chunked)", Chunk, "shuffle + deflate + fletcher32"), (chunked.Info.Format, chunked.Info.ChunkShape, chunked.Info.Codec));
        Assert.Equal(new VoxelSize(2.5, 1.25, 1.5), sized.Info.VoxelSize);
    }

    [Fact]
    public async Task OpenAsync_FileWithOneVolumeAndALoop_FindsIt()
    {
        Assert.Equal(FixtureFormula.Of(VoxelType.UInt16, Shape.VoxelCount), await ReadAsync("single.h5/entry/data", VoxelType.UInt16));
    }

    [Theory]
    [InlineData("earliest.h5", "several datasets of three dimensions")]
    [InlineData("earliest.h5/filters", "filters/gzip [5, 13, 11]")]
    [InlineData("earliest.h5/no/such", "there is no 'no/such' in it")]
    [InlineData("latest.h5/dense", "no dataset of three dimensions")]
    [InlineData("latest.h5/layouts/text", "elements of class")]
    [InlineData("latest.h5/layouts/compound", "Compound")]
    [InlineData("latest.h5/layouts/outside", "links to other files are not followed")]
    [InlineData("latest.h5/layouts/four-long", "only three axes")]
    [InlineData("latest.h5/filters/unknown", "(32099) is not supported")]
    [InlineData("latest.h5/filters/scale-offset", "scale-offset (6)")]
    public async Task OpenAsync_NoVolume_SaysWhy(string path, string why)
    {
        VolumeFormatException e = await Assert.ThrowsAsync<VolumeFormatException>(() => OpenAsync(path));

        Assert.Contains(why, e.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("earliest.h5/filters/gzip-shuffle-fletcher32")]
    [InlineData("latest.h5/filters/zstd")]
    [InlineData("latest.h5/types/le-u2")]
    public async Task ReadAsync_TruncatedFile_IsAnErrorThatNamesIt(string path)
    {
        using ScrollSeg.Testing.TemporaryFolder folder = new();
        string file = path[..path.IndexOf('/')];
        byte[] whole = await File.ReadAllBytesAsync(Path.Combine(Folder, file), TestContext.Current.CancellationToken);
        await File.WriteAllBytesAsync(folder[file], whole[..(whole.Length / 8)], TestContext.Current.CancellationToken);

        VolumeFormatException e = await Assert.ThrowsAsync<VolumeFormatException>(async () =>
        {
            await using VolumeReader volume = await VolumeFormats.OpenAsync(folder[path], new ReaderOptions(), CancellationToken.None);
            using VoxelBuffer voxels = VoxelBuffer.Rent(volume.Info.Shape, volume.Info.Type);
            await volume.ReadAsync(volume.Info.Bounds, voxels, CancellationToken.None);
        });

        Assert.StartsWith(folder[file], e.Message, StringComparison.Ordinal);
    }

    private static Task<VolumeReader> OpenAsync(string path) =>
        VolumeFormats.OpenAsync(Path.Combine(Folder, path), new ReaderOptions(), TestContext.Current.CancellationToken);

    private static async Task<byte[]> ReadAsync(string path, VoxelType type)
    {
        await using VolumeReader volume = await OpenAsync(path);
        using VoxelBuffer voxels = VoxelBuffer.Rent(volume.Info.Shape, volume.Info.Type);
        await volume.ReadAsync(volume.Info.Bounds, voxels, TestContext.Current.CancellationToken);
        Assert.Equal(type, volume.Info.Type);
        return voxels.Bytes.ToArray();
    }
}
