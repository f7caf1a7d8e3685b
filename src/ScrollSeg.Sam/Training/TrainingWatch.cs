using System.Globalization;
using ScrollSeg.Sam.Model;
using ScrollSeg.Segmentation.Metrics;
using ScrollSeg.Segmentation.Pictures;
using ScrollSeg.Volumes.Images;
using ScrollSeg.Volumes.Storage;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace ScrollSeg.Sam.Training;

/// <summary>Keeps the logs of a training: losses, validations, panels, curves.</summary>
internal sealed class TrainingWatch
{
    private const int ClicksShown = 3;

    private readonly string _folder;
    private readonly TrainingSettings _settings;
    private readonly RunSettings _watching;
    private readonly TrainingSource _validation;
    private readonly SamTrainer _trainer;
    private readonly AtomicFile _files;
    private readonly TrainingLog _losses;
    private readonly TrainingLog _scores;
    private readonly SummaryWriter? _board;
    private readonly List<StepScores> _recent = [];
    private double? _dice;
    private int _worse;

    public TrainingWatch(
        string folder, TrainingSettings settings, RunSettings watching, TrainingSource validation, SamTrainer trainer, AtomicFile files)
    {
        (_folder, _settings, _watching, _validation, _trainer, _files) = (folder, settings, watching, validation, trainer, files);
        files.CreateFolder(Path.Combine(folder, "panels"));
        _losses = new TrainingLog(
            Path.Combine(folder, "losses.csv"), ["loss", "pixel", "dice", "iou_error", "last_iou", "rounds", "rate", "seconds"], trainer.Done);
        _scores = new TrainingLog(Path.Combine(folder, "validation.csv"), ["dice", "precision", "recall"], trainer.Done);
        _board = watching.TensorBoard ? utils.tensorboard.SummaryWriter(Path.Combine(folder, "tensorboard"), createRunName: false) : null;
        foreach ((_, double dice) in _scores.Column(0))
        {
            Count(dice);
        }
    }

    /// <summary>The best Dice of a validation so far.</summary>
    public double? BestDice { get; private set; }

    /// <summary>Whether too many validations in a row brought nothing better.</summary>
    public bool IsPatienceOver => _watching.Patience > 0 && _worse >= _watching.Patience;

    /// <summary>Takes a step's scores.</summary>
    public void Add(StepScores scores) => _recent.Add(scores);

    /// <summary>Writes a row of the scores since the last.</summary>
    public TrainingProgress Log(double seconds)
    {
        double Mean(Func<StepScores, double> of) => _recent.Average(of);
        (long step, double loss) = (_trainer.Done, Mean(s => s.Loss));
        double rate = _settings.Rate.At(step, _settings.Steps);
        _losses.Add(
            step, loss, Mean(s => s.Pixel), Mean(s => s.Dice), Mean(s => s.Iou), Mean(s => s.LastIou), Mean(s => s.Rounds), rate, seconds);
        _board?.add_scalar("loss", (float)loss, (int)step);
        _board?.add_scalar("rate", (float)rate, (int)step);
        _recent.Clear();
        return new TrainingProgress(step, _settings.Steps, loss, _dice, seconds);
    }

    /// <summary>Scores the averaged weights without prompts, draws panels and curves.</summary>
    public async Task ValidateAsync()
    {
        OverlapCounts overlap = new();
        List<PanelRow> rows = [];
        List<PanelRow> asked = [];
        bool isPromptable = _settings.Prompts.WithoutPromptShare < 1;
        ClickEvaluation clicks = new(_trainer.Average, example => _trainer.View([example]));
        int side = _trainer.Network.Config.ViewSide;
        for (int i = 0; i < Math.Min(_watching.ValidationExamples, _validation.Count(side) ?? long.MaxValue); i++)
        {
            TrainingExample example = await _validation.ExampleAsync(i, side);
            byte[] mask = Promptless(example);
            byte[] truth = Array.ConvertAll(example.Labels, label => label == TrainingExample.Ignored ? (byte)2 : label);
            overlap.Add(mask, truth, ignore: 2);
            if (i < _watching.PanelExamples)
            {
                rows.Add(PanelRow.Promptless(example, mask));
                if (isPromptable && clicks.Row(example, ClicksShown) is PanelRow row)
                {
                    asked.Add(row);
                }
            }
        }

        long step = _trainer.Done;
        _dice = overlap.Dice;
        _scores.Add(step, overlap.Dice ?? 0, overlap.Precision ?? 0, overlap.Recall ?? 0);
        _board?.add_scalar("validation_dice", (float)(overlap.Dice ?? 0), (int)step);
        Count(overlap.Dice ?? 0);
        Write(TrainingPanel.Draw(rows), $"{step:D6}.png");
        Write(TrainingPanel.Draw(asked), $"{step:D6}-clicks.png");
        DrawCurves();
    }

    private void Count(double dice)
    {
        (BestDice, _worse) = BestDice is null || dice > BestDice ? (dice, 0) : (BestDice, _worse + 1);
    }

    private void Write(PixelImage? picture, FormattableString name)
    {
        if (picture is not null)
        {
            PngFile.Write(Path.Combine(_folder, "panels", name.ToString(CultureInfo.InvariantCulture)), picture, _files);
        }
    }

    private void DrawCurves()
    {
        PixelImage picture = CurvePicture.Draw(
            [new("loss", _losses.Column(0), Colour.Vermilion), new("Dice, held out", _scores.Column(0), Colour.SkyBlue)], _settings.Steps);
        PngFile.Write(Path.Combine(_folder, "curves.png"), picture, _files);
    }

    private byte[] Promptless(TrainingExample example)
    {
        using IDisposable inference = inference_mode();
        using DisposeScope scope = NewDisposeScope();
        SamNetwork network = _trainer.Average;
        (Tensor masks, Tensor _) = network.Decode(network.forward(_trainer.View([example])), new Prompts(1));
        Tensor own = _trainer.AverageAdapter.AnswerAbout(
            masks.narrow(1, 0, 1), example.Labelled, example.Channels, network.Config.ViewSide);
        Tensor view = nn.functional.interpolate(
            own, [example.Side, example.Side], mode: InterpolationMode.Bilinear, align_corners: false);
        return view.Exceeds(network.Config.MaskThreshold).to(uint8).cpu().contiguous().bytes.ToArray();
    }
}
