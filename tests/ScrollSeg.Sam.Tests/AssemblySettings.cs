// libtorch uses all processors by itself, and its random generator is one for all threads.
[assembly: CollectionBehavior(DisableTestParallelization = true)]
