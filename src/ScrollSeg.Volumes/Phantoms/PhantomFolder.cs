using System.Text;
using System.Text.Json.Nodes;
using ScrollSeg.Volumes.Storage;

namespace ScrollSeg.Volumes.Phantoms;

/// <summary>A phantom's folder, which lies under a temporary name beside the final one until it is complete.</summary>
public sealed class PhantomFolder : IDisposable
{
    private const string Mark = "phantom.json";

    private readonly string _final;

    private PhantomFolder(string final, string partial) => (_final, Partial) = (final, partial);

    /// <summary>Where to write.</summary>
    public string Partial { get; }

    /// <summary>Whether a folder may be discarded: a phantom, or empty.</summary>
    public static bool IsPhantom(string path) => Directory.Exists(path) &&
        (File.Exists(Path.Combine(path, Mark)) || !Directory.EnumerateFileSystemEntries(path).Any());

    /// <summary>Says in the folder that it is a phantom, and which: nothing else in it tells it from real data.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="kind"><c>scroll</c> or <c>fragment</c>.</param>
    /// <param name="shape">Extent in voxels.</param>
    /// <param name="seed">Which phantom of its kind.</param>
    /// <param name="files">Writes the file.</param>
    internal static void WriteMark(string folder, string kind, Shape3 shape, int seed, AtomicFile files)
    {
        JsonObject mark = new() { ["kind"] = kind, ["shape"] = new JsonArray(shape.Z, shape.Y, shape.X), ["seed"] = seed };
        files.Write(Path.Combine(folder, Mark), Encoding.UTF8.GetBytes(mark.ToJsonString() + "\n"));
    }

    /// <summary>Makes the temporary folder. What has the final name stays until <see cref="Complete"/>.</summary>
    public static PhantomFolder Create(string path)
    {
        string final = Path.GetFullPath(path).TrimEnd(Path.DirectorySeparatorChar);
        string name = $".{Path.GetFileName(final)}.{Guid.NewGuid().ToString("N")[..12]}.tmp";
        string partial = Path.Combine(Path.GetDirectoryName(final) ?? final, name);
        Directory.CreateDirectory(partial);
        return new PhantomFolder(final, partial);
    }

    /// <summary>Gives the folder its final name, in place of what has it.</summary>
    public void Complete()
    {
        string? old = null;
        if (Directory.Exists(_final))
        {
            old = Partial + ".old";
            Directory.Move(_final, old);
        }

        Directory.Move(Partial, _final);
        if (old is not null)
        {
            Directory.Delete(old, recursive: true);
        }
    }

    /// <summary>Deletes what was not completed.</summary>
    public void Dispose()
    {
        if (Directory.Exists(Partial))
        {
            Directory.Delete(Partial, recursive: true);
        }
    }
}
