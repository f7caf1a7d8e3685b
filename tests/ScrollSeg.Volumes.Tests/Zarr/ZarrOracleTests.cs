using System.Security.Cryptography;
using ScrollSeg.Testing;
using ScrollSeg.Volumes.Storage;
using ScrollSeg.Volumes.Zarr;

namespace ScrollSeg.Volumes.Tests.Zarr;

/// <summary>
/// Arrays that other programs wrote, against the hashes that a decoder unrelated to ours gave for them: equal, or refused by
/// name, never different.
/// </summary>
public sealed class ZarrOracleTests : IDisposable
{
    private const string Table = "interop/EXPECTED-zarr.tsv";

    /// <summary>What is refused, by a part of the path, with a word that the refusal must hold. Kept in step with the
    /// README.</summary>
    private static readonly (string Part, string Word)[] Refused =
    [
        ("/b2b/numcodecs.bz2", "\"bz2\""),
        ("array_bz2", "\"bz2\""),
        ("storage_transformer/exists", "chunk-manifest-json"),
    ];

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    public static TheoryData<string, string> Arrays()
    {
        TheoryData<string, string> rows = [];
        if (TestData.Find(Table) is not string table)
        {
            rows.Add("", ""); // one row, which says that it is skipped and why
            return rows;
        }

        foreach (string[] row in Rows(table))
        {
            rows.Add(row[0], row[1]);
        }

        return rows;
    }

    [Theory]
    [MemberData(nameof(Arrays))]
    public async Task ReadAll_OfAnotherProgramsArray_IsEqualOrRefusedByName(string path, string header)
    {
        string? table = TestData.Find(Table);
        Assert.SkipWhen(table is null, TestData.Missing(Table));
        string[] expected = Rows(table!).Single(row => row[0] == path && row[1] == header);
        FolderStore store = new(FolderOf(table!, path, header));
        CancellationToken ct = TestContext.Current.CancellationToken;

        if (WordOf(path) is string word)
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
    public void Table_HasAsManyArraysAsWeThink()
    {
        string? table = TestData.Find(Table);
        Assert.SkipWhen(table is null, TestData.Missing(Table));

        Assert.Equal(286, Rows(table!).Count);
        Assert.Equal(19, Rows(table!).Count(row => WordOf(row[0]) is not null));
    }

    [Theory]
    [MemberData(nameof(Arrays))]
    public async Task Volume_OfAnotherProgramsArray_IsEqualOrRefused(string path, string header)
    {
        string? table = TestData.Find(Table);
        Assert.SkipWhen(table is null, TestData.Missing(Table));
        string[] expected = Rows(table!).Single(row => row[0] == path && row[1] == header);
        int[] shape = [.. expected[4].Split('x').Select(int.Parse)];
        string folder = FolderOf(table!, path, header);
        bool isVolume = shape.Length is 2 or 3 || (shape.Length > 3 && shape[..^3].All(extent => extent == 1));
        if (!isVolume || WordOf(path) is not null)
        {
            await Assert.ThrowsAsync<VolumeFormatException>(() => TestArrays.OpenAsync(folder));
            return;
        }

        await using ZarrVolume volume = await TestArrays.OpenAsync(folder);

        Assert.Equal(expected[6], Convert.ToHexStringLower(SHA256.HashData(await TestArrays.ReadAllAsync(volume))));
        Assert.True(
            expected[2].Contains("sharding", StringComparison.Ordinal) || volume.Counters.Chunks == int.Parse(expected[5]), $"read {volume.Counters.Chunks} chunks of {expected[5]}");
    }

    /// <summary>Where headers of both versions lie side by side, the one of version 3 is only read without the other.</summary>
    private string FolderOf(string table, string path, string header)
    {
        string folder = Path.Combine(Path.GetDirectoryName(table)!, "zarr", path);
        if (header == ".zarray" || !File.Exists(Path.Combine(folder, ".zarray")))
        {
            return folder;
        }

        foreach (string file in Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories))
        {
            string copy = _folder[Path.GetRelativePath(folder, file)];
            Directory.CreateDirectory(Path.GetDirectoryName(copy)!);
            File.Copy(file, copy);
        }

        File.Delete(_folder[".zarray"]);
        return _folder.Path;
    }

    private static string? WordOf(string path) =>
        Refused.Where(refused => path.Contains(refused.Part, StringComparison.Ordinal)).Select(refused => refused.Word).FirstOrDefault();

    private static List<string[]> Rows(string table) =>
        [.. File.ReadLines(table).Skip(1).Select(line => line.Split('\t')).Where(row => row.Length > 6)];
}
