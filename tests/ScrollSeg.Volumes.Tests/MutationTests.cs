using ScrollSeg.Testing;
using ScrollSeg.Testing.Mutation;

namespace ScrollSeg.Volumes.Tests;

/// <summary>One in a hundred of the damaged inputs that tools/mutation tries: each is read, or refused as bad data.</summary>
public sealed class MutationTests
{
    private const int Inputs = 1000;

    public static TheoryData<string> Formats => [.. MutationSeeds.Formats];

    [Theory]
    [MemberData(nameof(Formats))]
    public async Task OpenAndRead_DamagedInputs_AreReadOrRefused(string format)
    {
        using TemporaryFolder folder = new();
        MutationRun run = new(MutationSeeds.Of(format, "Fixtures"), folder.Path);
        for (int number = 0; number < Inputs; number++)
        {
            string? problem = await run.TryAsync(number);
            Assert.True(problem is null, $"{run.Describe(number)}: {problem}");
        }

        Assert.True(run.Read > 0 && run.Refused > 0, $"{run.Read} read, {run.Refused} refused: the damage does nothing, or all.");
    }
}
