using ScrollSeg.Segmentation.Runs;

namespace ScrollSeg.Cli;

/// <summary>For work that is over before anybody would look at a display.</summary>
internal sealed class SilentProgress : IRunProgress
{
    public void Begin(string name, long total, string unit)
    {
    }

    public void Advance(long done)
    {
    }

    public void Note(string text)
    {
    }
}
