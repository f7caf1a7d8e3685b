using System.Globalization;
using ScrollSeg.Segmentation;
using static TorchSharp.torch;

namespace ScrollSeg.Sam;

/// <summary>Which processor computes.</summary>
internal static class TorchDevice
{
    /// <summary>Chooses the device that the settings name.</summary>
    /// <exception cref="InvalidRequestException">There is none of that name here.</exception>
    public static Device Choose(ModelSettings settings)
    {
        return settings.Device switch
        {
            "cpu" => CPU,
            "auto" => cuda.is_available() ? CUDA : CPU,
            _ => Cuda(settings.Device),
        };
    }

    private static Device Cuda(string name)
    {
        int index = 0;
        bool known = name == "cuda" || (name.StartsWith("cuda:", StringComparison.Ordinal)
            && int.TryParse(name.AsSpan(5), NumberStyles.None, CultureInfo.InvariantCulture, out index));
        if (!known)
        {
            throw new InvalidRequestException($"device '{name}' is not known: use auto, cpu, cuda or cuda:N.");
        }

        int count = CudaDevices.Count();
        return index < count
            ? device(TorchSharp.DeviceType.CUDA, index)
            : throw new InvalidRequestException(
                $"device '{name}' is not here: libtorch finds {count} CUDA devices. Use --device cpu, or a build with -p:Torch=cuda.");
    }
}
