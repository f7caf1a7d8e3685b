using System.Runtime.InteropServices;

namespace ScrollSeg.Sam.Runtime;

/// <summary>
/// While it lives, glibc keeps freed memory for the next allocation instead of giving it back to the system. A step of training frees
/// and takes the same gigabytes again and again, and a third of its time went into the system's zeroing of pages: a decoder step of vit_b
/// took 7.3 s without and 5.5 s with it, for a quarter more resident memory. Give back what is kept by disposing of it.
/// </summary>
internal sealed partial class MallocRetention : IDisposable
{
    private const int TrimThreshold = -1; // M_TRIM_THRESHOLD of malloc.h, and the others
    private const int MostMapped = -4;
    private const int Never = -1;
    private const int DefaultTrimThreshold = 128 << 10;
    private const int DefaultMostMapped = 65536;

    private readonly bool _isOn;

    public MallocRetention()
    {
        if (OperatingSystem.IsLinux() && Environment.GetEnvironmentVariable("MALLOC_TRIM_THRESHOLD_") is null)
        {
            _isOn = TrySet(TrimThreshold, Never) && TrySet(MostMapped, 0);
        }
    }

    public void Dispose()
    {
        if (_isOn)
        {
            TrySet(TrimThreshold, DefaultTrimThreshold);
            TrySet(MostMapped, DefaultMostMapped);
            _ = Trim(0);
        }
    }

    private static bool TrySet(int option, int value)
    {
        try
        {
            return SetOption(option, value) == 1;
        }
        catch (EntryPointNotFoundException)
        {
            return false; // another C library, such as musl
        }
    }

    [LibraryImport("libc", EntryPoint = "mallopt")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int SetOption(int option, int value);

    [LibraryImport("libc", EntryPoint = "malloc_trim")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int Trim(nuint keep);
}
