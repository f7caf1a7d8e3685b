using System.Text.Json;

namespace ScrollSeg.Volumes.Tests.Codecs;

/// <summary>Chunks that numcodecs encoded: made by tools/fixtures/make_codec_fixtures.py.</summary>
internal static class CodecFixtures
{
    private static readonly string Folder = Path.Combine(AppContext.BaseDirectory, "Fixtures", "codecs");

    /// <summary>All cases, in the order of the list.</summary>
    public static IReadOnlyList<CodecFixture> All { get; } =
    [
        .. JsonDocument.Parse(File.ReadAllText(Path.Combine(Folder, "cases.json"))).RootElement.EnumerateArray().Select(item =>
            new CodecFixture(
                item.GetProperty("file").GetString()!,
                item.GetProperty("codec"),
                Content(item.GetProperty("file").GetString()!),
                Repeated(Content(item.GetProperty("array").GetString()!), item.GetProperty("repeat").GetInt32()))),
    ];

    /// <summary>The case of a file.</summary>
    public static CodecFixture Named(string file) => All.Single(fixture => fixture.File == file);

    private static byte[] Repeated(byte[] content, int times) => [.. Enumerable.Repeat(content, times).SelectMany(bytes => bytes)];

    private static byte[] Content(string file) => File.ReadAllBytes(Path.Combine(Folder, file));
}
