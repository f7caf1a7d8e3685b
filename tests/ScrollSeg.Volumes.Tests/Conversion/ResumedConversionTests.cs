using System.Security.Cryptography;
using ScrollSeg.Testing;
using ScrollSeg.Volumes.Conversion;
using ScrollSeg.Volumes.Storage;
using ScrollSeg.Volumes.Tiff;

namespace ScrollSeg.Volumes.Tests.Conversion;

/// <summary>Conversions that go on behind every point at which an earlier one may have ended.</summary>
public sealed class ResumedConversionTests : IDisposable
{
    private static readonly Shape3 Shape = new(9, 20, 19);
    private readonly TemporaryFolder _folder = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(2)]
    [InlineData(3)]
    public async Task Zarr_EndedAfterAnyObject_GoesOnToTheSameBytesAndWritesOnlyTheRest(int format)
    {
        await using MemoryVolume source = MemoryVolume.Of(Shape, new Shape3(4, 8, 8), Value);
        ConversionPlan plan = ConversionPlan.Of(source.Info, new ConversionOptions
        {
            ChunkShape = new Shape3(4, 8, 8), ZarrFormat = format, ShardShape = format == 3 ? new Shape3(4, 16, 8) : null, Memory = 40_000, Threads = 2,
        });
        Assert.True(plan.Blocks.Count.VoxelCount > 1 && plan.LevelShapes.Count > 1);
        await ConvertAsync(source, plan, "whole");
        string[] lines = await File.ReadAllLinesAsync(_folder["whole.tsv"], Token);
        Assert.Equal(plan.Objects, lines.Length);

        for (int kept = 0; kept <= lines.Length; kept += 3)
        {
            string name = $"cut{kept}";
            CopyFolder(_folder["whole"], _folder[name]);
            foreach (string line in lines[kept..].Where(line => !line.StartsWith('-')))
            {
                File.Delete(PathOf(plan, _folder[name], line, format));
            }

            await File.WriteAllTextAsync(_folder[name + ".tsv"], string.Concat(lines[..kept].Select(line => line + "\n")), Token);
            await ConvertAsync(source, plan, name);

            Assert.Equal(Contents("whole"), Contents(name));
            string[] after = await File.ReadAllLinesAsync(_folder[name + ".tsv"], Token);
            Assert.Equal(lines.Order(StringComparer.Ordinal), after.Order(StringComparer.Ordinal)); // each once: none was written again
        }
    }

    [Theory]
    [InlineData("scan.tif", 4000)]
    [InlineData("coded.tiff", 4000)]
    [InlineData("big.tiff", 4000)]
    [InlineData("scan.nrrd", 4000)]
    [InlineData("scan.nrrd", 500)] // less than a slice at a time
    [InlineData("slices", 4000)]
    public async Task Rows_EndedAfterAnySlice_GoOnToTheSameBytes(string name, long memory)
    {
        await using MemoryVolume source = MemoryVolume.Of(Shape, new Shape3(4, 8, 8), Value);
        List<int> safe = [];
        await WriteAsync(source, name, 0, memory, safe.Add);
        string[] whole = Contents(name);
        Assert.Equal(Shape.Z, safe[^1]);
        Assert.Equal(safe.Order().Distinct(), safe);

        for (int done = 0; done <= Shape.Z; done++)
        {
            if (name == "slices")
            {
                Array.ForEach(Directory.GetFiles(_folder[name]).Order(StringComparer.Ordinal).Skip(done).ToArray(), File.Delete);
                await File.WriteAllTextAsync(Path.Combine(_folder[name], ".slice.tmp"), "left", Token);
            }
            else
            {
                await File.AppendAllTextAsync(_folder[name], "what was not safe yet", Token);
            }

            int before = source.Fetches.Values.Sum();
            await WriteAsync(source, name, done, memory, _ => { });
            Assert.Equal(whole, Contents(name));
            Assert.Equal(done == Shape.Z, before == source.Fetches.Values.Sum());
        }
    }

    [Fact]
    public void Rows_FileThatIsShorterThanItWas_IsRefused()
    {
        File.WriteAllBytes(_folder["a.nrrd"], new byte[100]);

        IOException e = Assert.Throws<IOException>(() => new NrrdWriter(_folder["a.nrrd"], Shape, VoxelType.UInt16, null, doneSlices: 3));

        Assert.Contains("has 100 bytes", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Rows_CompressedFileWithoutItsPages_IsRefused()
    {
        byte[] other = new byte[4000];
        other[4] = 200; // a first directory, which links to byte 0
        File.WriteAllBytes(_folder["a.tiff"], other);

        IOException e = Assert.Throws<IOException>(
            () => new TiffPagesWriter(_folder["a.tiff"], Shape, VoxelType.UInt16, false, 2, TiffCompression.Deflate));

        Assert.Contains("page 1 of an earlier try is not where it was", e.Message, StringComparison.Ordinal);
    }

    private static ushort Value(int z, int y, int x) => z >= 4 && y >= 8 ? (ushort)0 : (ushort)(1 + (z * 1000) + (y * 50) + x);

    private static string PathOf(ConversionPlan plan, string folder, string line, int format)
    {
        string[] at = line.Split('\t')[2].Split(':');
        Shape3 shape = plan.LevelShapes[int.Parse(at[0], System.Globalization.CultureInfo.InvariantCulture)];
        Shape3 count = plan.Spec.ForShape(shape).Objects.Count;
        int number = int.Parse(at[1], System.Globalization.CultureInfo.InvariantCulture);
        string key = $"{number / count.X / count.Y}/{number / count.X % count.Y}/{number % count.X}";
        return Path.Combine(folder, at[0], format == 2 ? key : $"c/{key}");
    }

    private static void CopyFolder(string from, string to)
    {
        foreach (string file in Directory.GetFiles(from, "*", SearchOption.AllDirectories))
        {
            string copy = Path.Combine(to, Path.GetRelativePath(from, file));
            Directory.CreateDirectory(Path.GetDirectoryName(copy)!);
            File.Copy(file, copy);
        }
    }

    private async Task ConvertAsync(MemoryVolume source, ConversionPlan plan, string name)
    {
        using ConversionJournal journal = new(_folder[name + ".tsv"], plan);
        AtomicFile files = new(FileOperations.System, Durability.None);
        await ZarrConversion.RunAsync(source, _folder[name], plan, null, files, new Progress<long>(), Token, journal);
    }

    private async Task WriteAsync(MemoryVolume source, string name, int done, long memory, Action<int> safe)
    {
        using RowWriter writer = Path.GetExtension(name) switch
        {
            ".tiff" => new TiffPagesWriter(_folder[name], Shape, VoxelType.UInt16, name == "big.tiff", done, TiffCompression.Deflate),
            ".tif" => new TiffPagesWriter(_folder[name], Shape, VoxelType.UInt16, doneSlices: done),
            ".nrrd" => new NrrdWriter(_folder[name], Shape, VoxelType.UInt16, null, done),
            _ => new TiffStackWriter(_folder[name], Shape, VoxelType.UInt16, 5, done),
        };
        await RowConversion.RunAsync(source, source.Info.Bounds, null, writer, memory, new Progress<long>(), Token, safe);
    }

    private string[] Contents(string name) => File.Exists(_folder[name])
        ? [Hash(_folder[name])]
        : [.. Directory.GetFiles(_folder[name], "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal)
            .Select(file => $"{Path.GetRelativePath(_folder[name], file)} {Hash(file)}")];

    private static string Hash(string file) => Convert.ToHexString(SHA256.HashData(File.ReadAllBytes(file)));
}
