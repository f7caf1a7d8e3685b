using BenchmarkDotNet.Running;
using ScrollSeg.Benchmarks;

if (args is ["SamEncoder", ..])
{
    return SamEncoder.Run(args[1..]);
}

BenchmarkSwitcher.FromAssembly(typeof(Program).Assembly).Run(args);
return 0;
