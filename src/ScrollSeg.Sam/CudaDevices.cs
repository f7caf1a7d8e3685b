using ScrollSeg.Sam.Runtime;
using static TorchSharp.torch;

namespace ScrollSeg.Sam;

/// <summary>The GPUs that libtorch can use.</summary>
public static class CudaDevices
{
    /// <summary>Counts them; <c>cuda:0</c> is the first. Loads libtorch.</summary>
    /// <exception cref="NativeRuntimeException">libtorch cannot be loaded.</exception>
    public static int Count()
    {
        NativeRuntime.EnsureLoaded();
        return cuda.is_available() ? cuda.device_count() : 0;
    }
}
