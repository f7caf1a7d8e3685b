using System.Globalization;
using System.Runtime.InteropServices;
using ScrollSeg.Sam;
using ScrollSeg.Sam.Checkpoints;
using ScrollSeg.Sam.Runtime;
using ScrollSeg.Sam.Training;

// Trains the network that ships under the name "small". Usage:
// TrainSmall FOLDER STEPS [THREADS] [PATCH] [WIDTH] [DEPTH] [RATE] [FROM [SEED]]; FROM are weights to begin with.
// Killed and started again with the same arguments it goes on where its last checkpoint is.
// TrainSmall --publish WEIGHTS OUT writes weights again and says in them that they have seen phantoms only.
if (args is ["--publish", string weights, string published])
{
    NativeRuntime.EnsureLoaded();
    SamCheckpoint trained = SamCheckpoint.Load(weights);
    Console.WriteLine(SamCheckpoint.Save(published, trained.Network, trained.Training with { OnPhantomsOnly = true }));
    return;
}

string folder = args[0];
int Number(int i, int otherwise) => args.Length > i ? int.Parse(args[i], CultureInfo.InvariantCulture) : otherwise;
int steps = Number(1, 4000);
int width = Number(4, 128);
int depth = Number(5, 6);
double rate = args.Length > 6 ? double.Parse(args[6], CultureInfo.InvariantCulture) : 1e-3;

string? from = args.Length > 7 ? args[7] : null;
int seed = Number(8, 1);
NativeRuntime.EnsureLoaded();
TorchSharp.torch.set_num_threads(Number(2, 1));

SamConfig network = SmallNetwork.Create(patch: Number(3, 8), width: width, depth: depth);
TrainingSettings settings = new()
{
    Seed = seed,
    Steps = steps,
    Batch = 4,
    Rate = new RateSchedule { Peak = rate, WarmUp = 100 },
    WeightDecay = 0.05,
    MaxGradient = 1,
    Average = 0.995,
    Loss = new LossSettings { Kind = MaskLossKind.CrossEntropy, PixelWeight = 1, DiceWeight = 1, IouWeight = 0.5 },
    Prompts = new PromptSettings { WithoutPromptShare = 0.7, Clicks = 1, RoundsWithoutClick = 0 },
};
using CancellationTokenSource stop = new();
using PosixSignalRegistration terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, context => Stop(context));
using PosixSignalRegistration interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, context => Stop(context));
void Stop(PosixSignalContext context)
{
    context.Cancel = true;
    stop.Cancel();
}

TrainingRun run = new(
    folder,
    settings,
    new PhantomSource { Seed = seed },
    new PhantomSource { Seed = 2, First = 9_000, Phantoms = 8, InfraredShare = 0, Varied = false })
{
    Network = from is null ? network : null,
    From = from,
    Watching = new RunSettings { ValidateEvery = 100, CheckpointEvery = 100 },
};
await run.RunAsync(
    state => Console.WriteLine(string.Create(
        CultureInfo.InvariantCulture,
        $"{state.Step}/{state.Steps} loss {state.Loss:0.0000} dice {state.ValidationDice:0.000} {state.Seconds:0} s")),
    stop.Token);
