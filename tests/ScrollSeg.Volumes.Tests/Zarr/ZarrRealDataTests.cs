using System.Security.Cryptography;
using ScrollSeg.Testing;
using ScrollSeg.Volumes.Zarr;

namespace ScrollSeg.Volumes.Tests.Zarr;

/// <summary>Crops of Scroll 1 as the Vesuvius Challenge's tools wrote them (blosc-lz4, edge chunks), against the hashes of
/// what zarr-python 2.13 reads.</summary>
public sealed class ZarrRealDataTests
{
    [Theory]
    [InlineData("eta", 700, 580, "c1ca8a6a003925255ca722fcdf727de86c7ea7aa2f6895212f213b6af482c038")]
    [InlineData("gamma", 440, 608, "a6cf5702631ae128109168ffbaed3d4becfef5d08c95ef9c3794e36f84e19e4d")]
    [InlineData("o", 520, 540, "7ba1568e47dbe36b6ab13a381dcd884d93e6a8c1d1e45616a265a1b4976855b8")]
    [InlineData("phi", 650, 770, "c83f001130f01e55375eec50f704229e2eb5eb290512dd0b64cc8efc4de8161e")]
    [InlineData("pi", 958, 720, "bdbc31880d7ab9eddf9ca2d697cd3a6e3b7aa216b9dda38813e00d57ba107382")]
    public async Task Read_OfAScrollCrop_IsWhatZarrPythonReads(string letter, int height, int width, string hash)
    {
        string relative = $"data/scroll1_kintsugi_zarr/20230925002745__{letter}_rev.zarr";
        string? path = TestData.Find(relative);
        Assert.SkipWhen(path is null, TestData.Missing(relative));

        await using ZarrVolume volume = await TestArrays.OpenAsync(path!);

        Assert.Equal(new Shape3(9, height, width), volume.Info.Shape);
        Assert.Empty(volume.Info.Defects);
        Assert.Equal(hash, Convert.ToHexStringLower(SHA256.HashData(await TestArrays.ReadAllAsync(volume))));
    }
}
