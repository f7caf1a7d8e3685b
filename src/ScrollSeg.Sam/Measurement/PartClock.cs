using System.Diagnostics;
using ScrollSeg.Sam.Model;
using static TorchSharp.torch;

namespace ScrollSeg.Sam.Measurement;

/// <summary>Says where an encoder's time goes, part by part: each module's own time, without that of the modules in it.</summary>
/// <remarks>Hangs on the modules' hooks until disposed. On a GPU it waits for the device at every module, so the parts there
/// add up to more than a pass without it.</remarks>
internal sealed class PartClock : IDisposable
{
    private readonly List<Action> _hooks = [];
    private readonly Dictionary<string, double> _seconds = [];
    private readonly Stack<(string Part, long Started)> _open = new();
    private readonly SamConfig _config;
    private readonly Device _device;

    public PartClock(ImageEncoder encoder, SamConfig config, Device device)
    {
        (_config, _device) = (config, device);
        foreach ((string name, nn.Module module) in encoder.named_modules().Prepend((name: "", module: encoder)))
        {
            string part = PartOf(name);
            switch (module)
            {
                case nn.Module<Tensor, Tensor> one:
                    _hooks.Add(one.register_forward_pre_hook((_, x) => { Enter(part); return x; }).remove);
                    _hooks.Add(one.register_forward_hook((_, _, y) => { Leave(); return y; }).remove);
                    break;
                case RelativeBias bias:
                    _hooks.Add(bias.register_forward_pre_hook((_, q, h, w) => { Enter(part); return (q, h, w); }).remove);
                    _hooks.Add(bias.register_forward_hook((_, _, _, _, y) => { Leave(); return y; }).remove);
                    break;
            }
        }
    }

    /// <summary>Seconds by part, since the clock was made.</summary>
    public IReadOnlyDictionary<string, double> Seconds => _seconds;

    /// <inheritdoc/>
    public void Dispose() => _hooks.ForEach(remove => remove());

    /// <summary>What a module is part of, by its name within the encoder.</summary>
    private string PartOf(string name) => name.Split('.') switch
    {
        ["patch_embed", ..] => "patch embedding",
        ["neck", ..] => "neck",
        ["blocks", _, "norm1" or "norm2"] => "norms",
        ["blocks", _, "attn", "qkv" or "proj"] => "qkv and proj",
        ["blocks", _, "attn", _] => "relative-position bias",
        ["blocks", string block, "attn"] => _config.GlobalBlocks.Contains(int.Parse(block, System.Globalization.CultureInfo.InvariantCulture))
            ? "global attention" : "window attention",
        ["blocks", _, "mlp", _] => "MLP products",
        ["blocks", _, "mlp"] => "GELU",
        _ => "sums",
    };

    private void Enter(string part)
    {
        Charge();
        _open.Push((part, Stopwatch.GetTimestamp()));
    }

    private void Leave()
    {
        Charge();
        _open.Pop();
        if (_open.TryPop(out (string Part, long) outer))
        {
            _open.Push((outer.Part, Stopwatch.GetTimestamp()));
        }
    }

    /// <summary>Time since the last change belongs to the innermost module at work.</summary>
    private void Charge()
    {
        if (_device.type == TorchSharp.DeviceType.CUDA)
        {
            cuda.synchronize(_device);
        }

        if (_open.TryPeek(out (string Part, long Started) inner))
        {
            _seconds[inner.Part] = _seconds.GetValueOrDefault(inner.Part) + Stopwatch.GetElapsedTime(inner.Started).TotalSeconds;
        }
    }
}
