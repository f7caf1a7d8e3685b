namespace ScrollSeg.Sam.Training;

/// <summary>Everything that decides what comes out of a training, but for the data and the weights that it starts from.</summary>
public sealed record TrainingSettings
{
    /// <summary>Seed of weights, prompts and augmentations. Default 0.</summary>
    public int Seed { get; init; }

    /// <summary>Steps in all. Default 1000.</summary>
    public int Steps { get; init; } = 1000;

    /// <summary>Images per step. Default 4.</summary>
    public int Batch
    {
        get;
        init => field = value >= 1
            ? value
            : throw new ArgumentOutOfRangeException(nameof(Batch), value, "A batch holds an image at least.");
    } = 4;

    /// <summary>Parts that a batch is sent through in, one after the other: the gradients are those of the whole batch, the memory that
    /// of a part. No part is smaller than an image. Default 1.</summary>
    public int Accumulate
    {
        get;
        init => field = value >= 1
            ? value
            : throw new ArgumentOutOfRangeException(nameof(Accumulate), value, "A batch has a part at least.");
    } = 1;

    /// <summary>The learning rate.</summary>
    public RateSchedule Rate { get; init; } = new();

    /// <summary>Share of a weight that is taken off per step and unit of learning rate. Default 0.1, SAM's own.</summary>
    public double WeightDecay { get; init; } = 0.1;

    /// <summary>Factor of the learning rate from each block of the encoder to the one before it. Default 1: none.</summary>
    public double LayerDecay { get; init; } = 1;

    /// <summary>Longest gradient, over all parameters; a longer one is shortened to it. Default 1.</summary>
    public double MaxGradient { get; init; } = 1;

    /// <summary>Memory of the averaged copy of the weights, which is what a run yields. Default 0.999.</summary>
    public double Average { get; init; } = 0.999;

    /// <summary>Parts that stay as they are: <c>image_encoder</c>, <c>prompt_encoder</c>, <c>mask_decoder</c>,
    /// <c>adapter</c>. Default none.</summary>
    public IReadOnlyList<string> Frozen { get; init; } = [];

    /// <summary>Format of the products in the encoder's blocks: <c>f32</c>, <c>bf16</c>, or <c>auto</c>, which is bfloat16 on a GPU that is
    /// good at it. Weights, gradients, moments and losses are 32-bit floats always. Default auto.</summary>
    public string Precision
    {
        get;
        init => field = value is "f32" or "bf16" or "auto"
            ? value
            : throw new ArgumentOutOfRangeException(nameof(Precision), value, "Known are f32, bf16 and auto.");
    } = "auto";

    /// <summary>Rank of low-rank updates (LoRA, arXiv:2106.09685) of the queries and values in the encoder's attention; all else
    /// of the encoder then stays as it is. Default 0: none.</summary>
    public int LowRank
    {
        get;
        init => field = value >= 0
            ? value
            : throw new ArgumentOutOfRangeException(nameof(LowRank), value, "A rank is 0 or more.");
    }

    /// <summary>What turns slices into the network's channels: <c>replicate</c>, <c>rgb</c>, <c>montage</c>, or <c>conv</c> and
    /// <c>inflate</c>, whose weights are trained along; <c>auto</c> for what the weights at the start were trained with. Default
    /// auto.</summary>
    public string Adapter { get; init; } = "auto";

    /// <summary>Slices of an example, for adapters that are made for a number. Default 1.</summary>
    public int Channels
    {
        get;
        init => field = value >= 1
            ? value
            : throw new ArgumentOutOfRangeException(nameof(Channels), value, "At least one slice is shown.");
    } = 1;

    /// <summary>What is minimised.</summary>
    public LossSettings Loss { get; init; } = new();

    /// <summary>How the network is asked.</summary>
    public PromptSettings Prompts { get; init; } = new();
}
