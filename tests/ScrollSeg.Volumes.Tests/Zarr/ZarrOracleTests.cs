using System.Security.Cryptography;
using ScrollSeg.Testing;
using ScrollSeg.Volumes.Storage;
using ScrollSeg.Volumes.Zarr;

namespace ScrollSeg.Volumes.Tests.Zarr;

/// <summary>
/// Arrays that other programs wrote, against the hashes that a decoder unrelated to ours gave for them: equal, or refused by
/// name, never different.
/// </summary>
public sealed class ZarrOracleTests
{
    private const string Table = "interop/EXPECTED-zarr.tsv";

    /// <summary>The arrays that are refused, with a word that the refusal must hold. Kept in step with the README.</summary>
    private static readonly Dictionary<string, string> Refused = new()
    {
        ["zarrs/zarrs/tests/data/v2/array_bz2_C.zarr"] = "\"bz2\"",
        ["zarrs/zarrs/tests/data/v3/array_bz2.zarr"] = "\"bz2\"",
    };

    public static TheoryData<string> Version2Arrays()
    {
        TheoryData<string> rows = [];
        if (TestData.Find(Table) is not string table)
        {
            rows.Add(""); // one row, which says that it is skipped and why
            return rows;
        }

        foreach (string[] row in Rows(table))
        {
            rows.Add(row[0]);
        }

        return rows;
    }

    [Theory]
    [MemberData(nameof(Version2Arrays))]
    public async Task ReadAll_OfAnotherProgramsArray_IsEqualOrRefusedByName(string path)
    {
        string? table = TestData.Find(Table);
        Assert.SkipWhen(table is null, TestData.Missing(Table));
        string[] expected = Rows(table!).Single(row => row[0] == path);
        FolderStore store = new(Path.Combine(Path.GetDirectoryName(table)!, "zarr", path));
        CancellationToken ct = TestContext.Current.CancellationToken;

        if (Refused.TryGetValue(path, out string? word))
        {
            VolumeFormatException refusal = await Assert.ThrowsAsync<VolumeFormatException>(
                async () => await ZarrArray.OpenAsync(store, "", ct));
            Assert.Contains(word, refusal.Message, StringComparison.Ordinal);
            return;
        }

        ZarrArray? array = await ZarrArray.OpenAsync(store, "", ct);
        Assert.NotNull(array);
        Assert.Equal(expected[3], array.Header.Type.NumpyName());
        Assert.Equal(expected[4], string.Join('x', array.Header.Shape));
        Assert.Equal(expected[6], Convert.ToHexStringLower(SHA256.HashData(await array.ReadAllAsync(ct))));
    }

    [Fact]
    public void Table_HasAsManyVersion2ArraysAsWeThink()
    {
        string? table = TestData.Find(Table);
        Assert.SkipWhen(table is null, TestData.Missing(Table));

        Assert.Equal(67, Rows(table!).Count);
    }

    [Theory]
    [MemberData(nameof(Version2Arrays))]
    public async Task Volume_OfAnotherProgramsArray_IsEqualOrRefused(string path)
    {
        string? table = TestData.Find(Table);
        Assert.SkipWhen(table is null, TestData.Missing(Table));
        string[] expected = Rows(table!).Single(row => row[0] == path);
        int[] shape = [.. expected[4].Split('x').Select(int.Parse)];
        string folder = Path.Combine(Path.GetDirectoryName(table)!, "zarr", path);
        bool isVolume = shape.Length is 2 or 3 || (shape.Length > 3 && shape[..^3].All(extent => extent == 1));
        if (!isVolume || Refused.ContainsKey(path))
        {
            await Assert.ThrowsAsync<VolumeFormatException>(() => TestArrays.OpenAsync(folder));
            return;
        }

        await using ZarrVolume volume = await TestArrays.OpenAsync(folder);

        Assert.Equal(expected[6], Convert.ToHexStringLower(SHA256.HashData(await TestArrays.ReadAllAsync(volume))));
        Assert.True(
            volume.Counters.Chunks == int.Parse(expected[5]), $"read {volume.Counters.Chunks} chunks of {expected[5]}");
    }

    private static List<string[]> Rows(string table) =>
        [.. File.ReadLines(table).Skip(1).Select(line => line.Split('\t')).Where(row => row[1] == ".zarray")];
}
