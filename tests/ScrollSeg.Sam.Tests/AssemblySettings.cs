using Xunit.Sdk;
using Xunit.v3;

// libtorch uses all processors by itself, and its random generator is one for all threads.
[assembly: Parallelization(Mode = ParallelMode.None)]
