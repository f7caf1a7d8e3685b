using ScrollSeg.Sam.Training;
using ScrollSeg.Segmentation.Runs;
using ScrollSeg.Volumes;

namespace ScrollSeg.Cli.Training;

/// <summary>What a configuration learns from, what it is scored by, and the files that are open for both.</summary>
/// <param name="Learn">What is learned from.</param>
/// <param name="HeldOut">What is not.</param>
/// <param name="Files">Closed with the pair.</param>
internal sealed record TrainingPair(TrainingSource Learn, TrainingSource HeldOut, IReadOnlyList<VolumeReader> Files) : IAsyncDisposable
{
    /// <summary>Opens what a configuration names.</summary>
    public static async Task<TrainingPair> OpenAsync(TrainFile file, IRunProgress progress, CancellationToken cancellationToken)
    {
        if (file.UsesPhantoms)
        {
            return new(file.Phantoms, new PhantomSource { Seed = 2, First = 9_000, Phantoms = 8, InfraredShare = 0, Varied = false, Channels = file.Channels }, []);
        }

        List<VolumeReader> files = [];
        try
        {
            VolumeReader image = await OpenAsync(file.Image);
            VolumeReader labels = await OpenAsync(file.Labels);
            VolumeReader? mask = file.Mask is string path ? await OpenAsync(path) : null;
            (LabelledOptions learn, LabelledOptions kept) = file.Split(image.Info);
            LabelledSource data = await LabelledSource.OpenAsync(image, labels, mask, learn, cancellationToken);
            LabelledSource validation = await LabelledSource.OpenAsync(image, labels, mask, kept with { Range = data.Range }, cancellationToken);
            foreach (string note in data.Notes)
            {
                progress.Note(note);
            }

            return new(data, validation, files);
        }
        catch
        {
            await CloseAsync(files);
            throw;
        }

        async Task<VolumeReader> OpenAsync(string path)
        {
            files.Add(await TrainingFiles.OpenAsync(path, cancellationToken));
            return files[^1];
        }
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => CloseAsync(Files);

    private static async ValueTask CloseAsync(IReadOnlyList<VolumeReader> files)
    {
        foreach (VolumeReader file in files)
        {
            await file.DisposeAsync();
        }
    }
}
