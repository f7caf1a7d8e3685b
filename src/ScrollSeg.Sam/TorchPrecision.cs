using System.Runtime.InteropServices;
using System.Runtime.Intrinsics.X86;
using ScrollSeg.Segmentation;
using static TorchSharp.torch;

namespace ScrollSeg.Sam;

/// <summary>
/// The number format of the encoder's products: 32-bit floats, or bfloat16 where the device multiplies those faster. Norms,
/// sums of the residual stream, patch embedding, neck and decoder are 32-bit floats always: together they are a few
/// hundredths of the work.
/// </summary>
internal static partial class TorchPrecision
{
    private const int MajorCapability = 75; // CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MAJOR in cuda.h
    private const int MinorCapability = 76;

    /// <summary>Chooses what the settings name.</summary>
    /// <param name="settings">What the user chose.</param>
    /// <param name="device">What will compute.</param>
    /// <exception cref="InvalidRequestException">The precision is not known.</exception>
    public static ScalarType Choose(ModelSettings settings, Device device) => settings.Precision switch
    {
        "f32" => ScalarType.Float32,
        "bf16" => ScalarType.BFloat16,
        "auto" => IsGoodAtBFloat16(device) ? ScalarType.BFloat16 : ScalarType.Float32,
        _ => throw new InvalidRequestException($"precision '{settings.Precision}' is not known: use f32, bf16 or auto."),
    };

    /// <summary>As the command line and a run's records say it.</summary>
    public static string Name(ScalarType type) => type == ScalarType.BFloat16 ? "bf16" : "f32";

    /// <summary>Whether bfloat16 is worth its rounding: on a processor with instructions for it, vit_b takes 0.36 of the time
    /// (tests/ScrollSeg.Benchmarks); on a GPU from compute capability 8 on.</summary>
    internal static bool IsGoodAtBFloat16(Device device) =>
        device.type == TorchSharp.DeviceType.CUDA ? CapabilityOf(device).Major >= 8 : ProcessorMultipliesBFloat16();

    /// <summary>AVX512-BF16 (leaf 7, subleaf 1, EAX bit 5) or AMX-BF16 (leaf 7, subleaf 0, EDX bit 22): Intel's manual,
    /// volume 2, CPUID.</summary>
    private static bool ProcessorMultipliesBFloat16()
    {
        if (!Avx512F.IsSupported || X86Base.CpuId(0, 0).Eax < 7)
        {
            return false;
        }

        return ((X86Base.CpuId(7, 1).Eax >> 5) & 1) != 0 || ((X86Base.CpuId(7, 0).Edx >> 22) & 1) != 0;
    }

    /// <summary>A GPU's compute capability. TorchSharp does not say it; the driver does. 0.0 if it does not answer.</summary>
    internal static (int Major, int Minor) CapabilityOf(Device device)
    {
        try
        {
            return Initialise(0) == 0 && GetDevice(out int gpu, Math.Max(0, device.index)) == 0
                && GetAttribute(out int major, MajorCapability, gpu) == 0 && GetAttribute(out int minor, MinorCapability, gpu) == 0
                ? (major, minor)
                : (0, 0);
        }
        catch (Exception e) when (e is DllNotFoundException or EntryPointNotFoundException)
        {
            return (0, 0);
        }
    }

    [LibraryImport("libcuda.so.1", EntryPoint = "cuInit")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int Initialise(uint flags);

    [LibraryImport("libcuda.so.1", EntryPoint = "cuDeviceGet")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int GetDevice(out int device, int ordinal);

    [LibraryImport("libcuda.so.1", EntryPoint = "cuDeviceGetAttribute")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int GetAttribute(out int value, int attribute, int device);
}
