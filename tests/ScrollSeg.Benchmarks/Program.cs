using BenchmarkDotNet.Running;
using ScrollSeg.Benchmarks;

// Comparisons with other programs run by turns with them, so outside BenchmarkDotNet; each is named here.
if (args is ["codec-decode"])
{
    return CodecDecode.Compare();
}

BenchmarkSwitcher.FromAssembly(typeof(Program).Assembly).Run(args);
return 0;
