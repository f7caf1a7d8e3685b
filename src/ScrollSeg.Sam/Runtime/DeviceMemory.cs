using System.Runtime.InteropServices;
using ScrollSeg.Sam.Guards;

namespace ScrollSeg.Sam.Runtime;

/// <summary>Recognises that a GPU's memory is used up. TorchSharp hands on what libtorch throws as text alone.</summary>
public static class DeviceMemory
{
    /// <summary>What libtorch 2.10, the CUDA runtime and cuBLAS say then. A CPU's want of memory is not among them: there
    /// the plan was wrong, and half a batch would hide it.</summary>
    private static readonly string[] Complaints =
    [
        "CUDA out of memory", "HIP out of memory", "CUDA error: out of memory", "CUBLAS_STATUS_ALLOC_FAILED", "CUDNN_STATUS_ALLOC_FAILED",
    ];

    /// <summary>Whether a failure, or one beneath it, says so.</summary>
    public static bool IsExhausted(Exception failure)
    {
        for (Exception? e = failure; e is not null; e = e.InnerException)
        {
            if (e is DeviceMemoryException
                || (e is ExternalException && Complaints.Any(text => e.Message.Contains(text, StringComparison.OrdinalIgnoreCase))))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>Does a piece of work on a device, and once more on the CPU if the device's memory is used up; the user is
    /// told. Not for runs: within one, the device never changes.</summary>
    /// <param name="device">What the user chose.</param>
    /// <param name="work">Is given the device to use.</param>
    /// <param name="note">Is given the sentence for the user.</param>
    public static T OrOnCpu<T>(string device, Func<string, T> work, Action<string> note)
    {
        try
        {
            return work(device);
        }
        catch (Exception e) when (device != "cpu" && IsExhausted(e))
        {
            note($"The memory of device '{device}' is used up ({FirstLine(e)}): computing on the CPU instead, which is slower and gives the same "
                + $"answer up to rounding. Other programs on the GPU are the usual cause; --device cpu goes there at once [{GuardName.DeviceMemory}].");
        }

        return work("cpu");
    }

    /// <summary>libtorch appends a native stack.</summary>
    internal static string FirstLine(Exception e) => e.Message.Split('\n')[0].TrimEnd('.', '\r', ' ');
}
