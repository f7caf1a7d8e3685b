namespace ScrollSeg.Viewer;

/// <summary>A part of the page, kept in the assembly: nothing is fetched from elsewhere.</summary>
/// <param name="ContentType">As sent.</param>
/// <param name="Content">The bytes.</param>
internal sealed record PageFile(string ContentType, byte[] Content)
{
    /// <summary>The page's files by request path.</summary>
    public static IReadOnlyDictionary<string, PageFile> All { get; } = new Dictionary<string, PageFile>
    {
        ["/"] = Load("index.html", "text/html; charset=utf-8"),
        ["/viewer.js"] = Load("viewer.js", "text/javascript; charset=utf-8"),
        ["/viewer.css"] = Load("viewer.css", "text/css; charset=utf-8"),
        ["/icon.svg"] = Load("icon.svg", "image/svg+xml"),
    };

    private static PageFile Load(string name, string contentType)
    {
        using Stream resource = typeof(PageFile).Assembly.GetManifestResourceStream($"wwwroot/{name}")
            ?? throw new InvalidOperationException($"wwwroot/{name} is not in the assembly.");
        using MemoryStream content = new();
        resource.CopyTo(content);
        return new PageFile(contentType, content.ToArray());
    }
}
