using BenchmarkDotNet.Running;
using ScrollSeg.Benchmarks;

// Comparisons with other programs, or with the machine itself, run by turns with them, so outside BenchmarkDotNet; each
// is named here.
if (args is ["components", _, _, ..])
{
    return await Components.RunAsync(args[1..]);
}

if (args is ["metrics", _, _, ..])
{
    return await MetricCost.RunAsync(args[1..]);
}

if (args is ["sam-attention", ..])
{
    return SamAttention.Run(args[1..]);
}

if (args is ["sam-memory", ..])
{
    return SamMemoryUse.Run(args[1..]);
}

if (args is ["train-step", ..])
{
    return TrainStep.Run(args[1..]);
}

BenchmarkSwitcher.FromAssembly(typeof(Program).Assembly).Run(args);
return 0;
