using System.Runtime.InteropServices;

namespace ScrollSeg.Sam.Runtime;

/// <summary>
/// Has libtorch ask Linux for pages of 2 MiB where it allocates as much. A tensor of more than 32 MiB comes fresh from the
/// system each time, and with pages of 4 KiB the faults of its first use cost more than what is then computed with it: sums of
/// 60 MiB took three times as long (40 and 12 ms), the whole float32 encoder an eighth longer (8.35 and 7.39 s).
/// </summary>
internal static partial class LargePages
{
    /// <summary>Read by libtorch's allocator, c10/core/impl/alloc_cpu.cpp, at its first allocation.</summary>
    private const string Variable = "THP_MEM_ALLOC_ENABLE";

    /// <summary>Leaves alone what the user has set. Only before libtorch allocates.</summary>
    public static void Ask()
    {
        if (OperatingSystem.IsLinux())
        {
            _ = SetVariable(Variable, "1", 0); // .NET keeps its own copy of the environment, which native code does not see
        }
    }

    [LibraryImport("libc", EntryPoint = "setenv", StringMarshalling = StringMarshalling.Utf8)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int SetVariable(string name, string value, int overwrite);
}
