using System.Globalization;
using System.Text;
using ScrollSeg.Volumes.Storage;

namespace ScrollSeg.Segmentation.Linking;

/// <summary>The objects of a run for people and scripts: a line of CSV for each in the order of their numbers, a million in a
/// file.</summary>
internal static class ObjectList
{
    private const string FolderName = "objects";
    private const int PerFile = 1_000_000;

    /// <summary>Writes the list.</summary>
    /// <param name="stage">The stage's folder.</param>
    /// <param name="objects">The objects; the first has the number 1.</param>
    /// <param name="files">How files are written.</param>
    public static void Write(string stage, IEnumerable<ObjectFacts> objects, AtomicFile files)
    {
        string folder = Path.Combine(stage, FolderName);
        files.CreateFolder(folder);
        long id = 0;
        foreach (ObjectFacts[] some in objects.Chunk(PerFile))
        {
            string name = string.Create(CultureInfo.InvariantCulture, $"from-{id + 1:0000000000}.csv");
            StringBuilder text = new("id,voxels,first_z,first_y,first_x,last_z,last_y,last_x\n");
            foreach (ObjectFacts o in some)
            {
                text.Append(
                    CultureInfo.InvariantCulture, $"{++id},{o.Voxels},{o.FirstZ},{o.FirstY},{o.FirstX},{o.LastZ},{o.LastY},{o.LastX}\n");
            }

            files.Write(Path.Combine(folder, name), Encoding.ASCII.GetBytes(text.ToString()));
        }
    }
}
