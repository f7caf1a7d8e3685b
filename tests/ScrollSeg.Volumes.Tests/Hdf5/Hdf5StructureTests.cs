using ScrollSeg.Volumes.Hdf5;
using ScrollSeg.Volumes.Hdf5.Format;
using ScrollSeg.Volumes.Tests.Zarr;

namespace ScrollSeg.Volumes.Tests.Hdf5;

/// <summary>Files of h5py (tools/fixtures/make_hdf5_fixtures.py) that have each structure of the format: superblocks, user
/// blocks, indexes of chunks, masks, groups; and what is refused.</summary>
public sealed class Hdf5StructureTests
{
    private const string Folder = "Fixtures/hdf5";
    private static readonly Shape3 Shape = new(5, 13, 11);

    /// <summary>The voxels of the sparse datasets that were written.</summary>
    private static readonly int[] Spots = [3, 4, 100, 300, 2999, 131059, 131060, 132084, 133108, 133110, 135200, 262143, 299999];

    public static TheoryData<string> Versions => ["earliest", "latest"];

    public static TheoryData<string, int> Forms => new()
    {
        { "super-0", 0 }, { "super-1-narrow-tree", 1 }, { "super-2", 2 }, { "super-3", 3 },
        { "sizes-4-earliest", 0 }, { "sizes-4-latest", 3 }, { "sizes-8-2-earliest", 0 }, { "sizes-8-2-latest", 3 },
        { "user-512-earliest", 0 }, { "user-512-latest", 3 }, { "user-1024-earliest", 0 }, { "user-1024-latest", 3 },
        { "user-4096-earliest", 0 }, { "user-4096-latest", 3 }, { "user-later-earliest", 0 }, { "user-later-latest", 3 },
    };

    [Theory]
    [MemberData(nameof(Forms))]
    public async Task ReadAsync_FileOfAnyForm_GivesTheVoxels(string name, int version)
    {
        using (Hdf5File file = new($"{Folder}/forms/{name}.h5"))
        {
            Assert.Equal(version, file.Superblock.Version);
        }

        Assert.Equal(FixtureFormula.Of(VoxelType.UInt16, Shape.VoxelCount), await ReadAsync($"forms/{name}.h5"));
    }

    [Theory]
    [MemberData(nameof(Versions))]
    public async Task ReadAsync_EveryIndexOfChunks_GivesTheVoxels(string version)
    {
        byte[] expected = FixtureFormula.Of(VoxelType.UInt16, Shape.VoxelCount);
        foreach (string extent in new[] { "fixed", "larger", "one", "middle", "last", "all" })
        {
            foreach (string filters in new[] { "plain", "gzip", "edges", "early" })
            {
                byte[] voxels = await ReadAsync($"structures-{version}.h5/index/{extent}-{filters}");
                Assert.Equal((extent, filters, Convert.ToHexString(expected)), (extent, filters, Convert.ToHexString(voxels)));
            }
        }

        Assert.Equal(expected, await ReadAsync($"structures-{version}.h5/index/single-plain"));
        Assert.Equal(expected, await ReadAsync($"structures-{version}.h5/index/single-gzip"));
        Assert.Equal(expected, await ReadAsync($"structures-{version}.h5/masks"));
    }

    [Theory]
    [InlineData("index/fixed-plain", "FAHD")]
    [InlineData("index/fixed-early", "FAHD", false)]
    [InlineData("index/one-gzip", "EAHD")]
    [InlineData("index/all-gzip", "BTHD")]
    public void Index_OfNewForm_IsTheKindThatTheTestsAreFor(string path, string signature, bool isThere = true)
    {
        using Hdf5File file = new($"{Folder}/structures-latest.h5");
        Hdf5Dataset dataset = Hdf5Dataset.Read(file, file.Follow(file.Root(), path, out _)!);
        byte[] start = new byte[4];
        file.Content.Read(start, dataset.Layout.Address, "the index");

        Assert.Equal(isThere, System.Text.Encoding.ASCII.GetString(start) == signature);
    }

    [Theory]
    [InlineData("latest", "pages", 3000)]
    [InlineData("latest", "one", 2000)]
    [InlineData("latest", "middle", 2000)]
    [InlineData("latest", "all", 4000)]
    [InlineData("earliest", "all", 4000)]
    public async Task ReadAsync_ThousandsOfChunks_GivesTheVoxels(string version, string name, int count)
    {
        byte[] expected = FixtureFormula.Of(VoxelType.UInt8, count);

        Assert.Equal(expected, await ReadAsync($"structures-{version}.h5/long/{name}"));
    }

    [Theory]
    [InlineData("earliest", "pages-plain", 3000)]
    [InlineData("earliest", "one-gzip", 300000)]
    [InlineData("latest", "pages-plain", 3000)]
    [InlineData("latest", "pages-gzip", 3000)]
    [InlineData("latest", "one-plain", 300000)]
    [InlineData("latest", "one-gzip", 300000)]
    public async Task ReadAsync_FewOfManyChunksWritten_GivesTheseAndTheFillValue(string version, string name, int count)
    {
        await using VolumeReader volume = await OpenAsync($"structures-{version}.h5/sparse/{name}");
        using VoxelBuffer voxel = VoxelBuffer.Rent(new Shape3(1, 1, 1), VoxelType.UInt8);
        Assert.Equal(count, volume.Info.Shape.Z);
        foreach (int spot in Spots.Where(spot => spot < count))
        {
            foreach (int z in Enumerable.Range(spot - 1, 3).Append(spot + 1024).Append(spot - 1024).Where(z => z >= 0 && z < count))
            {
                Box3 region = new((z, 0, 0), voxel.Shape);
                IReadOnlyList<Box3> absent = await volume.ReadAsync(region, voxel, TestContext.Current.CancellationToken);

                bool isWritten = Spots.Contains(z);
                Assert.Equal((z, isWritten ? (7 * z % 251) + 1 : 255), (z, (int)voxel.Bytes[0]));
                Assert.Equal(isWritten ? 0 : 1, absent.Count);
            }
        }
    }

    [Theory]
    [MemberData(nameof(Versions))]
    public async Task ReadAsync_ResizedDatasets_GiveWhatIsLeftAndTheFillValue(string version)
    {
        byte[] written = FixtureFormula.Of(VoxelType.UInt16, Shape.PlaneCount);
        foreach (string name in new[] { "larger", "one", "all" })
        {
            byte[] voxels = await ReadAsync($"structures-{version}.h5/resized/{name}");

            Assert.Equal(written, voxels[..written.Length]);
            Assert.All(System.Runtime.InteropServices.MemoryMarshal.Cast<byte, ushort>(voxels.AsSpan(written.Length)).ToArray(), voxel => Assert.Equal(9, voxel));
        }
    }

    [Theory]
    [MemberData(nameof(Versions))]
    public async Task OpenAsync_Groups_AreFollowed(string version)
    {
        byte[] expected = FixtureFormula.Of(VoxelType.UInt16, Shape.VoxelCount);
        string file = $"structures-{version}.h5";
        string[] deep = ["g0/g1/g2/g3/g4/g5/g6/g7/g8/g9/g10/g11/scan", "g0", "g0/g1/g2"];
        string[] many = ["many/volume", "many/link000", "many/link299", "many/soft", "many/up/g2"];
        foreach (string path in deep.Concat(many))
        {
            Assert.Equal(expected, await ReadAsync($"{file}/{path}"));
        }
    }

    [Theory]
    [MemberData(nameof(Versions))]
    public async Task OpenAsync_NamedTypeAndAttributes_AreFound(string version)
    {
        await using VolumeReader named = await OpenAsync($"structures-{version}.h5/with/named");
        await using VolumeReader dense = await OpenAsync($"structures-{version}.h5/many/volume");

        Assert.Equal((VoxelType.UInt16, new VoxelSize(3, 2, 1)), (named.Info.Type, named.Info.VoxelSize));
        Assert.Equal(new VoxelSize(2.5, 1.25, 1.5), dense.Info.VoxelSize);
        Assert.Equal(FixtureFormula.Of(VoxelType.UInt16, Shape.VoxelCount), await ReadAsync($"structures-{version}.h5/with/named"));
    }

    [Theory]
    [MemberData(nameof(Versions))]
    public async Task ReadAsync_Enumeration_GivesItsNumbers(string version)
    {
        byte[] voxels = await ReadAsync($"structures-{version}.h5/names");

        Assert.Equal([0, 3, 0, 3], voxels[..4]);
    }

    [Theory]
    [InlineData("refused/twelve-bits", "of which 12 bits from bit 0 on count")]
    [InlineData("refused/bfloat16", "8 bits of exponent")]
    [InlineData("refused/external", "external storage")]
    [InlineData("refused/virtual", "it is virtual")]
    [InlineData("refused/scalar", "no array")]
    [InlineData("refused/nothing", "no array")]
    [InlineData("circle/a", "there is no 'circle/a'")]
    [InlineData("nothing", "there is no 'nothing'")]
    [InlineData("named", "no dataset and no group")]
    public async Task OpenAsync_WhatIsNotRead_SaysWhy(string path, string why)
    {
        foreach (string version in new[] { "earliest", "latest" })
        {
            VolumeFormatException e = await Assert.ThrowsAsync<VolumeFormatException>(() => OpenAsync($"structures-{version}.h5/{path}"));

            Assert.Contains(why, e.Message, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("shared.h5/b/1", "shared through the file's heap of messages")]
    [InlineData("family-0.h5", "one of several")]
    public async Task OpenAsync_FormThatIsNotRead_SaysWhy(string name, string why)
    {
        VolumeFormatException e = await Assert.ThrowsAsync<VolumeFormatException>(() => OpenAsync($"forms/{name}"));

        Assert.Contains(why, e.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0, 0xdeadbeef)]
    [InlineData(30, 0x17770551)]
    public void Lookup3_OfKnownText_IsItsAuthorsAnswer(int length, uint expected)
    {
        Assert.Equal(expected, Lookup3.Of("Four score and seven years ago"u8[..length]));
    }

    private static Task<VolumeReader> OpenAsync(string path) =>
        VolumeFormats.OpenAsync(Path.Combine(Folder, path), new ReaderOptions(), TestContext.Current.CancellationToken);

    private static async Task<byte[]> ReadAsync(string path)
    {
        await using VolumeReader volume = await OpenAsync(path);
        using VoxelBuffer voxels = VoxelBuffer.Rent(volume.Info.Shape, volume.Info.Type);
        await volume.ReadAsync(volume.Info.Bounds, voxels, TestContext.Current.CancellationToken);
        return voxels.Bytes.ToArray();
    }
}
