using System.Diagnostics;
using ScrollSeg.Sam.Checkpoints;
using ScrollSeg.Sam.Model;
using ScrollSeg.Sam.Runtime;
using ScrollSeg.Segmentation;
using TorchSharp;
using static TorchSharp.torch;

namespace ScrollSeg.Sam.Measurement;

/// <summary>
/// Times SAM's image encoder, in each number format and batch that is asked for, and between the passes the machine's own
/// matrix product: other work may share the processor, so only what was done by turns compares.
/// </summary>
public sealed class EncoderBenchmark : IDisposable
{
    /// <summary>Rows and columns of the factors of the matrix product.</summary>
    private const int ProductSide = 2048;

    private readonly Dictionary<string, ImageEncoder> _encoders = [];
    private readonly Device _device;

    private EncoderBenchmark(SamConfig config, Device device) => (Config, _device) = (config, device);

    /// <summary>What is timed.</summary>
    public SamConfig Config { get; }

    /// <summary>Where it computes, as libtorch says it.</summary>
    public string Device => $"{_device}";

    /// <summary>Threads that libtorch uses for one operation on the CPU.</summary>
    public static int Threads => get_num_threads();

    /// <summary>Makes the encoders: of a checkpoint, or of a published size with random weights.</summary>
    /// <param name="model"><c>vit_b</c>, <c>vit_l</c>, <c>vit_h</c>, or a checkpoint's path.</param>
    /// <param name="device">As <see cref="ModelSettings.Device"/>.</param>
    /// <param name="precisions">Number formats, <c>f32</c> and <c>bf16</c>.</param>
    /// <exception cref="CheckpointException">The file is damaged, or of another model.</exception>
    /// <exception cref="InvalidRequestException">The device is not here, or a precision is not known.</exception>
    public static EncoderBenchmark Open(string model, string device, IReadOnlyCollection<string> precisions)
    {
        NativeRuntime.EnsureLoaded();
        Device where = TorchDevice.Choose(new ModelSettings { Device = device });
        EncoderBenchmark benchmark = new(SamConfig.OfName(model) ?? SamCheckpoint.ReadConfig(model), where);
        try
        {
            foreach (string precision in precisions)
            {
                ScalarType type = TorchPrecision.Choose(new ModelSettings { Precision = precision }, where);
                benchmark.Add(TorchPrecision.Name(type), type, model);
            }

            return benchmark;
        }
        catch
        {
            benchmark.Dispose();
            throw;
        }
    }

    /// <summary>Measures every number format with every batch.</summary>
    /// <param name="batches">Images in one pass.</param>
    /// <param name="repeats">Passes of each, by turns, after one that is not counted.</param>
    /// <param name="cancellationToken">Stops between two passes.</param>
    public IReadOnlyList<EncoderTiming> Run(IReadOnlyList<int> batches, int repeats, CancellationToken cancellationToken = default)
    {
        using IDisposable inference = inference_mode();
        using DisposeScope scope = NewDisposeScope();
        (string Precision, int Batch)[] cases = [.. from precision in _encoders.Keys from batch in batches select (precision, batch)];
        Dictionary<(string, int), List<double>> passes = cases.ToDictionary(c => c, _ => new List<double>());
        Dictionary<string, List<double>> products = _encoders.Keys.ToDictionary(precision => precision, _ => new List<double>());
        Dictionary<string, Tensor> factors = _encoders.Keys.ToDictionary(precision => precision, Factor);
        for (int i = -1; i < repeats; i++)
        {
            foreach ((string precision, int batch) in cases)
            {
                cancellationToken.ThrowIfCancellationRequested();
                using DisposeScope pass = NewDisposeScope();
                Tensor images = randn([batch, 3, Config.ViewSide, Config.ViewSide], device: _device);
                Tensor factor = factors[precision];
                products[precision].Add(Time(() => factor.matmul(factor)));
                double seconds = Time(() => _encoders[precision].call(images));
                if (i >= 0)
                {
                    passes[(precision, batch)].Add(seconds);
                }
            }
        }

        return [.. cases.Select(c => new EncoderTiming(
            c.Precision,
            c.Batch,
            passes[c],
            EncoderWork.Operations(Config),
            2 * Math.Pow(ProductSide, 3) / EncoderTiming.Median(products[c.Precision].Skip(1)),
            Parts(_encoders[c.Precision], c.Batch)))];
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (ImageEncoder encoder in _encoders.Values)
        {
            encoder.Dispose();
        }
    }

    private void Add(string precision, ScalarType type, string model)
    {
        if (!_encoders.ContainsKey(precision))
        {
            ImageEncoder encoder = SamConfig.OfName(model) is null ? SamCheckpoint.Load(model, type).Network.Encoder : new ImageEncoder(Config, type);
            encoder.eval();
            encoder.to(_device);
            _encoders.Add(precision, encoder);
        }
    }

    private Tensor Factor(string precision) => randn([ProductSide, ProductSide], device: _device)
        .to(precision == "bf16" ? ScalarType.BFloat16 : ScalarType.Float32);

    /// <summary>The median of three passes, part by part.</summary>
    private IReadOnlyList<(string Part, double Seconds)> Parts(ImageEncoder encoder, int batch)
    {
        List<IReadOnlyDictionary<string, double>> passes = [];
        for (int i = 0; i < 3; i++)
        {
            using DisposeScope pass = NewDisposeScope();
            using PartClock clock = new(encoder, Config, _device);
            encoder.call(randn([batch, 3, Config.ViewSide, Config.ViewSide], device: _device));
            passes.Add(clock.Seconds);
        }

        return [.. passes[0].Keys
            .Select(part => (part, EncoderTiming.Median(passes.Select(pass => pass[part]))))
            .OrderByDescending(part => part.Item2)];
    }

    private double Time(Func<Tensor> compute)
    {
        Synchronise();
        long started = Stopwatch.GetTimestamp();
        using Tensor result = compute();
        Synchronise();
        return Stopwatch.GetElapsedTime(started).TotalSeconds;
    }

    private void Synchronise()
    {
        if (_device.type == TorchSharp.DeviceType.CUDA)
        {
            cuda.synchronize(_device);
        }
    }
}
