using System.Reflection;
using System.Text;
using ScrollSeg.Sam.Runtime;
using ScrollSeg.Testing;
using TorchSharp;
using static TorchSharp.torch;

namespace ScrollSeg.Sam.Tests.Runtime;

public sealed class NativeRuntimeTests : IDisposable
{
    private const string Version = "GLIBCXX_3.4.32";

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Torch_LoadsHere_AndMultiplies()
    {
        NativeRuntime.EnsureLoaded();
        using DisposeScope scope = NewDisposeScope();
        Tensor product = tensor(new float[] { 1, 2, 3, 4 }).reshape(2, 2).matmul(eye(2));

        Assert.Equal([1f, 2f, 3f, 4f], product.data<float>().ToArray());
    }

    /// <summary>The library beside the tests is the package's own, or the same but for one flag: two bytes of value 2.</summary>
    [Fact]
    public void Bridge_InTheOutput_IsThePackagesButForOneFlagWhereTheSystemIsOlder()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "only Linux versions its symbols so");
        byte[] original = File.ReadAllBytes(Metadata("BridgeLibrary"));
        byte[] output = File.ReadAllBytes(
            Path.Combine(AppContext.BaseDirectory, "runtimes", "linux-x64", "native", "libLibTorchSharp.so"));

        int[] changed = [.. Enumerable.Range(0, original.Length).Where(i => original[i] != output[i])];

        Assert.Equal(original.Length, output.Length);
        if (Metadata("WeakenGlibcxx") == "never" || (Metadata("WeakenGlibcxx") == "auto" && SystemHasVersion()))
        {
            Assert.Empty(changed);
            return;
        }

        // vna_flags is two bytes, 0 in the package; little-endian 2 changes the first
        int flag = Assert.Single(changed);
        Assert.Equal((0, 2), (original[flag], output[flag]));
        Assert.Equal((0, 0), (original[flag + 1], output[flag + 1]));
        Assert.Equal(ElfHash(Version), BitConverter.ToUInt32(output, flag - 4)); // vna_hash stands before vna_flags
    }

    [Fact]
    public void Load_NamedFolderIsEmpty_SaysWhichFileAndWhatToDo()
    {
        NativeRuntimeException e = Assert.Throws<NativeRuntimeException>(
            () => NativeRuntime.Load(_folder.Path, _ => 1, _ => 1));

        Assert.StartsWith(_folder["libc10.so"] + ": there is no such file", Unix(e.Message), StringComparison.Ordinal);
        Assert.Contains("Set SCROLLSEG_LIBTORCH to the folder that holds", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Load_NamedFolder_LoadsItsLibrariesInOrderAndThenTheBridge()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "names the files as Linux does");
        foreach (string name in new[] { "libc10.so", "libtorch_cpu.so", "libtorch.so", "libtorch_cuda.so", "libother.so" })
        {
            File.WriteAllText(_folder[name], "");
        }

        List<string> loaded = [];
        NativeRuntime.Load(_folder.Path, path => Add(loaded, Path.GetFileName(path)), name => Add(loaded, name));

        Assert.Equal(["libc10.so", "libtorch_cpu.so", "libtorch_cuda.so", "libtorch.so", "LibTorchSharp"], loaded);
    }

    [Fact]
    public void Load_FileOfTheFolderDoesNotLoad_SaysWhichAndWhy()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "names the files as Linux does");
        foreach (string name in new[] { "libc10.so", "libtorch_cpu.so", "libtorch.so" })
        {
            File.WriteAllText(_folder[name], "no library");
        }

        NativeRuntimeException e = Assert.Throws<NativeRuntimeException>(
            () => NativeRuntime.Load(_folder.Path, System.Runtime.InteropServices.NativeLibrary.Load, _ => 1));

        Assert.StartsWith(_folder["libc10.so"] + " cannot be loaded: ", e.Message, StringComparison.Ordinal);
        Assert.Contains("file too short", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Load_NoLibtorchAnywhere_SaysWhatIsMissingAndHowToBuild()
    {
        NativeRuntimeException e = Assert.Throws<NativeRuntimeException>(() => NativeRuntime.Load(
            folder: null,
            _ => 1,
            _ => throw new DllNotFoundException(
                "Unable to load shared library 'LibTorchSharp' or one of its dependencies.\nlibtorch.so: cannot open shared object file")));

        Assert.Contains("libtorch.so: cannot open shared object file", e.Message, StringComparison.Ordinal);
        Assert.Contains("-p:Torch=cpu", e.Message, StringComparison.Ordinal);
        Assert.Contains("SCROLLSEG_LIBTORCH", e.Message, StringComparison.Ordinal);
    }

    private static nint Add(List<string> names, string name)
    {
        names.Add(name);
        return 1;
    }

    private static string Unix(string path) => path.Replace("c10.dll", "libc10.so", StringComparison.Ordinal);

    private static string Metadata(string key) => typeof(NativeRuntimeTests).Assembly
        .GetCustomAttributes<AssemblyMetadataAttribute>().Single(attribute => attribute.Key == key).Value!;

    private static bool SystemHasVersion() => new[] { "/lib/x86_64-linux-gnu", "/usr/lib/x86_64-linux-gnu", "/lib64", "/usr/lib64", "/usr/lib" }
        .Select(folder => Path.Combine(folder, "libstdc++.so.6"))
        .Where(File.Exists)
        .Take(1)
        .Any(path => File.ReadAllBytes(path).AsSpan().IndexOf(Encoding.ASCII.GetBytes(Version + "\0")) >= 0);

    /// <summary>The hash function of the System V ABI, section "Hash Table".</summary>
    private static uint ElfHash(string name)
    {
        uint hash = 0;
        foreach (char c in name)
        {
            hash = (hash << 4) + c;
            uint high = hash & 0xF0000000;
            hash = (hash ^ (high >> 24)) & ~high;
        }

        return hash;
    }
}
