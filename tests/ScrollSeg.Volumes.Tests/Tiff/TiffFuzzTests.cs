using ScrollSeg.Testing;
using ScrollSeg.Volumes.Tiff;

namespace ScrollSeg.Volumes.Tests.Tiff;

/// <summary>130 malformed files that image-tiff collected: each is read or refused, without a large allocation.</summary>
public sealed class TiffFuzzTests
{
    private const string Folder = "interop/tiff/image-tiff/tests/fuzz_images";
    private const long MostAllocated = 64 << 20;

    public static TheoryData<string> Files => TestData.Find(Folder) is string path
        ? [.. Directory.EnumerateFiles(path, "*", SearchOption.AllDirectories).Select(file => Path.GetRelativePath(path, file))]
        : [""];

    [Theory]
    [MemberData(nameof(Files))]
    public void Read_MalformedFile_IsReadOrRefused(string name)
    {
        Assert.SkipWhen(name.Length == 0, TestData.Missing(Folder));
        string path = Path.Combine(TestData.Find(Folder)!, name);
        long before = GC.GetAllocatedBytesForCurrentThread();
        try
        {
            ReadAll(path);
        }
        catch (VolumeFormatException e)
        {
            Assert.StartsWith(path, e.Message, StringComparison.Ordinal);
        }

        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, MostAllocated);
    }

    private static void ReadAll(string path)
    {
        using TiffSource source = new(path);
        foreach (TiffDirectory directory in TiffPages.Walk(source))
        {
            TiffPage page = TiffPage.Read(source, directory);
            Box3 whole = new((0, 0, 0), new Shape3(1, page.Height, page.Width));
            new TiffRegionReader(source, page, whole, (_, _, _) => { }).Read(CancellationToken.None);
        }
    }
}
