using ScrollSeg.Volumes;

namespace ScrollSeg.Segmentation.Runs;

/// <summary>What all directions of a run answered, opened.</summary>
internal sealed class DirectionReaders : IAsyncDisposable
{
    private readonly List<VolumeReader> _opened = [];
    private readonly List<DirectionAnswers> _answers = [];

    private DirectionReaders()
    {
    }

    /// <summary>The directions, in the run's order.</summary>
    public IReadOnlyList<DirectionAnswers> All => _answers;

    /// <summary>Opens them.</summary>
    public static async Task<DirectionReaders> OpenAsync(RunManifest run, OutputStore store, int threads, CancellationToken cancellationToken)
    {
        DirectionReaders readers = new();
        try
        {
            foreach (RunDirection direction in run.Directions)
            {
                (VolumeReader levels, VolumeReader? spread) =
                    await store.OpenAnswersAsync(direction, new ReaderOptions { DecodeThreads = threads }, cancellationToken);
                readers._opened.AddRange(spread is null ? [levels] : [levels, spread]);
                readers._answers.Add(new DirectionAnswers(direction, levels, spread));
            }

            return readers;
        }
        catch
        {
            await readers.DisposeAsync();
            throw;
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        foreach (VolumeReader reader in _opened)
        {
            await reader.DisposeAsync();
        }
    }
}
