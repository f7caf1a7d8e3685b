using ScrollSeg.Testing;

namespace ScrollSeg.Volumes.Tests;

public sealed class RecyclingAllocatorTests
{
    [Fact]
    public void Allocate_SizeThatCameBack_TakesTheSameBlock()
    {
        CountingAllocator inner = new();
        using RecyclingAllocator allocator = new(inner);
        nint first = allocator.Allocate(1000);
        allocator.Free(first, 1000);

        Assert.Equal(first, allocator.Allocate(900));
        Assert.Equal(1, inner.Outstanding);
    }

    [Fact]
    public void Allocate_OtherSize_GivesBackWhatIsIdleFirst()
    {
        CountingAllocator inner = new();
        using RecyclingAllocator allocator = new(inner);
        allocator.Free(allocator.Allocate(1000), 1000);

        allocator.Allocate(5000);

        Assert.Equal(5000, inner.PeakBytes);
    }

    [Fact]
    public void Dispose_BlockStillOut_IsGivenBackWhenItIsFreed()
    {
        CountingAllocator inner = new();
        RecyclingAllocator allocator = new(inner);
        nint block = allocator.Allocate(1000);
        allocator.Free(allocator.Allocate(64), 64);
        allocator.Dispose();
        Assert.Equal(1, inner.Outstanding);

        allocator.Free(block, 1000);

        Assert.Equal(0, inner.Outstanding);
        Assert.Throws<ObjectDisposedException>(() => allocator.Allocate(1));
    }
}
