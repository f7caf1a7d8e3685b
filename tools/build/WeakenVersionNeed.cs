// MSBuild compiles this file on its own while it builds the solution (see Directory.Build.targets),
// against netstandard 2.0: hence no records, spans or file-scoped namespace here.
using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Text;
using Microsoft.Build.Framework;
using Microsoft.Build.Utilities;

/// <summary>
/// Marks one symbol version that a shared library asks for as weak, so that the loader warns about its absence
/// at most, instead of refusing the library. Only for a need behind which no symbol is ever called.
/// </summary>
/// <remarks>
/// Layout: System V ABI, "Symbol Versioning" of the Linux Standard Base 5.0, section 10.7.4: an Elf64_Vernaux is
/// vna_hash (4 bytes), vna_flags (2), vna_other (2), vna_name (4), vna_next (4); VER_FLG_WEAK is 2.
/// </remarks>
public class WeakenVersionNeed : Task
{
    private const uint SectionTypeVersionNeed = 0x6ffffffe;
    private const ushort FlagWeak = 2;

    /// <summary>Where to look for the library, subfolders included.</summary>
    [Required]
    public string Folder { get; set; }

    /// <summary>File name of the library.</summary>
    [Required]
    public string Library { get; set; }

    /// <summary>The version name to mark, for example GLIBCXX_3.4.32.</summary>
    [Required]
    public string Version { get; set; }

    /// <summary>File name of the system library that would define the version.</summary>
    [Required]
    public string Provider { get; set; }

    /// <summary>Marks it even where this machine's provider has the version.</summary>
    public bool Always { get; set; }

    public override bool Execute()
    {
        if (!Always && ProviderHasVersion())
        {
            return true;
        }

        foreach (string path in Directory.GetFiles(Folder, Library, SearchOption.AllDirectories))
        {
            byte[] image = File.ReadAllBytes(path);
            int flags = FindFlags(image, Version);
            if (flags < 0 || BitConverter.ToUInt16(image, flags) == FlagWeak)
            {
                continue;
            }

            image[flags] = (byte)FlagWeak;
            image[flags + 1] = 0;
            Replace(path, image);
            Log.LogMessage(MessageImportance.Normal, "{0}: the need for {1} is now weak.", path, Version);
        }

        return true;
    }

    /// <summary>A new file under the old name: the old one may be a hard link to the package cache.</summary>
    private static void Replace(string path, byte[] image)
    {
        DateTime written = File.GetLastWriteTimeUtc(path);
        string temporary = path + ".weakened";
        File.WriteAllBytes(temporary, image);
        File.SetLastWriteTimeUtc(temporary, written); // or the next build would copy the original again
        File.Delete(path);
        File.Move(temporary, path);
    }

    private bool ProviderHasVersion()
    {
        byte[] name = Encoding.ASCII.GetBytes(Version + "\0");
        string provider = LibraryFolders().Select(f => Path.Combine(f, Provider)).FirstOrDefault(File.Exists);
        return provider != null && IndexOf(File.ReadAllBytes(provider), name) >= 0;
    }

    private static IEnumerable<string> LibraryFolders()
    {
        string path = Environment.GetEnvironmentVariable("LD_LIBRARY_PATH") ?? "";
        return path.Split(new[] { ':' }, StringSplitOptions.RemoveEmptyEntries).Concat(new[]
        {
            "/lib/x86_64-linux-gnu", "/usr/lib/x86_64-linux-gnu", "/lib64", "/usr/lib64", "/usr/lib", "/usr/local/lib",
        });
    }

    /// <summary>Offset of the vna_flags field of the version's entry; -1 if the library does not ask for it.</summary>
    private static int FindFlags(byte[] image, string version)
    {
        int sections = (int)BitConverter.ToInt64(image, 0x28);
        int sectionSize = BitConverter.ToUInt16(image, 0x3A);
        int sectionCount = BitConverter.ToUInt16(image, 0x3C);

        for (int i = 0; i < sectionCount; i++)
        {
            int header = sections + (i * sectionSize);
            if (BitConverter.ToUInt32(image, header + 4) != SectionTypeVersionNeed)
            {
                continue;
            }

            int strings = sections + ((int)BitConverter.ToUInt32(image, header + 0x28) * sectionSize);
            return FindInSection(
                image, (int)BitConverter.ToInt64(image, header + 0x18), (int)BitConverter.ToInt64(image, strings + 0x18), version);
        }

        return -1;
    }

    private static int FindInSection(byte[] image, int need, int strings, string version)
    {
        byte[] name = Encoding.ASCII.GetBytes(version + "\0");
        while (true)
        {
            int entry = need + (int)BitConverter.ToUInt32(image, need + 8);
            for (int left = BitConverter.ToUInt16(image, need + 2); left > 0; left--)
            {
                int at = strings + (int)BitConverter.ToUInt32(image, entry + 8);
                if (image.Skip(at).Take(name.Length).SequenceEqual(name))
                {
                    return entry + 4;
                }

                entry += (int)BitConverter.ToUInt32(image, entry + 12);
            }

            int next = (int)BitConverter.ToUInt32(image, need + 12);
            if (next == 0)
            {
                return -1;
            }

            need += next;
        }
    }

    private static int IndexOf(byte[] haystack, byte[] needle)
    {
        for (int i = 0; i + needle.Length <= haystack.Length; i++)
        {
            int k = 0;
            while (k < needle.Length && haystack[i + k] == needle[k])
            {
                k++;
            }

            if (k == needle.Length)
            {
                return i;
            }
        }

        return -1;
    }
}
