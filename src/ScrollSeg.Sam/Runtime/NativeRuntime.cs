using System.Runtime.InteropServices;
using TorchSharp;

namespace ScrollSeg.Sam.Runtime;

/// <summary>
/// Loads libtorch before TorchSharp does, so that an existing one can be used and that a failure says what to do.
/// TorchSharp's own failure prints several pages to the console and names the wrong package.
/// </summary>
public static class NativeRuntime
{
    /// <summary>Names the folder of an existing libtorch 2.10, such as a Python installation's <c>torch/lib</c>.</summary>
    public const string FolderVariable = "SCROLLSEG_LIBTORCH";

    private const string Bridge = "LibTorchSharp";

    /// <summary>In the order in which they need each other; those in parentheses exist in CUDA builds only.</summary>
    private static readonly (string Name, bool Required)[] Libraries =
    [
        ("c10", true), ("torch_cpu", true), ("c10_cuda", false), ("torch_cuda", false), ("torch", true),
    ];

    private static readonly Lock Gate = new();

    private static bool _loaded;

    /// <summary>Loads libtorch once; later calls do nothing.</summary>
    /// <exception cref="NativeRuntimeException">A library is missing or cannot be loaded.</exception>
    public static void EnsureLoaded()
    {
        lock (Gate)
        {
            if (!_loaded)
            {
                LargePages.Ask();
                MallocArenas.Limit();
                Load(Environment.GetEnvironmentVariable(FolderVariable), NativeLibrary.Load, LoadBridge);
                _loaded = true;
            }
        }
    }

    /// <summary>Loads libtorch from a folder if one is named, then the bridge, which finds libtorch loaded or beside itself.</summary>
    /// <param name="folder">The folder, if one is named.</param>
    /// <param name="load">Loads one file; a test may hand in another.</param>
    /// <param name="loadBridge">Loads TorchSharp's library by its name.</param>
    internal static void Load(string? folder, Func<string, nint> load, Func<string, nint> loadBridge)
    {
        bool external = !string.IsNullOrEmpty(folder);
        if (external)
        {
            LoadFolder(Path.GetFullPath(folder!), load);
        }

        try
        {
            loadBridge(Bridge);
        }
        catch (Exception e) when (e is DllNotFoundException or BadImageFormatException)
        {
            throw new NativeRuntimeException(
                $"{FileName(Bridge)}, TorchSharp's bridge to libtorch, cannot be loaded: {Reason(e)}.",
                external
                    ? $"The libtorch that {FolderVariable} names must be version 2.10."
                    : $"Build with -p:Torch=cpu or -p:Torch=cuda, or name the folder of a libtorch 2.10 in {FolderVariable}.",
                e);
        }
    }

    private static void LoadFolder(string folder, Func<string, nint> load)
    {
        foreach ((string name, bool required) in Libraries)
        {
            string path = Path.Combine(folder, FileName(name));
            if (!File.Exists(path))
            {
                if (required)
                {
                    throw new NativeRuntimeException(
                        $"{path}: there is no such file, although {FolderVariable} names this folder as libtorch.",
                        $"Set {FolderVariable} to the folder that holds {FileName("torch_cpu")}, such as a Python installation's torch/lib.");
                }

                continue;
            }

            try
            {
                load(path);
            }
            catch (Exception e) when (e is DllNotFoundException or BadImageFormatException)
            {
                throw new NativeRuntimeException(
                    $"{path} cannot be loaded: {Reason(e)}.", $"Set {FolderVariable} to a libtorch 2.10 for this system, or unset it.", e);
            }
        }
    }

    private static nint LoadBridge(string name) => NativeLibrary.Load(name, typeof(torch).Assembly, null);

    /// <summary>The loader's own words, which follow a line or two of advice in .NET's message.</summary>
    private static string Reason(Exception e)
    {
        string[] lines = e.Message.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        string reason = lines.FirstOrDefault(line => line.Contains("GLIBC", StringComparison.Ordinal))
            ?? lines.FirstOrDefault(line => !line.Contains("No such file", StringComparison.Ordinal) && line.Contains(": ", StringComparison.Ordinal))
            ?? lines.FirstOrDefault() ?? e.GetType().Name;
        return reason.TrimEnd('.');
    }

    private static string FileName(string library) =>
        OperatingSystem.IsWindows() ? $"{library}.dll" : OperatingSystem.IsMacOS() ? $"lib{library}.dylib" : $"lib{library}.so";
}
